"""Where one person's lips are in every state of the atlas, as they speak in their clip.

In: a rendered head's mouths, the person's lips at rest, and their lips in the frames in which they
speak. Out: lips in every state. Pure. The rendered lips say what a state is; how wide this person
opens the mouth, and how they hold it while they speak, say the frames.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.making.lips import COLUMNS, LipLines

_MIDDLE: Final = slice(4, 7)
_SPREAD: Final = (0.1, 0.9)
"""Quantiles between which a movement is measured."""
_OPENS: Final = (0.6, 1.4)
_WIDENS: Final = (0.6, 1.3)
"""How much less or more than the rendered head a person may move the lips."""
_MOST_OFF: Final = 0.08
"""Mouth widths by which lips may be held elsewhere in speech than the rendered ones would."""
_CLOSED: Final = 0.05
"""The quantile of all gaps that is taken for lips that touch, and the most that it may be, in mouth
widths: the nets see them a little apart."""
_MOST_CLOSED: Final = 0.06
TOUCHING_GAP: Final = 0.01
"""Mouth widths between the inner lines, without the seam, of lips that touch."""
_ALIKE: Final = 6.0
"""Difference in looks of mouths that sound alike."""
_DOUBT: Final = 8.0
"""Frames for which that the person is like the rendered head counts."""
_BELIEVED: Final = 0.5
_SHUT: Final = 1.15
_OPEN: Final = 2.0


def as_array(lips: LipLines) -> NDArray[np.float64]:
    """float64 [4, 11, 2]: upper outer, upper inner, lower inner, lower outer line."""
    return np.stack([lips.upper_outer, lips.upper_inner, lips.lower_inner, lips.lower_outer])


def gaps_of(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels between the lips' middles, of lines [..., 4, 11, 2]."""
    apart = lines[..., 2, _MIDDLE, 1] - lines[..., 1, _MIDDLE, 1]
    return np.asarray(apart.mean(axis=-1), np.float64)


def widths_of(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels from corner to corner."""
    return np.asarray(lines[..., 0, -1, 0] - lines[..., 0, 0, 0], np.float64)


def without_seam(lines: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Lips [N, 4, 11, 2] of which those that touch have one inner line: nets see them apart."""
    gap = gaps_of(lines)
    closed = max(1e-3, min(float(np.quantile(gap, _CLOSED)), _MOST_CLOSED * width))
    part = np.clip((gap / closed - _SHUT) / (_OPEN - _SHUT), 0, 1)[:, None, None]
    middle = (lines[:, 1] + lines[:, 2]) / 2
    touching = lines.copy()
    touching[:, 1] = middle + part * (lines[:, 1] - middle)
    touching[:, 2] = middle + part * (lines[:, 2] - middle)
    return touching


@dataclass(frozen=True)
class Manner:
    """How a person moves the lips, against a rendered head. opens, widens: how much more. held:
    [4, 11, 2], where lips are held in speech, from where they would be."""

    opens: float
    widens: float
    held: NDArray[np.float64]

    def of(self, lines: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rendered lips [..., 4, 11, 2] as this person's."""
        return self.moved(lines, rest) + self.held

    def moved(self, lines: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
        """Without `held`."""
        return np.asarray(rest + (lines - rest) * (self.widens, self.opens), np.float64)


def manner_of(
    asked: NDArray[np.float64], seen: NDArray[np.float64], rest: NDArray[np.float64]
) -> Manner:
    """asked, seen: the lips [N, 4, 11, 2] that the rendered head would have in the frames in which
    the person speaks, and theirs. rest: theirs at rest, [4, 11, 2]."""
    opens = float(np.clip(_spread(gaps_of(seen)) / _spread(gaps_of(asked)), *_OPENS))
    widens = float(np.clip(_spread(widths_of(seen)) / _spread(widths_of(asked)), *_WIDENS))
    manner = Manner(opens, widens, np.zeros((4, COLUMNS, 2)))
    off = np.median(seen - manner.moved(asked, rest), axis=0)
    # Both inner lines go the same way: lips that touch go on touching.
    off[1:3] = off[1:3].mean(axis=0)
    most = _MOST_OFF * float(widths_of(rest))
    return Manner(opens, widens, np.clip(off, -most, most))


def habits(
    off: NDArray[np.float64],
    heard: NDArray[np.float32],
    looks: NDArray[np.float32],
    shut: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """How the lips of states with these `looks` [S, 6] are held beside the `Manner`, [S, 4, 11, 2].

    off: what the lips of frames [N, 4, 11, 2] were off it; heard: the looks [N, 6] of their sound.
    shut: bool [S], whose lips touch. A weighted mean of frames that sound alike (Nadaraya, 1964,
    and Watson), of which a part is believed: all of it would hardly move the lips where sound says
    little of them."""
    apart = np.square(looks[:, None] - heard).sum(axis=-1)
    share = np.exp(-apart / (2 * _ALIKE**2))
    share /= share.sum(axis=1, keepdims=True) + _DOUBT
    found = _BELIEVED * np.einsum("sn,nlkc->slkc", share, off)
    found[shut, 1:3] = found[shut, 1:3].mean(axis=1, keepdims=True)
    return np.asarray(found, np.float64)


def _spread(values: NDArray[np.float64]) -> float:
    low, high = np.quantile(values, _SPREAD)
    return max(float(high - low), 1e-6)
