"""From phones to the movement of a mouth: dominance functions.

In: phones and a length. Out: eight parameters and a viseme for each 10 ms. Pure; owns nothing.
Source: M. Cohen and D. Massaro, "Modeling coarticulation in synthetic visual speech" (1993): every
phone pulls each parameter towards its target with a dominance that is flat while it lasts and
falls exponentially before and after; the movement is the weighted mean of all that pull.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.phones import (
    BILABIAL,
    PARAMETERS,
    REST,
    VISEMES,
    Articulation,
    articulations,
)
from data.build.mouth.spoken_clip import Phone

STEP: Final = 0.01
"""Seconds between two rows."""
_FALL: Final = np.array([0.055, 0.06, 0.065, 0.014, 0.055, 0.018, 0.045, 0.045])
"""Seconds in which a dominance falls to 1/e, as PARAMETERS; lips shut and part fastest."""
_EARLIER: Final = 1.15
"""Articulators set out earlier than they come back."""
_REACH: Final = 0.4
_SHORTEST: Final = 0.004
_SHARP: Final = (PARAMETERS.index("close"), PARAMETERS.index("fv"))
_JAW, _CLOSE = PARAMETERS.index("jaw"), PARAMETERS.index("close")
_SMOOTH: Final = np.hanning(7)[1:-1] / np.hanning(7).sum()
_JAW_WITH_LIPS: Final = 0.75
"""Share of the jaw's opening that shut lips take away."""


class Segment(NamedTuple):
    """An articulation from `start` to `end`, in seconds."""

    start: float
    end: float
    shape: Articulation


class Movement(NamedTuple):
    """parameters: float32 [n, 8]; visemes: uint8 [n], indices of VISEMES; one row a 10 ms."""

    parameters: NDArray[np.float32]
    visemes: NDArray[np.uint8]


def segments(phones: Sequence[Phone], seconds: float) -> list[Segment]:
    """The articulations of the phones one after another, without gaps."""
    if not phones:
        return [Segment(0.0, seconds, REST)]
    found: list[Segment] = []
    ends = [phone.start for phone in phones[1:]] + [seconds]
    for phone, end in zip(phones, ends, strict=True):
        if end - phone.start < _SHORTEST:
            continue
        shapes = articulations(phone.sign)
        if not shapes and found:
            found[-1] = found[-1]._replace(end=end)
        length = (end - phone.start) / max(len(shapes), 1)
        for at, shape in enumerate(shapes):
            found.append(Segment(phone.start + at * length, phone.start + (at + 1) * length, shape))
    if not found or found[0].start > 0:
        found.insert(0, Segment(0.0, found[0].start if found else seconds, REST))
    return found


def bilabials(found: Sequence[Segment]) -> Iterator[Segment]:
    """The p, b and m among the segments."""
    return (segment for segment in found if segment.shape.viseme == BILABIAL)


def movement(found: Sequence[Segment], seconds: float) -> Movement:
    """Blend the segments."""
    rows = round(seconds / STEP)
    times = (np.arange(rows) + 0.5) * STEP
    pull = np.zeros((rows, len(PARAMETERS)))
    total = np.full((rows, len(PARAMETERS)), 1e-9)
    visemes = np.zeros(rows, np.uint8)
    for start, end, shape in found:
        near = slice(*np.searchsorted(times, (start - _REACH, end + _REACH)).tolist())
        away = np.maximum(np.maximum(start - times[near], times[near] - end), 0)[:, None]
        fall = np.where(times[near, None] < start, _FALL * _EARLIER, _FALL)
        dominance = shape.weight * np.exp(-away / fall)
        pull[near] += dominance * shape.target
        total[near] += dominance
        visemes[(times >= start) & (times < end)] = VISEMES.index(shape.viseme)
    track = pull / total
    track[:, _SHARP] = np.clip((track[:, _SHARP] - 0.25) / 0.5, 0, 1)
    for column in range(track.shape[1]):
        padded = np.pad(track[:, column], len(_SMOOTH) // 2, "edge")
        track[:, column] = np.convolve(padded, _SMOOTH, "valid")
    for start, end, _ in bilabials(found):
        middle = np.abs(times - (start + end) / 2)
        track[middle <= max((end - start) / 4, STEP), _CLOSE] = 1
    track[:, _JAW] *= 1 - _JAW_WITH_LIPS * track[:, _CLOSE]
    return Movement(track.astype(np.float32), visemes)
