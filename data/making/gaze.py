"""Eyes that look a little aside: the iris moved between lids that stand.

In: the landmarks of a face, a picture, how far the eyes look aside. Out: the picture with the
irises moved. Pure. The white beside the iris is stretched on one side and pressed on the
other; lids, lashes and corners stay.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.blink import lids_of

_IRISES: Final = ((468, 469, 470, 471, 472), (473, 474, 475, 476, 477))
_LID: Final = 0.12
"""Parts of the opening over which the motion fades at the lids."""


@dataclass(frozen=True)
class Gaze:
    """One eye. x0, y0: the first pixel of its box. share: float32 [h, w], how much of the iris's
    motion each pixel makes. wide: the eye's width in pixels."""

    x0: int
    y0: int
    share: NDArray[np.float32]
    wide: float

    def draw(self, picture: NDArray[np.uint8], aside: float) -> NDArray[np.uint8]:
        """A copy of a uint8 picture, the iris moved to the right by `aside` of the eye's width."""
        height, width = self.share.shape
        columns = np.arange(width, dtype=np.float32) + np.float32(self.x0)
        rows = np.arange(height, dtype=np.float32)[:, None] + np.float32(self.y0)
        part = cv2.remap(
            picture,
            columns - np.float32(aside * self.wide) * self.share,
            np.broadcast_to(rows, self.share.shape).astype(np.float32),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        drawn = picture.copy()
        drawn[self.y0 : self.y0 + height, self.x0 : self.x0 + width] = part
        return drawn


def gazes_of(face: Face) -> tuple[Gaze, ...]:
    """Both eyes, or none where a blink is left out: too small, nearly shut, turned away."""
    if not lids_of(face):
        return ()
    eyes = zip((points.LEFT_LIDS, points.RIGHT_LIDS), _IRISES, strict=True)
    return tuple(_gaze(face.landmarks[:, :2], lids, iris) for lids, iris in eyes)


def _gaze(
    marks: NDArray[np.float64],
    lids: tuple[tuple[int, ...], tuple[int, ...]],
    iris: tuple[int, ...],
) -> Gaze:
    lines = [marks[list(lid)] for lid in lids]
    low, high = np.concatenate(lines).min(axis=0), np.concatenate(lines).max(axis=0)
    (x0, y0), (x1, y1) = np.floor(low).astype(int) - 1, np.ceil(high).astype(int) + 2
    x, y = np.arange(x0, x1, dtype=np.float64), np.arange(y0, y1, dtype=np.float64)[:, None]
    upper, lower = (
        np.interp(x, line[np.argsort(line[:, 0]), 0], line[np.argsort(line[:, 0]), 1])
        for line in lines
    )
    fade = np.maximum(0.7, _LID * np.maximum(lower - upper, 0))
    open_ = np.clip((y - upper) / fade, 0, 1) * np.clip((lower - y) / fade, 0, 1)
    middle = marks[list(iris)].mean(axis=0)
    radius = float(np.hypot(*(marks[list(iris[1:])] - middle).T).mean())
    left = np.clip((x - low[0]) / max(1.0, middle[0] - radius - low[0]), 0, 1)
    right = np.clip((high[0] - x) / max(1.0, high[0] - middle[0] - radius), 0, 1)
    share = open_ * np.minimum(left, right)
    return Gaze(int(x0), int(y0), share.astype(np.float32), float(high[0] - low[0]))
