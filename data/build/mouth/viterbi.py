"""The best times of sounds whose order is known.

In: how well each sound fits each column, and where it was said to begin. Out: where it begins.
Pure; owns nothing. Source: Viterbi's algorithm over the beginnings (a semi-Markov chain): what a
beginning gains is the fit of its sound's columns, how much a beginning is heard there, and less
the further it is from where it was said to be.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
_NEVER: Final = -1e9


@dataclass(frozen=True)
class Given:
    """start: the column where a sound is said to begin. reach: columns away from it that are
    allowed. scale: columns away that cost 1. least: columns that the sound lasts at least."""

    start: float
    reach: float
    scale: float
    least: int


def best_starts(fit: Float, begun: Float, given: list[Given]) -> NDArray[np.intp]:
    """The column where each sound begins, [k]; fit: [k, n], begun: [n]. The first begins at 0."""
    count = fit.shape[1]
    total = np.concatenate([np.zeros((len(fit), 1)), np.cumsum(fit, axis=1)], axis=1)
    score = np.full(count + 1, _NEVER)
    score[0] = 0
    came = np.zeros((len(fit), count + 1), np.intp)
    for at in range(1, len(fit)):
        open_ = score - total[at - 1]
        ahead = np.maximum.accumulate(open_)
        where = np.maximum.accumulate(np.where(open_ >= ahead, np.arange(count + 1), 0))
        least = given[at - 1].least
        shifted = np.full(count + 1, 2 * _NEVER)
        shifted[least:] = ahead[: count + 1 - least]
        came[at, least:] = where[: count + 1 - least]
        score = total[at - 1] + shifted + _wanted(given[at], count) + np.append(begun, 0)
    starts = np.zeros(len(fit), np.intp)
    starts[-1] = int(np.argmax(score + total[-1, -1] - total[-1]))
    for at in range(len(fit) - 1, 0, -1):
        starts[at - 1] = came[at, starts[at]]
    return starts


def _wanted(given: Given, count: int) -> Float:
    away = np.abs(np.arange(count + 1) - given.start)
    return np.asarray(np.where(away <= given.reach, -away / given.scale, _NEVER / 100 - away))
