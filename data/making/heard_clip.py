"""A clip in which a person speaks: their lips in every frame, and what the atlas asks of them.

In: landmarks, poses, what is heard. Out: lips on the canvas. Pure. Poses are those of steadied
landmarks, lips are as they were found: speech is quicker than a head.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.making.frame_choice import LipTrack, near_pose
from data.making.head_pose import HeadPoses
from data.making.heard_mouths import HeardMouths, Hearing
from data.making.lips import LOWER_INNER, LOWER_OUTER, UPPER_INNER, UPPER_OUTER, LipLines
from data.making.mouth_targets import (
    TOUCHING_GAP,
    as_array,
    gaps_of,
    habits,
    manner_of,
    without_seam,
)

_LINES: Final = [list(line) for line in (UPPER_OUTER, UPPER_INNER, LOWER_INNER, LOWER_OUTER)]


@dataclass(frozen=True)
class HeardClip:
    """landmarks: float64 [N, 478, 3]; turns: [N, 3] degrees. usual: the frame that the canvas lies
    on. heard, hearing: what is heard with the frames, and what tells how alike mouths are. taken:
    bool [N], the frames of which mouths may be taken; None for all."""

    landmarks: NDArray[np.float64]
    turns: NDArray[np.float64]
    poses: HeadPoses
    usual: int
    heard: HeardMouths
    hearing: Hearing
    taken: NDArray[np.bool_] | None = None


def lips_track(spoken: HeardClip, onto: NDArray[np.float64], width: float) -> LipTrack:
    """The lips of every frame on a canvas. onto: affine [2, 3] from it to the usual frame.
    width: of the mouth at rest there."""
    whole = np.vstack([onto, (0, 0, 1)])
    count = len(spoken.landmarks)
    places = np.stack([spoken.poses.motion(spoken.usual, n) @ whole for n in range(count)])
    back = np.linalg.inv(places[:, :, :2])
    marks = (spoken.landmarks[:, :, :2] - places[:, None, :, 2]) @ np.swapaxes(back, 1, 2)
    lines = without_seam(marks[:, _LINES], width)
    near = near_pose(spoken.turns, spoken.usual)
    if spoken.taken is not None:
        near &= spoken.taken
    touching = near & (gaps_of(lines) <= TOUCHING_GAP * width)
    looks = spoken.hearing.looks(spoken.heard.mouths)
    return LipTrack(places, marks, lines, width, looks, near & spoken.heard.agreed, touching)


def wanted_lips(
    spoken: HeardClip,
    track: LipTrack,
    generic: list[LipLines],
    rest: LipLines,
    states: NDArray[np.float32],
) -> NDArray[np.float64]:
    """The lips [S, 4, 11, 2] of every state, as this person moves them. generic: as a rendered
    head would."""
    lines, own = np.stack([as_array(lips) for lips in generic]), as_array(rest)
    looks = spoken.hearing.looks(states)
    frames = np.flatnonzero(track.fit)
    asked = [int(np.square(looks - track.looks[n]).sum(axis=1).argmin()) for n in frames]
    if not len(frames):
        return lines
    seen = track.lines[frames]
    manner = manner_of(lines[asked], seen, own)
    wanted = manner.of(lines, own)
    wanted += habits(seen - wanted[asked], track.looks[frames], looks, gaps_of(lines) == 0)
    alone = ~states.any(axis=1)
    wanted[alone] = own
    return wanted
