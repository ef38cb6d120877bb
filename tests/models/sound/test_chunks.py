"""Chunks are exact, in step for an hour, whole ticks at the end, without clicks or wraps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.units import FEATURE_CHUNK, FEATURE_RATE, PLAYOUT_CHUNK, PLAYOUT_RATE
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
        assert one.ear.shape == (PLAYOUT_CHUNK,) and one.ear.dtype == np.int16
        np.testing.assert_allclose(one.feature, other.feature, atol=1e-4)
        assert np.abs(one.ear.astype(int) - other.ear).max() <= 4


def test_both_rates_stay_in_step_for_an_hour() -> None:
    """A bump of 2 ms each minute lies at the same instant in both, to half a 16 kHz sample."""
    rate, minutes, around = 22_050, 60, range(45, 55)
    minute = np.zeros(rate * 60, np.float32)
    minute[rate : rate + 45] = np.hanning(45)
    chunker = Chunker(rate)
    number = 0
    near: dict[int, list[Chunk]] = {n: [] for n in range(minutes)}
    for _ in range(minutes):
        for chunk in chunker.push(minute):
            if number % 3000 in around:
                near[number // 3000].append(chunk)
            number += 1
    number += len(list(chunker.finish()))
    assert number == minutes * 3000
    for found in near.values():
        feature = _centre(np.concatenate([chunk.feature for chunk in found]), FEATURE_RATE)
        ear = _centre(np.concatenate([chunk.ear for chunk in found]), PLAYOUT_RATE)
        assert abs(feature + 0.9 - (1 + 22 / rate)) < 0.5 / FEATURE_RATE
        assert abs(feature - ear) < 0.5 / FEATURE_RATE


def _centre(samples: NDArray[np.float32] | NDArray[np.int16], rate: int) -> float:
    power = np.square(samples.astype(np.float64))
    return float(power @ np.arange(len(power)) / power.sum() / rate)


def test_an_onset_at_the_first_sample_stays_loud() -> None:
    tone = (0.5 * np.cos(2 * np.pi * 1000 * np.arange(4800) / 24_000)).astype(np.float32)
    first = _chunks(tone, 24_000, [])[0]
    assert np.abs(first.feature[24:48]).max() > 0.45, "loud again within 3 ms"
    assert abs(first.feature[0]) < 0.1, "and no step at the start"


def test_a_sound_cut_off_in_the_middle_ends_softly() -> None:
    tone = (0.5 * np.cos(2 * np.pi * 100 * np.arange(24_000) / 24_000)).astype(np.float32)
    ear = np.concatenate([chunk.ear for chunk in _chunks(tone, 24_000, [])])
    steps = np.abs(np.diff(ear.astype(int)))
    usual = 2 * np.pi * 100 / 48_000 * 0.5 * 32767
    assert steps.max() < 2.5 * usual
    assert abs(int(ear[-1])) < 100


def test_a_sound_that_starts_at_zero_is_left_as_it_is() -> None:
    tone = (0.5 * np.sin(2 * np.pi * 1000 * np.arange(1281) / 16_000)).astype(np.float32)
    feature = np.concatenate([chunk.feature for chunk in _chunks(tone, 16_000, [])])
    np.testing.assert_array_equal(feature[:1281], tone)


def test_no_sound_gives_no_chunk() -> None:
    assert _chunks(np.empty(0, np.float32), 24_000, []) == []


def test_int16_clips_and_never_wraps() -> None:
    loud = np.array([-3, -1.001, -1, -0.5, 0, 0.5, 1, 1.001, 3], np.float32)
    expected = [-32768, -32768, -32767, -16384, 0, 16384, 32767, 32767, 32767]
    assert to_int16(loud).tolist() == expected


def test_too_loud_a_sound_is_clipped_in_the_ear() -> None:
    tone = (4 * np.sin(2 * np.pi * 200 * np.arange(4800) / 48_000)).astype(np.float32)
    ear = np.concatenate([chunk.ear for chunk in _chunks(tone, 48_000, [])])[:4800]
    loud = np.abs(tone) > 1
    assert np.array_equal(np.sign(ear[loud]), np.sign(tone[loud]))


def test_refuses_a_rate_of_nothing() -> None:
    with pytest.raises(ValueError, match="positive"):
        Chunker(0)
