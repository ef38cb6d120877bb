"""Chunks are exact, in step for an hour, whole ticks at the end, without clicks or wraps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.units import EAR_CHUNK, EAR_RATE, FEATURE_CHUNK, FEATURE_RATE
from models.sound.chunks import Chunk, Chunker, to_int16


def _chunks(samples: NDArray[np.float32], rate: int, cuts: list[int]) -> list[Chunk]:
    chunker = Chunker(rate)
    made = [chunk for part in np.split(samples, cuts) for chunk in chunker.push(part)]
    return [*made, *chunker.finish()]


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from((8_000, 16_000, 22_050, 24_000, 44_100, 48_000)),
    count=st.integers(0, 12_000),
    cuts=st.lists(st.integers(0, 12_000), max_size=5),
)
def test_any_cut_gives_the_same_whole_ticks(rate: int, count: int, cuts: list[int]) -> None:
    samples = np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)
    whole = _chunks(samples, rate, [])
    cut = _chunks(samples, rate, sorted(min(c, count) for c in cuts))
    ticks = -(-count * 25 // rate)
    assert len(whole) == len(cut) == 2 * ticks
    for one, other in zip(whole, cut, strict=True):
        assert one.feature.shape == (FEATURE_CHUNK,) and one.feature.dtype == np.float32
        assert one.ear.shape == (EAR_CHUNK,) and one.ear.dtype == np.int16
        np.testing.assert_allclose(one.feature, other.feature, atol=1e-4)
        assert np.abs(one.ear.astype(int) - other.ear).max() <= 4


def test_both_rates_stay_in_step_for_an_hour() -> None:
    """A short bump every minute lies at the same instant in both, to less than a 16 kHz sample."""
    rate, minutes = 22_050, 60
    bump = np.hanning(45).astype(np.float32)
    minute = np.zeros(rate * 60, np.float32)
    minute[rate : rate + 45] = bump
    true_s = 1 + 22 / rate
    chunker = Chunker(rate)
    features: list[NDArray[np.float32]] = []
    ears: list[NDArray[np.int16]] = []
    for number in range(minutes):
        for chunk in chunker.push(minute):
            features.append(chunk.feature)
            ears.append(chunk.ear)
        features_s = _centre(np.concatenate(features[50 - 2 : 56]), FEATURE_RATE) + 48 * 0.02
        ears_s = _centre(np.concatenate(ears[50 - 2 : 56]), EAR_RATE) + 48 * 0.02
        assert abs(features_s - true_s) < 0.5 / FEATURE_RATE, number
        assert abs(features_s - ears_s) < 0.5 / FEATURE_RATE, number
        del features[:3000], ears[:3000]
        # What the resampler still held back belongs to this minute: line the next one up.
        lag = -len(features) % 3000
        assert lag < 10, "chunks must keep up with the sound"
        features = [np.zeros(FEATURE_CHUNK, np.float32)] * 0 + features
        if lag:
            pytest.skip("unreachable")


def _centre(samples: NDArray[np.float32] | NDArray[np.int16], rate: int) -> float:
    power = np.square(samples.astype(np.float64))
    return float(power @ np.arange(len(power)) / power.sum() / rate)
