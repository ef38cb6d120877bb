"""Which frame of a clip shows each state of the atlas best.

In: the lips that every state asks for, the lips of every frame, and what is heard with it. Out: a
frame for each state, and whether it shows it. Pure. The lips' shape as it is seen counts most;
what is heard tells tongue and teeth apart, and a frame in which the lips move fast is blurred.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.making.mouth_patch import FrameMouth
from data.making.mouth_targets import gaps_of

OWN_WITHIN: Final = 0.05
"""Mouth widths, root mean square over the lips' lines, up to which a frame shows a state."""
_HEARD: Final = 0.0015
"""Mouth widths that a unit of difference in what is heard is worth."""
_BLUR: Final = 0.3
"""And a mouth width of movement within a tick."""
_GAP: Final = 1.0
_TURNS: Final = np.array([9.0, 9.0, 14.0])
"""Degrees of yaw, pitch and roll off the usual pose up to which a frame is taken."""
LEAST_FRAMES: Final = 40


@dataclass(frozen=True)
class LipTrack:
    """The lips of every frame on one canvas. places: affines [N, 2, 3] from it to the frames.
    marks: landmarks [N, 478, 2] there. lines: float64 [N, 4, 11, 2], see `mouth_targets`. width: of
    the mouth at rest. looks: what is heard with each, float32 [N, 6]. fit: bool [N], the frames of
    which mouths may be taken. touching: those in which the lips touch, heard or not."""

    places: NDArray[np.float64]
    marks: NDArray[np.float64]
    lines: NDArray[np.float64]
    width: float
    looks: NDArray[np.float32]
    fit: NDArray[np.bool_]
    touching: NDArray[np.bool_]

    def mouth(self, number: int) -> FrameMouth:
        """That of one frame."""
        return FrameMouth(self.places[number], self.marks[number], self.lines[number])


@dataclass(frozen=True)
class Chosen:
    """frames: int64 [S], -1 where no frame will do. off: float64 [S], mouth widths by which its
    lips are elsewhere. own: bool [S], whether the frame shows the state."""

    frames: NDArray[np.int64]
    off: NDArray[np.float64]
    own: NDArray[np.bool_]


def near_pose(turns: NDArray[np.float64], usual: int) -> NDArray[np.bool_]:
    """bool [N]: whether each head, turned by [N, 3] degrees, is turned about as the usual one; the
    bounds are widened until `LEAST_FRAMES` are."""
    off = np.abs(turns - turns[usual]) / _TURNS
    worst = off.max(axis=1)
    bound = max(1.0, float(np.sort(worst)[min(len(worst), LEAST_FRAMES) - 1]))
    return np.asarray(worst <= min(bound, 1.7), np.bool_)


def choose(
    wanted: NDArray[np.float64],
    wanted_looks: NDArray[np.float32],
    shut: NDArray[np.bool_],
    track: LipTrack,
) -> Chosen:
    """wanted: the lips of every state, [S, 4, 11, 2]; wanted_looks: float32 [S, 6]; shut: bool [S],
    whose lips touch."""
    speed = np.zeros(len(track.lines))
    steps = np.sqrt(np.square(np.diff(track.lines, axis=0)).sum(axis=-1).mean(axis=(1, 2)))
    speed[1:] = steps
    speed[:-1] = np.maximum(speed[:-1], steps)
    frames, off = [], []
    for lips, looks, touch in zip(wanted, wanted_looks, shut, strict=True):
        shape = np.square(track.lines - lips).sum(axis=-1).mean(axis=(1, 2))
        shape += _GAP * np.square(gaps_of(track.lines) - gaps_of(lips))
        shape = np.sqrt(shape) / track.width
        heard = np.linalg.norm(track.looks - looks, axis=1)
        cost = shape + _HEARD * heard + _BLUR * speed / track.width
        cost[~(track.touching if touch else track.fit)] = np.inf
        best = int(cost.argmin())
        found = bool(np.isfinite(cost[best]))
        frames.append(best if found else -1)
        off.append(shape[best] if found else np.inf)
    return Chosen(np.array(frames, np.int64), np.array(off), np.array(off) <= OWN_WITHIN)
