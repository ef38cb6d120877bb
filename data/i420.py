"""I420 pictures: one uint8 array [H * 3 // 2, W], the Y, U and V planes one after another.

In: BGR pictures; out: I420 ones in BT.601 limited range (Y 16-235, U and V 16-240), which
is what WebRTC players assume of H264 and VP8 that carry no colour description. Pure
functions for every process that touches pictures; owns nothing.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

COLOURS: Final = "bt601-limited"
"""The tag of a stored picture: matrix ITU-R BT.601-7, limited range."""

FROM_BGR: Final[NDArray[np.float32]] = np.array(
    [
        [24.966 / 255, 128.553 / 255, 65.481 / 255, 16.0],
        [112.0 / 255, -74.203 / 255, -37.797 / 255, 128.0],
        [-18.214 / 255, -93.786 / 255, 112.0 / 255, 128.0],
    ],
    dtype=np.float32,
)
"""Rows Y, U, V over the columns B, G, R, offset (ITU-R BT.601-7, 2.5)."""


def i420_shape(width: int, height: int) -> tuple[int, int]:
    """The array shape of an I420 picture; ValueError unless both sides are even and positive."""
    if width <= 0 or height <= 0 or width % 2 or height % 2:
        raise ValueError(f"an I420 picture needs even sides above zero, not {width} x {height}")
    return height * 3 // 2, width


def planes(
    picture: NDArray[np.uint8],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """The Y [H, W], U [H/2, W/2] and V planes as views into a contiguous picture.

    Writing to them writes to the picture. ValueError for an array that is no contiguous
    I420 picture.
    """
    rows, width = picture.shape
    height = rows * 2 // 3
    if i420_shape(width, height) != picture.shape or not picture.flags.c_contiguous:
        raise ValueError(f"not a contiguous I420 picture: shape {picture.shape}")
    flat = picture.reshape(-1)
    luma, chroma = height * width, height * width // 4
    half = (height // 2, width // 2)
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    )


def yuv_from_bgr(bgr: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
    """BGR [H, W, 3] of 0..255 to float32 YUV [H, W, 3] at full resolution, not yet rounded."""
    colours = bgr.astype(np.float32, copy=False)
    yuv: NDArray[np.float32] = colours @ FROM_BGR[:, :3].T + FROM_BGR[:, 3]
    return yuv


def halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """A plane [H, W] at half resolution: each sample the mean of its 2 x 2 luma pixels."""
    rows = plane[::2] + plane[1::2]
    return (rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25)


def i420_from_yuv(yuv: NDArray[np.float32]) -> NDArray[np.uint8]:
    """float32 YUV [H, W, 3] to an I420 picture, rounded; chroma sits between its luma pixels."""
    height, width = yuv.shape[:2]
    picture = np.empty(i420_shape(width, height), dtype=np.uint8)
    luma, u, v = planes(picture)
    luma[:] = np.rint(yuv[:, :, 0]).clip(0, 255)
    u[:] = np.rint(halved(yuv[:, :, 1])).clip(0, 255)
    v[:] = np.rint(halved(yuv[:, :, 2])).clip(0, 255)
    return picture


def i420_from_bgr(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A uint8 BGR picture [H, W, 3], as cv2.imread gives it, to an I420 one."""
    return i420_from_yuv(yuv_from_bgr(bgr))
