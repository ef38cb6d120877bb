"""A loop without a seam: a stretch of the clip that ends where it began, or there and back.

In: small pictures of every frame. Out: the order in which frames are played. Pure.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.reel import there_and_back
from data.units import TICKS_PER_SECOND

THUMB: Final = 48
LEAST_FRAMES: Final = 4 * TICKS_PER_SECOND
"""A found loop is no shorter: a short one is seen to repeat."""
_STEPS: Final = 1.25
"""A seam may be so many times the clip's usual step from frame to frame."""


def thumb(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [THUMB, THUMB] grey: what frames are compared by."""
    small = cv2.resize(picture, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.float32)


def loop_order(thumbs: NDArray[np.float32]) -> NDArray[np.int64]:
    """The source frame at each place of the loop, from `thumb` of every frame [N, s, s].

    The longest stretch whose end meets its beginning, in place and in movement; else the
    whole clip forward and backward.
    """
    found = find_loop(thumbs)
    return np.arange(*found) if found else there_and_back(len(thumbs))


def find_loop(thumbs: NDArray[np.float32]) -> tuple[int, int] | None:
    """First frame and end (exclusive) of the longest stretch that can be repeated, or None."""
    count = len(thumbs)
    if count <= LEAST_FRAMES + 1:
        return None
    flat = thumbs.reshape(count, -1)
    usual = float(np.median(np.abs(np.diff(flat, axis=0)).mean(axis=1)))
    for length in range(count - 1, LEAST_FRAMES - 1, -1):
        for first in range(count - length):
            if _meets(flat, first, first + length, _STEPS * usual):
                return first, first + length
    return None


def _meets(flat: NDArray[np.float32], first: int, end: int, most: float) -> bool:
    """Whether frame `end` could be frame `first`: the step from the last frame there, and the
    one that follows, are as small as the clip's own, and go the same way."""
    if most == 0:  # a still: the whole of it is as good as any part
        return False
    if np.abs(flat[first] - flat[end - 1]).mean() > most:
        return False
    before, after = flat[end - 1] - flat[end - 2], flat[first + 1] - flat[first]
    return float(np.abs(before - after).mean()) <= most


def seam(thumbs: NDArray[np.float32], order: NDArray[np.int64]) -> tuple[float, float]:
    """The step over the seam, and the usual one, in grey levels: mean absolute difference."""
    played = thumbs[order].reshape(len(order), -1)
    steps = np.abs(played - np.roll(played, 1, axis=0)).mean(axis=1)
    return float(steps[0]), float(np.median(steps))
