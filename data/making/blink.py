"""Eyelids drawn down over the eyes of a photo.

In: the landmarks of a face, a picture, how shut the eyes are. Out: the picture with the
eyes so far shut. Pure. The skin between brow and upper lid is stretched down to the lid's
new edge, lashes and all; nothing else moves.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face

_LEAST_WIDTH: Final = 14.0
"""Pixels from corner to corner that an eye must have."""
_LEAST_OPEN: Final = 0.16
"""How open it must be, in parts of its width."""
_MOST_TURN: Final = 20.0
_ROOM: Final = 0.55
"""Parts of the space between lid and brow that are stretched."""


@dataclass(frozen=True)
class Lid:
    """One eye. x0: its first column; upper, lower, top: float32 [W], the rows of the upper
    lid's edge, the lower one's, and where the stretched skin begins, in every column."""

    x0: int
    upper: NDArray[np.float32]
    lower: NDArray[np.float32]
    top: NDArray[np.float32]

    def draw(self, picture: NDArray[np.uint8], shut: float) -> NDArray[np.uint8]:
        """A copy of a uint8 BGR picture with this eye `shut`: 0 as it is, 1 wholly."""
        first, end = int(self.top.min()), int(np.ceil(self.lower.max())) + 2
        columns = np.arange(len(self.upper), dtype=np.float32) + self.x0
        rows = np.arange(first, end, dtype=np.float32)[:, None]
        edge = self.upper + np.float32(shut) * (self.lower - self.upper)
        stretch = (self.upper - self.top) / np.maximum(edge - self.top, np.float32(0.5))
        source = np.where(rows < edge, self.top + (rows - self.top) * stretch, rows)
        source = np.where(rows < self.top, rows, source)
        part = cv2.remap(
            picture,
            np.broadcast_to(columns, source.shape).astype(np.float32),
            source.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        drawn = picture.copy()
        drawn[first:end, self.x0 : self.x0 + len(self.upper)] = part
        return drawn


def lids_of(face: Face) -> tuple[Lid, ...]:
    """Both eyes, or none where a blink would look painted: too small, shut, or turned away."""
    yaw, _, roll = face.turn
    if max(abs(yaw), abs(roll)) > _MOST_TURN:
        return ()
    eyes = (
        (points.LEFT_LIDS, points.LEFT_BROW),
        (points.RIGHT_LIDS, points.RIGHT_BROW),
    )
    if not all(_is_open(face, lids) for lids, _ in eyes):
        return ()
    return tuple(_lid(face, lids, brow) for lids, brow in eyes)


def _is_open(face: Face, lids: tuple[tuple[int, ...], tuple[int, ...]]) -> bool:
    upper, lower = (face.landmarks[list(lid), :2] for lid in lids)
    width = float(np.hypot(*(upper[-1] - upper[0])))
    middle = len(upper) // 2
    return width >= _LEAST_WIDTH and lower[middle, 1] - upper[middle, 1] >= _LEAST_OPEN * width


def _lid(face: Face, lids: tuple[tuple[int, ...], tuple[int, ...]], brow: tuple[int, ...]) -> Lid:
    marks = face.landmarks[:, :2]
    first = int(np.ceil(marks[lids[0][0], 0]))
    columns = np.arange(first, int(marks[lids[0][-1], 0]) + 1)

    def rows(line: tuple[int, ...]) -> NDArray[np.float32]:
        at = marks[list(line)]
        at = at[np.argsort(at[:, 0])]
        return np.interp(columns, at[:, 0], at[:, 1]).astype(np.float32)

    upper, lower = rows(lids[0]), rows(lids[1])
    top = upper - np.float32(_ROOM) * np.maximum(upper - rows(brow), 1)
    return Lid(first, np.minimum(upper, lower), np.maximum(upper, lower), top.astype(np.float32))
