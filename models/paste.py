"""Paste a face into a picture: warped by an affine, blended through a feathered mask.

In: an I420 idle frame, an I420 face, where it sits, how opaque it is. Out: an I420 picture,
written in place, each plane at its own resolution. Runs in the compositor, once for each
picture; numpy and OpenCV, one thread. A Paster owns its mask and scratch as large as the
largest face it pasted.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.i420 import planes

_SAMPLE: Final = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


@dataclass(frozen=True)
class _Area:
    """The pixels of one plane that a face may touch; `x1`, `y1` are the first beyond it."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.y1 - self.y0, self.x1 - self.x0

    def halved(self) -> "_Area":
        return _Area(self.x0 // 2, self.y0 // 2, self.x1 // 2, self.y1 // 2)

    def of(self, plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return plane[self.y0 : self.y1, self.x0 : self.x1]


class _Scratch:
    """Arrays that are used again for areas of about the same size."""

    def __init__(self) -> None:
        self._bytes = np.empty((2, 0), np.uint8)
        self._words = np.empty((2, 0), np.int16)

    def arrays(self, area: _Area) -> tuple[list[NDArray[np.uint8]], list[NDArray[np.int16]]]:
        """Two uint8 and two int16 arrays of this area's shape; their content is left over."""
        height, width = area.shape
        size = height * width
        if size > self._bytes.shape[1]:
            self._bytes = np.empty((2, size), np.uint8)
            self._words = np.empty((2, size), np.int16)
        return (
            [row[:size].reshape(height, width) for row in self._bytes],
            [row[:size].reshape(height, width) for row in self._words],
        )


class Paster:
    """Pastes faces that share one mask. Not for two threads at once.

    mask: uint8 [h, w], opacity per luma pixel of the face, 255 opaque; both sides even. It is
    used at chroma's resolution for all three planes: a feathered mask loses nothing by it.
    """

    def __init__(self, mask: NDArray[np.uint8]) -> None:
        height, width = mask.shape
        if mask.dtype != np.uint8 or height % 2 or width % 2:
            raise ValueError(f"a mask is uint8 with even sides, not {mask.dtype} {mask.shape}")
        half = mask.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        self._shape = (height, width)
        self._half_mask = np.rint(half).astype(np.uint8)
        self._scratch = (_Scratch(), _Scratch())

    def paste(
        self,
        out: NDArray[np.uint8],
        frame: NDArray[np.uint8],
        face: NDArray[np.uint8],
        placement: NDArray[np.float32],
        opacity: float = 1.0,
    ) -> None:
        """Write `frame` with `face` on it to `out`.

        out, frame: uint8 [H * 3 // 2, W], contiguous, not overlapping; out may lie in shared
        memory. face: uint8 [h * 3 // 2, w]. placement: float [2, 3], see `Clip`. opacity: 0
        to 1, times the mask. What falls outside the picture is cut off. ValueError for
        arrays that are no such pictures, or a placement that has no area.
        """
        luma, *chromas = planes(out)
        face_luma, *face_chromas = planes(face)
        if face_luma.shape != self._shape:
            raise ValueError(f"the mask is {self._shape}, the face {face_luma.shape}")
        np.copyto(out, frame)
        area = _touched(placement, face_luma.shape, luma.shape)
        if opacity <= 0 or area is None:
            return
        (whole, half), half_area = self._scratch, area.halved()
        back = _inverse(placement)
        half_back = _halved(back)
        (warped, mask), words = half.arrays(half_area)
        _warp(self._half_mask, half_area, half_back, mask, cv2.BORDER_CONSTANT)
        for plane, face_plane in zip(chromas, face_chromas, strict=True):
            _warp(face_plane, half_area, half_back, warped, cv2.BORDER_REPLICATE)
            _blend(half_area.of(plane), warped, mask, words, opacity)
        (warped, whole_mask), words = whole.arrays(area)
        cv2.resize(mask, area.shape[::-1], dst=whole_mask, interpolation=cv2.INTER_LINEAR)
        _warp(face_luma, area, back, warped, cv2.BORDER_REPLICATE)
        _blend(area.of(luma), warped, whole_mask, words, opacity)


def _warp(
    source: NDArray[np.uint8],
    area: _Area,
    back: NDArray[np.float64],
    into: NDArray[np.uint8],
    border: int,
) -> None:
    """What `source` shows in an area of a plane; `back` takes the plane's pixels to it."""
    at = back.copy()
    at[:, 2] += back[:, :2] @ (area.x0, area.y0)
    cv2.warpAffine(source, at, area.shape[::-1], dst=into, flags=_SAMPLE, borderMode=border)


def _blend(
    part: NDArray[np.uint8],
    face: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    words: list[NDArray[np.int16]],
    opacity: float,
) -> None:
    """part += (face - part) * mask * opacity, rounded once."""
    change, share = words
    np.subtract(face, part, out=change, dtype=np.int16)
    np.copyto(share, mask)
    cv2.multiply(change, share, dst=change, scale=min(opacity, 1) / 255)
    np.add(part, change, out=part, dtype=np.int16, casting="unsafe")


def _touched(
    placement: NDArray[np.float32], face: tuple[int, ...], picture: tuple[int, ...]
) -> _Area | None:
    """The luma area that a face of this shape covers, on even bounds; None if outside."""
    right, bottom = face[1] - 0.5, face[0] - 0.5
    corners = np.array([[-0.5, right, -0.5, right], [-0.5, -0.5, bottom, bottom], [1, 1, 1, 1]])
    x, y = placement.astype(np.float64) @ corners
    x0, y0 = max(0, int(np.floor(x.min()))) & ~1, max(0, int(np.floor(y.min()))) & ~1
    x1 = min(picture[1], (int(np.ceil(x.max())) + 2) & ~1)
    y1 = min(picture[0], (int(np.ceil(y.max())) + 2) & ~1)
    return _Area(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _inverse(placement: NDArray[np.float32]) -> NDArray[np.float64]:
    """The affine that takes a luma pixel of the picture to one of the face."""
    linear = placement[:, :2].astype(np.float64)
    if abs(np.linalg.det(linear)) < 1e-6:
        raise ValueError(f"a placement needs an area: {placement.tolist()}")
    back = np.linalg.inv(linear)
    return np.column_stack([back, -back @ placement[:, 2]])


def _halved(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same map between chroma samples, each in the middle of its 2 x 2 luma pixels."""
    half = affine.copy()
    half[:, 2] = (affine[:, :2].sum(axis=1) * 0.5 + affine[:, 2] - 0.5) / 2
    return half
