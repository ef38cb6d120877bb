"""Lengths are exact, delay is compensated, and how the input was cut does not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.sound.resample import LIVE_QUALITY, Resampler

RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)


def _resampled(
    samples: NDArray[np.float32], rates: tuple[int, int], cuts: list[int]
) -> NDArray[np.float32]:
    resampler = Resampler(*rates)
    parts = [resampler.push(part) for part in np.split(samples, cuts)]
    return np.concatenate([*parts, resampler.finish()])


@settings(max_examples=40, deadline=None)
@given(
    source=st.sampled_from(RATES),
    target=st.sampled_from((16_000, 48_000)),
    count=st.integers(0, 30_000),
    cuts=st.lists(st.integers(0, 30_000), max_size=6),
)
def test_length_and_content_do_not_depend_on_the_cuts(
    source: int, target: int, count: int, cuts: list[int]
) -> None:
    samples = np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)
    whole = _resampled(samples, (source, target), [])
    cut = _resampled(samples, (source, target), sorted(min(c, count) for c in cuts))
    assert len(whole) == (2 * count * target + source) // (2 * source)
    np.testing.assert_allclose(cut, whole, atol=1e-4)


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", [16_000, 48_000])
def test_a_tone_keeps_its_phase(source: int, target: int) -> None:
    tone = np.sin(2 * np.pi * 300 * np.arange(source) / source).astype(np.float32)
    out = _resampled(tone, (source, target), [])
    expected = np.sin(2 * np.pi * 300 * np.arange(target) / target)
    inner = slice(target // 10, -target // 10)
    np.testing.assert_allclose(out[inner], expected[inner], atol=2e-3)


def test_equal_rates_pass_through_untouched_and_at_once() -> None:
    samples = np.random.default_rng(0).normal(0, 1, 100).astype(np.float32)
    resampler = Resampler(16_000, 16_000)
    assert np.array_equal(resampler.push(samples), samples)
    assert len(resampler.finish()) == 0


def test_live_quality_holds_back_less_than_25_ms_at_48_khz() -> None:
    resampler = Resampler(48_000, 16_000, LIVE_QUALITY)
    given_back, most = 0, 0.0
    for taken in range(480, 48_000, 480):
        given_back += len(resampler.push(np.zeros(480, np.float32)))
        most = max(most, taken / 48 - given_back / 16)
    assert most < 35  # the first block; 10 ms of it are the piece that was just pushed


def test_refuses_a_rate_of_nothing_and_pushes_after_the_end() -> None:
    with pytest.raises(ValueError, match="positive, not 0 and 16000"):
        Resampler(0, 16_000)
    resampler = Resampler(8_000, 16_000)
    resampler.finish()
    with pytest.raises(ValueError, match="has finished"):
        resampler.push(np.zeros(1, np.float32))
