"""How a head is turned in every frame of a clip, and its landmarks freed of that.

In: landmarks of every frame. Out: for each a turn, a size and a place, and the landmarks as seen
from the front. Pure. Only what speech does not move tells the pose: eyes, nose, temples.
Source: Kabsch, "A solution for the best rotation to relate two sets of vectors" (1976), repeated
about the mean (generalised Procrustes analysis).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.lip_motion import affine

_STEADY: Final = (
    *points.LEFT_EYE, *points.RIGHT_EYE, points.BETWEEN_EYES, 6, points.NOSE_BRIDGE,
    points.NOSE_MIDDLE, points.NOSE_BOTTOM, points.LEFT_CHEEK, points.RIGHT_CHEEK, 127, 356,
)  # fmt: skip
_ROUNDS: Final = 3
_AROUND_MOUTH: Final = (2, 98, 327, 61, 291, 0, 17, 50, 280, 205, 425, 187, 411, 132, 361, 58, 288,
                        172, 397, points.CHIN)  # fmt: skip
"""Where a mouth's place must be right: nose, lips, cheeks, jaw, chin."""


@dataclass(frozen=True)
class HeadPoses:
    """frontal: float64 [N, 478, 3], all landmarks as from the front, in distances of the eyes.
    turn: rotations [N, 3, 3]; scale [N]; middle [N, 3]: from there to the picture's pixels."""

    frontal: NDArray[np.float64]
    turn: NDArray[np.float64]
    scale: NDArray[np.float64]
    middle: NDArray[np.float64]

    def seen(self, frontal: NDArray[np.float64], number: int) -> NDArray[np.float64]:
        """Frontal points [K, 3] where the head of frame `number` shows them, [K, 2]."""
        turned = frontal @ self.turn[number].T / self.scale[number] + self.middle[number]
        return np.asarray(turned[:, :2], np.float64)

    def motion(self, first: int, number: int) -> NDArray[np.float64]:
        """The affine [2, 3] that brings the lower face of frame `first` to another frame, as the
        head moves: what the mouth does meanwhile moves nothing."""
        face = self.frontal[first, list(_AROUND_MOUTH)]
        return affine(self.seen(face, first), self.seen(face, number))


def head_poses(landmarks: NDArray[np.float64]) -> HeadPoses:
    """Of landmarks [N, 478, 3]."""
    steady = landmarks[:, list(_STEADY)]
    middle = steady.mean(axis=1)
    centred = steady - middle[:, None]
    mean = centred[0]
    mean = mean / np.hypot(*(mean[3] - mean[0])[:2])
    for _ in range(_ROUNDS):
        turn, scale = _onto(centred, mean)
        mean = (scale[:, None, None] * centred @ turn).mean(axis=0)
        mean = mean / np.hypot(*(mean[3] - mean[0])[:2])
    turn, scale = _onto(centred, mean)
    frontal = scale[:, None, None] * (landmarks - middle[:, None]) @ turn
    return HeadPoses(frontal, turn, scale, middle)


def _onto(
    centred: NDArray[np.float64], mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotations and scales that bring each set of points [N, K, 3] nearest to `mean` [K, 3]."""
    left, sizes, right = np.linalg.svd(np.swapaxes(centred, 1, 2) @ mean)
    sizes = sizes.copy()
    mirrored = np.linalg.det(left @ right) < 0
    left[mirrored, :, 2] *= -1
    sizes[mirrored, 2] *= -1
    scale = sizes.sum(axis=1) / np.square(centred).sum(axis=(1, 2))
    return left @ right, scale
