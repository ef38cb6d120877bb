"""Speech comes out at one level, whatever came in, with a steady gain and no high peak."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.sound.loudness import CEILING_DBFS, TARGET_DBFS, ActiveLevel, Leveller, levelled
from models.sound.peaks import Limiter, true_peaks

RATE = 24_000


def _level(samples: NDArray[np.float32]) -> float:
    level = ActiveLevel(RATE)
    level.push(samples)
    heard = level.dbfs()
    assert heard is not None
    return heard


def _joined(
    leveller: Leveller, samples: NDArray[np.float32], cuts: list[int]
) -> NDArray[np.float32]:
    parts = [leveller.push(part) for part in np.split(samples, cuts)]
    return np.concatenate([*parts, leveller.finish()])


@pytest.mark.parametrize("gain_db", [-12, -6, 0, 10])
def test_a_sentence_is_brought_to_the_target(murmur: NDArray[np.float32], gain_db: float) -> None:
    samples = murmur * np.float32(10 ** (gain_db / 20))
    out = np.concatenate(list(levelled(samples, RATE)))
    assert len(out) == len(samples)
    assert _level(out) == pytest.approx(TARGET_DBFS, abs=0.6)


def test_pauses_do_not_count(murmur: NDArray[np.float32]) -> None:
    apart = np.concatenate([murmur, np.zeros(5 * RATE, np.float32), murmur])
    assert _level(apart) == pytest.approx(_level(murmur), abs=0.3)


def test_the_gain_of_a_whole_sentence_is_constant(murmur: NDArray[np.float32]) -> None:
    out = np.concatenate(list(levelled(murmur, RATE)))
    heard = np.abs(murmur) > 0.01
    ratio = out[heard] / murmur[heard]
    assert ratio.max() / ratio.min() < 1.001


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 72_000), max_size=30))
def test_a_stream_loses_nothing_and_stays_under_the_ceiling(cuts: list[int]) -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.05, 72_000).astype(np.float32)
    samples[::7001] *= 12
    out = _joined(Leveller(RATE), samples, sorted(cuts))
    assert len(out) == len(samples)
    assert true_peaks(out).max() <= 10 ** ((CEILING_DBFS + 0.3) / 20)


def test_a_stream_does_not_pump(murmur: NDArray[np.float32]) -> None:
    """Quiet then loud speech: the gain moves by less than 3 dB in any second."""
    samples = np.concatenate([murmur, murmur * np.float32(4)])
    out = _joined(Leveller(RATE), samples, list(range(2400, len(samples), 2400)))
    heard = np.abs(samples) > 0.01
    seconds = np.flatnonzero(heard) / RATE
    gain_db = 20 * np.log10(np.abs(out[heard] / samples[heard]))
    for begin in range(5):
        within = gain_db[(seconds >= begin) & (seconds < begin + 1)]
        assert within.max() - within.min() < 3.1


def test_silence_passes_and_is_not_held_back() -> None:
    leveller = Leveller(RATE)
    out = leveller.push(np.zeros(10 * RATE, np.float32))
    assert len(out) > 9.9 * RATE
    assert not out.any()
    assert len(leveller.finish()) == 10 * RATE - len(out)


def test_the_first_gain_waits_for_speech_after_silence(murmur: NDArray[np.float32]) -> None:
    samples = np.concatenate([np.zeros(2 * RATE, np.float32), murmur])
    out = _joined(Leveller(RATE), samples, list(range(480, len(samples), 480)))
    assert _level(out) == pytest.approx(TARGET_DBFS, abs=1.5)


def test_noise_far_below_speech_is_not_blown_up() -> None:
    hiss = np.random.default_rng(2).normal(0, 1e-4, RATE).astype(np.float32)
    assert np.array_equal(_joined(Leveller(RATE), hiss, []), hiss)


def test_true_peaks_see_between_the_samples() -> None:
    """A sine at a quarter of the rate, sampled 45 degrees off, peaks 3 dB above its samples."""
    samples = np.sin(np.pi / 2 * np.arange(4000) + np.pi / 4).astype(np.float32)
    assert np.abs(samples).max() == pytest.approx(np.sqrt(0.5), abs=1e-4)
    assert true_peaks(samples)[100:-100].max() == pytest.approx(1.0, abs=0.01)


def test_the_limiter_leaves_what_is_below_the_ceiling() -> None:
    samples = np.random.default_rng(3).normal(0, 0.1, 5000).clip(-0.4, 0.4).astype(np.float32)
    limiter = Limiter(RATE, -1.0)
    out = np.concatenate([limiter.push(samples), limiter.finish()])
    assert np.array_equal(out, samples)


def test_the_limiter_turns_down_around_a_peak_only() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE)).astype(np.float32)
    tone[12_000:12_024] *= 6
    limiter = Limiter(RATE, -1.0)
    out = np.concatenate([limiter.push(tone), limiter.finish()])
    assert true_peaks(out).max() <= 10 ** (-0.9 / 20)
    far = np.r_[0:11_900, 12_150:RATE]
    np.testing.assert_array_equal(out[far], tone[far])
