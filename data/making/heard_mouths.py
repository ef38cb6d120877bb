"""Which frames of a clip show the mouth of what is heard in it.

In: landmarks freed of the head's pose, and the mouth that the clip's own sound asks for in every
tick. Out: the delay between them and the frames in which both agree, or why the sound is not used.
Pure. Sound may be a stranger's, music, or dubbed: whose lips do not move with it is not heard.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.making.errors import CannotMake
from data.making.lips import LOWER_INNER, UPPER_INNER
from data.units import TICKS_PER_SECOND

MOST_DELAY: Final = 8
"""Ticks by which a clip's sound may be early or late."""
LEAST_MATCH: Final = 0.32
"""Correlation of lips and sound from which they belong together: of 130 pairs of one person's lips
and another's sound, one in a hundred has more than 0.30."""
LEAST_SPEECH: Final = 3 * TICKS_PER_SECOND
_MANY: Final = 5 * TICKS_PER_SECOND
"""Frames of speech from which that is so; fewer agree by chance more easily."""
_LEAST_MOVING: Final = 0.4
"""Parts of the speech in which the lips move: the rest may be another's questions."""
_SLOW: Final = TICKS_PER_SECOND // 2
"""Ticks to both sides whose mean is taken away: a smile that comes and goes is no articulation."""
_NEAR: Final = 6
_SPOKEN: Final = 0.12
"""A jaw parameter from which, within `_NEAR` ticks, somebody is heard to speak."""
_STILL: Final = 0.35
"""Parts of the usual movement below which lips are still."""
_MOVING: Final = 0.012
"""Standard deviation of the gap, in distances of the eyes, of lips that do not move at all."""
_JAW, _SPREAD, _ROUND, _CLOSE = 0, 1, 2, 3


class NotHeard(CannotMake):
    """The sound of a clip says nothing of its mouths; the message says why."""


@dataclass(frozen=True)
class Hearing:
    """What a mouth network knows. hear: ticks of sound, float32 [T, 640] at 16 kHz, to mouth
    parameters [T, 8]. looks: parameters [..., 8] to coordinates [..., 6] in which distance is
    difference in looks."""

    hear: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    looks: Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class HeardMouths:
    """delay: ticks by which the sound comes before its lips. match: how well both agree, -1 to 1.
    mouths: float32 [N, 8], what is heard with each frame. agreed: bool [N], the frames that count.
    """

    delay: int
    match: float
    mouths: NDArray[np.float32]
    agreed: NDArray[np.bool_]


def heard_mouths(frontal: NDArray[np.float64], mouths: NDArray[np.float32]) -> HeardMouths:
    """frontal: landmarks [N, 478, 3], see `HeadPoses`. mouths: parameters [N, 8] of the sound.

    NotHeard says why they do not belong together."""
    gap, width = _gap(frontal), _width(frontal)
    spoken = _widest(mouths[:, _JAW]) > _SPOKEN
    moving = _movement(gap)
    usual = float(np.quantile(moving, 0.75))
    lively = moving > _STILL * usual
    if spoken.sum() < LEAST_SPEECH:
        seconds = spoken.sum() / TICKS_PER_SECOND
        raise NotHeard(
            f"{seconds:.1f} s of speech are heard, {LEAST_SPEECH / TICKS_PER_SECOND:.0f} are needed"
        )
    if usual < _MOVING or (spoken & lively).sum() < _LEAST_MOVING * spoken.sum():
        raise NotHeard("somebody is heard while the lips do not move")
    jaw = mouths[:, _JAW] * (1 - 0.7 * mouths[:, _CLOSE])
    pairs = [(jaw, gap), (mouths[:, _SPREAD] - mouths[:, _ROUND], width)]
    matches = [
        np.mean([_match(a, b, spoken, lively, delay) for a, b in pairs])
        for delay in range(-MOST_DELAY, MOST_DELAY + 1)
    ]
    best = int(np.argmax(matches))
    delay = best - MOST_DELAY
    agreed = _shifted(spoken, delay) & lively
    needed = LEAST_MATCH * max(1.0, float(np.sqrt(_MANY / max(1, agreed.sum()))))
    if matches[best] < needed:
        raise NotHeard(
            f"the lips do not move with the sound: they agree by {matches[best]:.2f}, "
            f"{needed:.2f} is needed; another's voice, music or a dubbed clip is like that"
        )
    return HeardMouths(delay, float(matches[best]), _shifted(mouths, delay), agreed)


def _gap(frontal: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = slice(4, 7)
    apart = frontal[:, LOWER_INNER[middle], 1] - frontal[:, UPPER_INNER[middle], 1]
    return np.asarray(apart.mean(axis=1), np.float64)


def _width(frontal: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(frontal[:, LOWER_INNER[-1], 0] - frontal[:, LOWER_INNER[0], 0], np.float64)


def _match(
    heard: NDArray[np.float32],
    seen: NDArray[np.float64],
    spoken: NDArray[np.bool_],
    lively: NDArray[np.bool_],
    delay: int,
) -> float:
    """Correlation of what is heard with what is seen `delay` ticks later, where somebody is heard
    and the lips move, of their quick movements."""
    share = (_shifted(spoken, delay) & lively).astype(np.float64)
    one, other = _quick(_shifted(heard, delay).astype(np.float64)), _quick(seen)
    one = share * (one - (share * one).sum() / max(1.0, share.sum()))
    other = share * (other - (share * other).sum() / max(1.0, share.sum()))
    sizes = float(np.square(one).sum() * np.square(other).sum())
    return float((one * other).sum() / np.sqrt(sizes)) if sizes > 0 else 0.0


def _shifted(track: NDArray[Any], delay: int) -> NDArray[Any]:
    """What is heard at each frame, of a track [N, ...] that comes `delay` ticks before it."""
    places = np.clip(np.arange(len(track)) - delay, 0, len(track) - 1)
    return track[places]


def _quick(track: NDArray[np.float64]) -> NDArray[np.float64]:
    """The track without its slow mean."""
    window = np.hanning(2 * _SLOW + 3)[1:-1]
    reach = min(_SLOW, len(track) - 1)
    window = window[_SLOW - reach : _SLOW + reach + 1]
    padded = np.pad(track, reach, mode="reflect")
    return np.asarray(track - np.convolve(padded, window / window.sum(), mode="valid"), np.float64)


def _widest(track: NDArray[np.float32]) -> NDArray[np.float32]:
    """The most of the ticks nearby."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(track, _NEAR, mode="edge"), 2 * _NEAR + 1
    )
    return np.asarray(windows.max(axis=1), np.float32)


def _movement(gap: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much the gap changes about each frame: standard deviation of a second."""
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(gap, _SLOW, mode="edge"), 2 * _SLOW + 1
    )
    return np.asarray(windows.std(axis=1), np.float64)
