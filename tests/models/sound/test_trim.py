"""Silence around a sentence is cut, its sound is not."""

import numpy as np
from numpy.typing import NDArray

from models.sound.trim import trim

RATE = 24_000


def _padded(murmur: NDArray[np.float32], head_s: float, tail_s: float) -> NDArray[np.float32]:
    head, tail = (np.zeros(int(RATE * s), np.float32) for s in (head_s, tail_s))
    return np.concatenate([head, murmur, tail])


def test_keeps_the_wanted_silence_and_all_of_the_sound(murmur: NDArray[np.float32]) -> None:
    spoken = murmur[: RATE * 9 // 4]
    out = trim(_padded(spoken, 0.3, 0.6), RATE, 10, 200)
    loud = np.flatnonzero(np.abs(out) > 1e-3)
    assert loud[0] <= RATE * 0.016
    assert RATE * 0.19 <= len(out) - loud[-1] <= RATE * 0.21
    assert np.isclose(np.square(out).sum(), np.square(spoken).sum(), rtol=1e-3)


def test_adds_nothing_where_there_is_less(murmur: NDArray[np.float32]) -> None:
    spoken = murmur[: RATE // 4]
    assert len(trim(spoken, RATE, 10, 200)) <= len(spoken)


def test_a_faint_beginning_belongs_to_the_sound(murmur: NDArray[np.float32]) -> None:
    breath = np.random.default_rng(0).normal(0, 0.03 * 10 ** (-34 / 20), 2400).astype(np.float32)
    out = trim(np.concatenate([np.zeros(7200, np.float32), breath, murmur]), RATE, 10, 0)
    assert len(out) >= len(breath) + RATE * 2


def test_silence_comes_back_empty() -> None:
    assert len(trim(np.zeros(RATE, np.float32), RATE, 10, 200)) == 0
    assert len(trim(np.zeros(3, np.float32), RATE, 10, 200)) == 0
