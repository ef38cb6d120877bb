"""Where faces are: BlazeFace's short-range detector, over windows of a picture.

In: a BGR picture. Out: boxes with two eyes, best first. Runs where avatars are made; owns its
net. The detector sees 128 x 128, so a small face in a large picture is looked for in
windows too. Source: Bazarevsky et al., "BlazeFace" (2019), and its model card: 896 anchors of
size 1, two a cell of 8 pixels, six a cell of 16.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks.nets import Net, landmark_net

SIDE: Final = 128
_CELLS: Final = ((16, 2), (8, 6))
"""Cells a side, and anchors in each."""
_SURE: Final = 0.5
_SAME: Final = 0.3
"""Intersection over union from which two boxes are one face."""
_LONG: Final = 1.2
"""Longer side over shorter one from which a picture is looked at in squares too."""
_LEAST_WINDOW: Final = 160
"""Pixels of a side below which a face is too small to be of use."""


@dataclass(frozen=True)
class Found:
    """One detection, in pixels of the picture. box: x0, y0, x1, y1. eyes: float64 [2, 2], the
    left one in the picture first. score: 0..1."""

    box: tuple[float, float, float, float]
    eyes: NDArray[np.float64]
    score: float


class Detector:
    """Finds faces. Not for two threads at once."""

    def __init__(self) -> None:
        self._net = Net(landmark_net("face_detector.tflite"))
        self._anchors = _anchors()

    def find(self, picture: NDArray[np.uint8]) -> list[Found]:
        """Faces of a uint8 BGR picture [H, W, 3], best first; 10 to 40 ms, up to 0.5 s where
        none is found.

        The largest ones, and those that are half as large: windows shrink until a face is
        found in them, and once more."""
        height, width = picture.shape[:2]
        short, long = min(height, width), max(height, width)
        found = self._look(picture, 0, 0, long)
        finer = False
        for side in _sides(short, long):
            if finer:
                break
            finer = bool(found)
            found += self._sweep(picture, side)
        return _distinct(found)

    def _sweep(self, picture: NDArray[np.uint8], side: int) -> list[Found]:
        """Look through square windows of `side`, each half over the next."""
        height, width = picture.shape[:2]
        return [
            found
            for y in _steps(height, side)
            for x in _steps(width, side)
            for found in self._look(picture, x, y, side)
        ]

    def _look(self, picture: NDArray[np.uint8], x: int, y: int, side: int) -> list[Found]:
        part = picture[y : y + side, x : x + side]
        scale = SIDE / side
        size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        seen = np.full((1, SIDE, SIDE, 3), -1, np.float32)
        seen[0, : size[1], : size[0]] = small[:, :, ::-1].astype(np.float32) / 127.5 - 1
        regressors, logits = self._net(seen)
        scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -100, 100).astype(np.float64)))
        good = np.flatnonzero(scores >= _SURE)
        points = regressors[0, good].astype(np.float64).reshape(-1, 8, 2)
        points[:, [0, 2, 3, 4, 5, 6, 7]] += self._anchors[good, None]
        origin = np.array([x, y], np.float64)
        return [
            _found(point, origin, side / SIDE, score)
            for point, score in zip(points, scores[good], strict=True)
        ]


def _sides(short: int, long: int) -> list[int]:
    """Sides of the windows to look through after the whole picture, falling by halves."""
    sides = [short] if long > _LONG * short else []
    while (short := short // 2) >= _LEAST_WINDOW:
        sides.append(short)
    return sides


def _found(
    points: NDArray[np.float64], origin: NDArray[np.float64], scale: float, score: float
) -> Found:
    """points [8, 2]: centre, size, then six key points, of which the eyes are the first two."""
    centre, half = origin + points[0] * scale, points[1] * scale / 2
    (x0, y0), (x1, y1) = centre - half, centre + half
    return Found((x0, y0, x1, y1), origin + points[2:4] * scale, score)


def _anchors() -> NDArray[np.float64]:
    """float64 [896, 2]: the centres x, y in pixels of the detector's view."""
    rows = []
    for cells, each in _CELLS:
        at = (np.arange(cells) + 0.5) * (SIDE / cells)
        grid = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
        rows.append(np.repeat(grid, each, axis=0))
    return np.concatenate(rows)


def _steps(length: int, side: int) -> list[int]:
    """Where windows of `side` begin, so that they cover `length`, each half over the next."""
    count = max(1, -(-2 * (length - side) // side) + 1)
    return sorted({round(at) for at in np.linspace(0, max(0, length - side), count)})


def _distinct(found: list[Found]) -> list[Found]:
    """One detection for each face: the best of those that lie on each other."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: -each.score):
        if all(overlap(one.box, other.box) < _SAME for other in kept):
            kept.append(one)
    return kept


def overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> float:
    """Intersection over the smaller one's area: a box inside another counts as the same."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    if wide <= 0 or high <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return wide * high / min(areas)
