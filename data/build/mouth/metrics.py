"""How good a moving mouth is, against the articulation that made the sound.

In: parameters and visemes, as they were found and as they should be. Out: figures. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.batches import ticks
from data.build.mouth.examples import Example
from data.build.mouth.network import COLUMNS_A_TICK
from data.build.mouth.phones import PARAMETERS, VISEMES
from data.units import TICK_MS

Float = NDArray[np.float32]
JAW, ROUND, CLOSE = (PARAMETERS.index(name) for name in ("jaw", "round", "close"))
_NEAR: Final = 0.035
"""Seconds around a p, b, m within which a shut tick counts as its own (recall)."""
_EXCUSED: Final = 0.06
"""Seconds around one within which a closure is not false (precision)."""
_AWAY: Final = 3
_LAGS: Final = 8
_OPEN_JAW: Final = 0.12
"""A jaw that is seen to be open: a sixth of what `a` opens it."""


@dataclass(frozen=True)
class Tracked:
    """What was found for one example, tick by tick: parameters [n, 8] as drawn, and the
    viseme [n] or None from a method that gives none."""

    example: Example
    parameters: Float
    visemes: NDArray[np.intp] | None


@dataclass(frozen=True)
class MouthFigures:
    """jaw_r, round_r: correlation. jaw_gain: found over wanted standard deviation.
    viseme_accuracy: in speech. recall, precision: of p, b, m. lag_ms: found after wanted, by
    jaw. false_open: share of the ticks 120 ms and more from any phone with the jaw seen open.
    closures: how many p, b, m."""

    jaw_r: float
    jaw_gain: float
    round_r: float
    viseme_accuracy: float | None
    recall: float
    precision: float
    lag_ms: float
    false_open: float
    closures: int


def figures(found: Sequence[Tracked], shut_from: float) -> MouthFigures:
    """Over all examples together; shut_from: `close` from which lips are drawn shut."""
    wanted = [ticks(each.example, 0, len(each.parameters), 0) for each in found]
    target = np.concatenate([parameters for parameters, _ in wanted])
    visemes = np.concatenate([shares.argmax(axis=1) for _, shares in wanted])
    given = np.concatenate([each.parameters for each in found])
    counts = np.sum([_closures(each, shut_from) for each in found], axis=0)
    reached, total, right, wrong = (int(count) for count in counts)
    lags = [_lag(each.parameters[:, JAW], parameters[:, JAW])
            for each, (parameters, _) in zip(found, wanted, strict=True)]  # fmt: skip
    silent = np.concatenate([_quiet(shares) for _, shares in wanted])
    return MouthFigures(
        jaw_r=_r(given[:, JAW], target[:, JAW]),
        jaw_gain=float(given[:, JAW].std() / (target[:, JAW].std() + 1e-9)),
        round_r=_r(given[:, ROUND], target[:, ROUND]),
        viseme_accuracy=_accuracy(found, visemes),
        recall=reached / max(total, 1),
        precision=right / max(right + wrong, 1),
        lag_ms=float(np.median(lags)),
        false_open=float((given[silent, JAW] > _OPEN_JAW).mean()) if silent.any() else 0.0,
        closures=total,
    )


def f1(found: MouthFigures) -> float:
    """The harmonic mean of recall and precision of p, b, m."""
    return 2 * found.recall * found.precision / max(found.recall + found.precision, 1e-9)


def _quiet(shares: Float) -> NDArray[np.bool_]:
    """Ticks with nothing but silence for `_AWAY` ticks around: no mouth is on its way there."""
    speech = shares[:, VISEMES.index("sil")] < 1
    near = np.convolve(speech, np.ones(2 * _AWAY + 1), "same")
    return np.asarray(near < 0.5)


def false_opening(found: Iterable[Tracked]) -> float:
    """Share of ticks with the jaw seen open, of sounds that no mouth makes."""
    jaws = np.concatenate([each.parameters[:, JAW] for each in found])
    return float((jaws > _OPEN_JAW).mean())


def _accuracy(found: Sequence[Tracked], wanted: NDArray[np.intp]) -> float | None:
    given = [each.visemes for each in found if each.visemes is not None]
    if len(given) < len(found):
        return None
    speech = wanted != VISEMES.index("sil")
    return float((np.concatenate(given) == wanted)[speech].mean())


def _closures(each: Tracked, shut_from: float) -> tuple[int, int, int, int]:
    """Reached and all p, b, m; closures that are right, and that are wrong.

    A closure that touches silence is neither: lips may shut when nothing is said.
    """
    shut = each.parameters[:, CLOSE] >= shut_from
    middle = (np.arange(len(shut)) + 0.5) * TICK_MS / 1000
    silent = each.example.visemes[2::COLUMNS_A_TICK][: len(shut)] == VISEMES.index("sil")
    reached, excused = 0, np.zeros(len(shut), bool)
    for start, end in each.example.closures.tolist():
        reached += bool(shut[(middle >= start - _NEAR) & (middle <= end + _NEAR)].any())
        excused |= (middle >= start - _EXCUSED) & (middle <= end + _EXCUSED)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], shut, [False]]).astype(np.int8)))
    right = wrong = 0
    for first, last in edges.reshape(-1, 2).tolist():
        if excused[first:last].any():
            right += 1
        elif not silent[max(first - 1, 0) : last + 1].any():
            wrong += 1
    return reached, len(each.example.closures), right, wrong


def _lag(given: Float, wanted: Float) -> float:
    """By how many ms `given` comes after `wanted`: the peak of their correlation."""
    a, b = given - given.mean(), wanted - wanted.mean()
    match = np.array([
        float((a[max(k, 0) : len(a) + min(k, 0)] * b[max(-k, 0) : len(b) - max(k, 0)]).sum())
        for k in range(-_LAGS, _LAGS + 1)
    ])  # fmt: skip
    at = int(match.argmax())
    if not 0 < at < len(match) - 1:
        return float(at - _LAGS) * TICK_MS
    left, peak, right = match[at - 1 : at + 2]
    return float((at - _LAGS + (left - right) / (2 * (left - 2 * peak + right))) * TICK_MS)


def _r(given: Float, wanted: Float) -> float:
    if given.std() < 1e-6 or wanted.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(given, wanted)[0, 1])
