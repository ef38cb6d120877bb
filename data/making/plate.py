"""A smooth warp through given points: the thin plate spline.

In: where points shall lie and where they come from. Out: for every pixel where it comes from.
Pure. Source: Bookstein, "Principal Warps: Thin-Plate Splines and the Decomposition of
Deformations" (1989), with a little stiffness for points that are not known exactly.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.sampling import pixels, sample

_CELL: Final = 4
"""Pixels between the points at which the spline is computed; in between it is all but linear."""


class Plate:
    """Takes points at `to` [N, 2] back to `source` [N, 2].

    stiffness: [N], 0 for points that must be met, in squared pixels for the others. ValueError
    for fewer than three points.
    """

    def __init__(
        self,
        to: NDArray[np.float64],
        source: NDArray[np.float64],
        stiffness: NDArray[np.float64] | float = 0.0,
    ) -> None:
        count = len(to)
        if count < 3:
            raise ValueError(f"a warp needs three points, there are {count}")
        self._middle = to.mean(axis=0)
        self._scale = float(np.abs(to - self._middle).max()) or 1.0
        self._to = (to - self._middle) / self._scale
        system = np.zeros((count + 3, count + 3))
        soft = np.broadcast_to(np.asarray(stiffness, np.float64), count) / self._scale**2
        system[:count, :count] = _bend(self._to, self._to) + np.diag(soft + 1e-9)
        system[:count, count] = system[count, :count] = 1
        system[:count, count + 1 :] = self._to
        system[count + 1 :, :count] = self._to.T
        wanted = np.concatenate([source - to, np.zeros((3, 2))])
        self._weights = np.linalg.solve(system, wanted)

    def __call__(self, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where the points `at` [M, 2] come from, [M, 2]."""
        local = (at - self._middle) / self._scale
        count = len(self._to)
        flat = self._weights[count] + local @ self._weights[count + 1 :]
        moved: NDArray[np.float64] = at + flat + _bend(local, self._to) @ self._weights[:count]
        return moved

    def field(self, width: int, height: int) -> NDArray[np.float32]:
        """Where each pixel of a picture comes from, float32 [height, width, 2]."""
        columns, rows = -(-width // _CELL) + 1, -(-height // _CELL) + 1
        grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1) * _CELL
        flat = grid.reshape(-1, 2).astype(np.float64)
        shift = (self(flat) - flat).reshape(rows, columns, 2).astype(np.float32)
        here = pixels(width, height)
        return here + sample(shift, here / np.float32(_CELL), cv2.INTER_LINEAR)


def _bend(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    squared = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1)
    squared -= 2 * (one @ other.T)
    np.maximum(squared, 1e-12, out=squared)
    bent = np.log(squared)
    bent *= squared
    bent *= 0.5
    return np.asarray(bent, np.float64)
