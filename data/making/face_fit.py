"""Where an avatar's drawn face sits in other pictures of the same person.

In: landmarks of the avatar's first frame and of other frames. Out: placements of the same canvas
there. Pure. For engines whose face is drawn on a canvas of the avatar's own, not cut out of each
frame: the canvas follows eyes and nose, which speech does not move.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.boxes import STEADY_FRAMES, steady

STEADY: Final = (
    *points.LEFT_EYE,
    *points.RIGHT_EYE,
    points.BETWEEN_EYES,
    points.NOSE_BRIDGE,
    points.NOSE_BOTTOM,
    points.LEFT_CHEEK,
    points.RIGHT_CHEEK,
)
"""The landmarks that stand still in the skull, whatever is said."""


def followed(
    placement: NDArray[np.float32],
    first: NDArray[np.float64],
    others: NDArray[np.float64],
    spread: float = STEADY_FRAMES,
) -> NDArray[np.float32]:
    """float32 [N, 2, 3]: the canvas's pixels to each other picture's.

    placement: to the first picture's, as in `Clip`. first: landmarks [478, 3] there. others:
    landmarks [N, 478, 3]. spread: of the Gaussian over time, in frames.
    """
    before = first[list(STEADY), :2]
    turns = np.stack([_similarity(before, marks[list(STEADY), :2]) for marks in others])
    a, b, x, y = steady(turns, spread).T
    moves = np.stack([np.stack([a, -b, x], axis=1), np.stack([b, a, y], axis=1)], axis=1)
    whole = np.vstack([placement.astype(np.float64), (0, 0, 1)])
    placements: NDArray[np.float32] = (moves @ whole).astype(np.float32)
    return placements


def _similarity(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """[a, b, x, y] of the turn, scale and shift that brings points [P, 2] nearest to others."""
    count = len(before)
    ones, zeros = np.ones(count), np.zeros(count)
    across = np.column_stack([before[:, 0], -before[:, 1], ones, zeros])
    down = np.column_stack([before[:, 1], before[:, 0], zeros, ones])
    wanted = np.concatenate([after[:, 0], after[:, 1]])
    found: NDArray[np.float64] = np.linalg.lstsq(np.concatenate([across, down]), wanted)[0]
    return found
