"""Sound ends without a click."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.units import PLAYOUT_TICK
from models.sound.ramp import SAMPLES, Ramp

levels = st.integers(min_value=-32768, max_value=32767)


def play(ramp: Ramp, sound: NDArray[np.int16] | None) -> NDArray[np.int64]:
    heard = np.full(PLAYOUT_TICK, 12345, np.int16)
    ramp.play(sound, heard)
    return heard.astype(np.int64)


def held(level: int) -> NDArray[np.int16]:
    return np.full(PLAYOUT_TICK, level, np.int16)


@settings(deadline=None)
@given(levels)
def test_after_sound_that_was_cut_no_step_is_larger_than_the_ramps(level: int) -> None:
    ramp = Ramp()
    before, after = play(ramp, held(level)), play(ramp, None)
    steps = np.abs(np.diff(np.concatenate([before, after])))
    assert steps.max() <= -(-abs(level) // (SAMPLES - 1))
    assert not after[SAMPLES:].any()
    assert not play(ramp, None).any(), "one ramp, then silence"


@settings(deadline=None)
@given(levels, levels)
def test_sound_that_follows_a_cut_begins_in_a_ramp(before: int, after: int) -> None:
    ramp = Ramp()
    play(ramp, held(before))
    play(ramp, None)
    again = play(ramp, held(after))
    if before:
        assert np.abs(np.diff(np.concatenate([[0], again]))).max() <= -(-abs(after) // SAMPLES) + 1
    np.testing.assert_array_equal(again[SAMPLES:], held(after)[SAMPLES:])
    np.testing.assert_array_equal(play(ramp, held(after)), held(after))


def test_speech_passes_unchanged() -> None:
    ramp = Ramp()
    speech = np.arange(PLAYOUT_TICK, dtype=np.int16)
    np.testing.assert_array_equal(play(ramp, speech), speech)
    np.testing.assert_array_equal(play(ramp, speech), speech)


def test_speech_that_ended_in_silence_needs_no_ramp() -> None:
    ramp = Ramp()
    speech = held(900)
    speech[-1] = 0
    play(ramp, speech)
    assert not play(ramp, None).any()


def test_silence_from_the_start_is_silence() -> None:
    assert not play(Ramp(), None).any()
