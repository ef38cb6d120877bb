"""Which part of a clip is its idle loop: a calm stretch, with the mouth shut where there is one.

In: the landmarks of every frame. Out: the frames from and to which the loop may be cut, the frame
that looks most like all of them, and whether mouths have to be shut. Pure. A person who speaks
through the whole clip is shown with lips that are brought together.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.errors import CannotMake
from data.making.lips import LipLines
from data.making.shut_mouth import MOST_GAP, TOUCHING
from data.units import TICKS_PER_SECOND

LEAST_FRAMES: Final = 4 * TICKS_PER_SECOND
"""A stretch of shut lips is taken alone from this length on: a short loop is seen to repeat."""
MOST_FRAMES: Final = 20 * TICKS_PER_SECOND
SPOKEN_FRAMES: Final = 6 * TICKS_PER_SECOND
"""Kept of a person who speaks all the time; it runs there and back."""
_SHORTEST: Final = TICKS_PER_SECOND
_TURNS: Final = (14.0, 14.0, 20.0)
"""Degrees of yaw, pitch and roll from the usual pose within which one mouth fits."""
_JITTER: Final = 0.02
"""By how much the nets see shut lips apart now and then, in mouth widths."""


@dataclass(frozen=True)
class IdleStretch:
    """first, end: of the frames, end exclusive. usual: the frame whose pose is nearest to all
    of theirs and whose mouth is most shut. shut: whether the lips touch in all of them."""

    first: int
    end: int
    usual: int
    shut: bool


def idle_stretch(landmarks: NDArray[np.float64], most: int = MOST_FRAMES) -> IdleStretch:
    """Of landmarks [N, 478, 3], `most` frames at most. CannotMake if there is no second in which
    the face keeps about one pose with its mouth shut or able to be shut."""
    faces = [Face(marks, 1.0) for marks in landmarks]
    gaps = np.array([LipLines.of(face.landmarks).gap for face in faces])
    turns = np.array([face.turn for face in faces])
    chin = landmarks[:, points.CHIN, :2]
    near = (np.abs(turns - np.median(turns, axis=0)) <= np.array(_TURNS)).all(axis=1)
    shut = near & (gaps <= TOUCHING + _JITTER)
    first, end = _longest(shut)
    touching = end - first >= min(LEAST_FRAMES, len(faces))
    if not touching:
        first, end = _longest(near & (gaps <= MOST_GAP))
    if end - first < min(_SHORTEST, len(faces)):
        raise CannotMake(
            "there is no second in which the head is still and the mouth shut or nearly so; "
            "film 5 s of looking into the camera, at rest"
        )
    if touching:
        first, end = _calmest(chin, first, end, most)
    else:
        first, end = _quietest(gaps, first, end, min(most, SPOKEN_FRAMES))
    return IdleStretch(first, end, _usual(turns, gaps, first, end), touching)


def _longest(good: NDArray[np.bool_]) -> tuple[int, int]:
    """The longest run of True, first and end; (0, 0) if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return 0, 0
    first, end = runs[(runs[:, 1] - runs[:, 0]).argmax()]
    return int(first), int(end)


def _calmest(at: NDArray[np.float64], first: int, end: int, most: int) -> tuple[int, int]:
    """At most `most` frames of the stretch: those in which a point [N, 2] moves least."""
    if end - first <= most:
        return first, end
    steps = np.hypot(*np.diff(at[first:end], axis=0).T)
    sums = np.convolve(steps, np.ones(most - 1), mode="valid")
    begin = first + int(sums.argmin())
    return begin, begin + most


def _quietest(gaps: NDArray[np.float64], first: int, end: int, most: int) -> tuple[int, int]:
    """At most `most` frames of the stretch: those in which the lips are nearest to each other, as
    a jaw that moves is still seen to when they are brought together."""
    if end - first <= most:
        return first, end
    sums = np.convolve(gaps[first:end], np.ones(most), mode="valid")
    begin = first + int(sums.argmin())
    return begin, begin + most


def _usual(turns: NDArray[np.float64], gaps: NDArray[np.float64], first: int, end: int) -> int:
    there = slice(first, end)
    off = np.abs(turns[there] - np.median(turns[there], axis=0)).sum(axis=1)
    return first + int((off / 10 + 10 * np.maximum(gaps[there] - TOUCHING / 2, 0)).argmin())
