"""What is seen of a picture that is transparent in places, and where the background is seen.

In: BGR or BGRA pixels. Out: the picture over the built-in people's background, and how much of
that is seen at each pixel. So a session can have another background behind it, see `data.clip`.
Runs where avatars are made or imported; keeps the last size's background.
"""

from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from data.backdrop import DEFAULT, backdrop
from data.picture_file import OPAQUE

_CHANNELS: Final = 4


class SourcePicture(NamedTuple):
    """seen: uint8 BGR [H, W, 3]. clear: uint8 [H, W], 255 where only the background is seen; None
    if it is nowhere."""

    seen: NDArray[np.uint8]
    clear: NDArray[np.uint8] | None = None


def flattened(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3] of BGR or BGRA, over the same grey without its light: for what is no
    person."""
    if pixels.shape[2] < _CHANNELS:
        return pixels
    clear = cv2.cvtColor(cv2.bitwise_not(pixels[..., 3]), cv2.COLOR_GRAY2BGR)
    grey = np.broadcast_to(np.array(DEFAULT, np.uint8), clear.shape)
    rest = cv2.multiply(clear, np.ascontiguousarray(grey), scale=1 / OPAQUE)
    return np.asarray(cv2.add(multiplied(pixels), rest), np.uint8)


def composed(pixels: NDArray[np.uint8]) -> SourcePicture:
    """Of uint8 BGR [H, W, 3] or BGRA [H, W, 4], alpha not multiplied in, over `behind`."""
    if pixels.shape[2] < _CHANNELS or pixels[..., 3].min() == OPAQUE:
        return SourcePicture(np.ascontiguousarray(pixels[..., :3]))
    return over(multiplied(pixels), np.ascontiguousarray(pixels[..., 3]))


def multiplied(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3] of BGRA: its colours times its alpha."""
    alpha = cv2.cvtColor(np.ascontiguousarray(pixels[..., 3]), cv2.COLOR_GRAY2BGR)
    colours = np.ascontiguousarray(pixels[..., :3])
    return np.asarray(cv2.multiply(colours, alpha, scale=1 / OPAQUE), np.uint8)


def over(
    part: NDArray[np.uint8], alpha: NDArray[np.uint8], stage: NDArray[np.uint8] | None = None
) -> SourcePicture:
    """Colours times alpha, uint8 [H, W, 3], and alpha, uint8 [H, W], over a background uint8 BGR
    [H, W, 3], or `behind`."""
    clear = np.asarray(cv2.bitwise_not(alpha), np.uint8)
    share = cv2.cvtColor(clear, cv2.COLOR_GRAY2BGR)
    rest = cv2.multiply(behind(*alpha.shape) if stage is None else stage, share, scale=1 / OPAQUE)
    return SourcePicture(np.asarray(cv2.add(part, rest), np.uint8), clear)


@lru_cache(maxsize=1)
def behind(height: int, width: int) -> NDArray[np.uint8]:
    """uint8 BGR [H, W, 3]: what stands behind an avatar by default; not to be written to."""
    picture = backdrop((height, width))
    picture.flags.writeable = False
    return picture
