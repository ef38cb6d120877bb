"""Wav2Lip's mel windows against an independent computation, by stream and by file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers.audio_utils import mel_filter_bank

from models.face.wav2lip.mel import Lead, Wav2LipMelStream, mel_bands, right_ms

TICK, CHUNK = 640, 320
Sound = NDArray[np.float32]


def voice(ticks: int, seed: int = 3) -> Sound:
    """Tones that come and go over a little noise, with a silence in the middle."""
    rng = np.random.default_rng(seed)
    time = np.arange(ticks * TICK) / 16_000
    sound = rng.normal(0, 0.01, len(time))
    for hertz in (120, 700, 2500, 6000):
        sound += 0.1 * np.sin(2 * np.pi * hertz * time) * (np.sin(7 * time + hertz) > 0)
    sound[len(sound) // 2 : len(sound) // 2 + 2 * TICK] = 0
    return sound.astype(np.float32)


def whole(sound: Sound, after: int = 8000) -> NDArray[np.float64]:
    """All columns [80, n] from column -20 on: the published definition, by explicit DFT."""
    padded = np.concatenate([np.zeros(20 * 200 + 400), sound.astype(np.float64), np.zeros(after)])
    emphasised = padded.copy()
    emphasised[1:] -= 0.97 * padded[:-1]
    number = np.arange(800)
    window = np.sin(np.pi * number / 800) ** 2
    dft = np.exp(-2j * np.pi * np.outer(np.arange(401), number) / 800)
    bank = mel_filter_bank(401, 80, 55.0, 7600.0, 16_000, norm="slaney", mel_scale="slaney")
    columns = []
    for at in range(0, len(emphasised) - 800, 200):
        magnitude = np.abs(dft @ (emphasised[at : at + 800] * window))
        level = 20 * np.log10(np.maximum(np.exp(-5 * np.log(10)), bank.T @ magnitude)) - 20
        columns.append(np.clip(8 * (level + 100) / 100 - 4, -4, 4))
    return np.stack(columns, axis=1)


def by_file(sound: Sound, lead: Lead) -> list[NDArray[np.float64]]:
    columns = whole(sound)
    starts = [20 + int(np.floor((n + lead) * 3.2 + 1e-9)) for n in range(len(sound) // TICK)]
    return [columns[:, start : start + 16] for start in starts]


def by_stream(sound: Sound, lead: Lead, cuts: list[int] | None = None) -> list[Sound]:
    stream = Wav2LipMelStream(lead)
    features = [f for piece in np.split(sound, cuts or []) for f in stream.push(piece)]
    return features + stream.finish()


def test_the_bands_are_those_of_librosa() -> None:
    bank = mel_filter_bank(401, 80, 55.0, 7600.0, 16_000, norm="slaney", mel_scale="slaney")
    np.testing.assert_allclose(mel_bands(), bank.T, atol=1e-9)


@pytest.mark.parametrize("lead", Lead)
def test_windows_are_those_of_the_definition(lead: Lead) -> None:
    sound = voice(25)
    made = by_stream(sound, lead)
    assert len(made) == 25
    np.testing.assert_allclose(made, by_file(sound, lead), atol=1e-4)


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 30),
    st.lists(st.integers(0, 60), max_size=8),
    st.sampled_from(list(Lead)),
)
def test_streams_equal_files_however_they_are_cut(ticks: int, cuts: list[int], lead: Lead) -> None:
    sound = voice(ticks)
    chunks = sorted(min(cut * CHUNK, len(sound)) for cut in cuts)
    np.testing.assert_array_equal(by_stream(sound, lead, chunks), by_stream(sound, lead))


@pytest.mark.parametrize("lead", Lead)
def test_a_window_leaves_when_its_right_context_is_there_and_not_before(lead: Lead) -> None:
    stream = Wav2LipMelStream(lead)
    sound = voice(20)
    right = right_ms(lead) * 16
    for chunk in range(0, len(sound), CHUNK):
        due = max(0, (chunk + CHUNK - right) // TICK) - max(0, (chunk - right) // TICK)
        assert len(stream.push(sound[chunk : chunk + CHUNK])) == due


def test_the_context_is_as_small_as_the_window_allows() -> None:
    assert {lead.name: right_ms(lead) for lead in Lead} == {
        "PUBLISHED": 180,
        "TRAINED": 140,
        "SYMMETRIC": 100,
    }


def test_what_follows_a_pause_has_what_was_heard_as_its_left_context() -> None:
    sound = voice(20)
    stream = Wav2LipMelStream()
    first = stream.push(sound[: 10 * TICK]) + stream.finish()
    second = stream.push(sound[10 * TICK :]) + stream.finish()
    assert (len(first), len(second)) == (10, 10)
    np.testing.assert_array_equal(second, by_stream(sound, Lead.TRAINED)[10:])


def test_a_reset_forgets() -> None:
    stream = Wav2LipMelStream()
    stream.push(voice(7))
    stream.reset()
    made = stream.push(voice(9, seed=4)) + stream.finish()
    np.testing.assert_array_equal(made, by_stream(voice(9, seed=4), Lead.TRAINED))


def test_silence_is_the_lowest_level() -> None:
    assert np.unique(by_stream(np.zeros(5 * TICK, np.float32), Lead.TRAINED)) == [-4.0]


def test_memory_does_not_grow() -> None:
    stream = Wav2LipMelStream()
    for _ in range(200):
        stream.push(voice(1))
    assert len(stream._sound) < 8000


@pytest.mark.parametrize("sound", [np.zeros(321, np.float32), np.zeros(320, np.float64)])
def test_other_sound_is_refused(sound: Sound) -> None:
    with pytest.raises(ValueError, match="multiples of 20 ms"):
        Wav2LipMelStream().push(sound)
