"""Encoded sound, cut at any byte, comes out as it went in; what is none is refused."""

import io
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.service_error import ServiceError
from models.sound.decode import open_sound
from models.voice.remote.decoder import Decoder
from tests.models.voice.remote.encodings import mp3, raw, wav_header

Sound = NDArray[np.float32]

TONE = (0.4 * np.sin(np.arange(3_000) / 9)).astype(np.float32)
QUIET = np.rint(TONE * 32767).astype("<i2").astype(np.float32) / 32768
"""What int16 leaves of it."""


def _decoded(data: bytes, cuts: list[int], rate: int = 0, form: str = "") -> tuple[int, Sound]:
    decoder = Decoder("me", rate)
    if form:
        decoder.told(form)
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    parts = [decoder.push(data[a:b]) for a, b in pairwise(edges)]
    return decoder.rate, np.concatenate([*parts, decoder.finish()])


cut_anywhere = given(st.lists(st.integers(0, 7_000), max_size=12))


@settings(max_examples=30, deadline=None)
@cut_anywhere
def test_raw(cuts: list[int]) -> None:
    rate, sound = _decoded(raw(TONE), cuts, 24_000)
    assert rate == 24_000
    assert np.array_equal(sound, QUIET)


@settings(max_examples=30, deadline=None)
@cut_anywhere
def test_wav_with_a_length_and_something_after_it(cuts: list[int]) -> None:
    data = wav_header(22_050, 2 * len(TONE)) + raw(TONE) + b"LIST\4\0\0\0info"
    rate, sound = _decoded(data, cuts, 24_000)
    assert rate == 22_050, "the header is believed, not the setting"
    assert np.array_equal(sound, QUIET)


@pytest.mark.parametrize("size", [0, 2_000_000_000, 0x7FFFF000, 0xFFFFFFFF])
def test_wav_that_is_streamed(size: int) -> None:
    data = wav_header(32_000, 0)[:-4] + struct.pack("<I", size) + raw(TONE)
    assert np.array_equal(_decoded(data, [1, 44, 45])[1], QUIET)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 20_000), max_size=12),
    st.lists(st.sampled_from([None, 0, 2_000_000_000, 0xFFFFFFFF]), min_size=2, max_size=4),
)
def test_wavs_joined_in_one_answer_are_all_heard(cuts: list[int], claims: list[int | None]) -> None:
    data = b"".join(
        wav_header(22_050, 0)[:-4]
        + struct.pack("<I", 2 * len(TONE) if claim is None else claim)
        + raw(TONE)
        + b"LIST\4\0\0\0info" * (claim is None)
        for claim in claims
    )
    rate, sound = _decoded(data, cuts)
    assert rate == 22_050
    assert np.array_equal(sound, np.tile(QUIET, len(claims)))


def test_a_wav_joined_that_changes_its_rate_or_is_cut_is_refused() -> None:
    whole = wav_header(22_050, 2 * len(TONE)) + raw(TONE)
    with pytest.raises(ServiceError, match="changes its rate"):
        _decoded(whole + wav_header(16_000, 0) + raw(TONE), [])
    for cut in (whole + whole[:-100], whole + whole[:20]):
        with pytest.raises(ServiceError, match="missing"):
            _decoded(cut, [100])


def test_stereo_of_opposite_phase_is_heard() -> None:
    both = np.stack((TONE, -TONE), axis=1)
    data = wav_header(48_000, 0, code=3, bits=32, channels=2) + both.astype("<f4").tobytes()
    assert np.allclose(np.abs(_decoded(data, [1300])[1]), np.abs(TONE))


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("info", [False, True])
@pytest.mark.parametrize("tagged", [False, True])
def test_an_mp3_begins_where_its_sound_begins(rate: int, info: bool, tagged: bool) -> None:
    tone = np.concatenate((np.zeros(rate // 2), 0.4 * np.sin(np.arange(rate) / 9)))
    data = mp3(tone.astype(np.float32), rate, info=info, tagged=tagged)
    with open_sound(io.BytesIO(data), max_seconds=10) as file:
        expected = np.concatenate(list(file.chunks()))
    _, sound = _decoded(data, [3, 11, 500, 5_000], form="audio/mpeg")
    assert int(np.argmax(np.abs(sound) > 0.05)) == pytest.approx(rate // 2, abs=rate // 500)
    assert len(sound) == len(expected)
    assert np.allclose(sound, expected, atol=1e-4)
    if info:
        assert len(sound) == len(tone)


def test_wav_of_floats_in_stereo() -> None:
    both = np.stack((TONE, np.zeros_like(TONE)), axis=1)
    data = wav_header(48_000, 0, code=3, bits=32, channels=2) + both.astype("<f4").tobytes()
    assert np.allclose(_decoded(data, [13, 101])[1], TONE / 2)


def test_wav_with_the_extensible_header_and_chunks_before_its_data() -> None:
    layout = struct.pack("<HHIIHH", 0xFFFE, 1, 16_000, 32_000, 2, 16)
    layout += struct.pack("<HHIH", 22, 16, 4, 1) + bytes(14)
    data = struct.pack("<4sI4s4sI", b"RIFF", 0, b"WAVE", b"LIST", 3) + b"abc\0"
    data += struct.pack("<4sI", b"fmt ", len(layout)) + layout + struct.pack("<4sI", b"data", 0)
    assert np.array_equal(_decoded(data + raw(TONE), [5, 60])[1], QUIET)


@settings(max_examples=10, deadline=None)
@cut_anywhere
def test_mp3(cuts: list[int]) -> None:
    tone = np.tile(TONE, 8)
    rate, sound = _decoded(mp3(tone, 24_000), cuts, form="audio/mpeg")
    assert rate == 24_000
    assert 0 <= len(sound) - len(tone) <= 4 * 1152, "whole frames, and the encoder's delay"
    assert np.abs(sound[4_000:20_000]).max() == pytest.approx(0.4, abs=0.1)


def test_the_content_type_tells_the_rate_of_raw_sound() -> None:
    assert _decoded(raw(TONE), [], 24_000, "audio/PCM; rate=16000; channels=1")[0] == 16_000


REFUSED = [
    (b"OggS" + bytes(99), "", "nonsense", "sent Ogg"),
    (raw(TONE), "", "nonsense", "no WAV and no MP3"),
    (b"<html>" * 2_000, "audio/mpeg", "nonsense", "no MP3|silent"),
    (wav_header(22_050, 0, bits=24) + bytes(99), "", "nonsense", "format 1, 24 bits, 1 channels"),
    (wav_header(22_050, 0, channels=6) + bytes(99), "", "nonsense", "6 channels"),
    (wav_header(5, 0) + bytes(99), "", "nonsense", "sound of 5 Hz"),
    (wav_header(22_050, 600) + raw(TONE[:100]), "", "cut", "400 bytes are missing"),
    (wav_header(22_050, 0) + bytes(3), "", "cut", "a part"),
    (wav_header(22_050, 0)[:30], "", "cut", "a part"),
    (b"RIFF" + bytes(8) + b"junk\xff\xff\xff\x7f" + bytes(70_000), "", "nonsense", "data chunk"),
    (b"RIFF" + bytes(8) + b"data" + bytes(4), "", "nonsense", "does not tell its format"),
]


@pytest.mark.parametrize(("data", "form", "reason", "message"), REFUSED)
def test_what_is_no_sound_is_refused(data: bytes, form: str, reason: str, message: str) -> None:
    with pytest.raises(ServiceError, match=message) as caught:
        _, sound = _decoded(data, [], form=form)
        assert not len(sound), "nothing of it was taken for sound"
        raise ServiceError("me", "nonsense", "silent")
    assert caught.value.reason == reason


def test_half_a_sample_is_a_cut() -> None:
    with pytest.raises(ServiceError, match="inside a sample") as caught:
        _decoded(raw(TONE)[:-1], [], 24_000)
    assert caught.value.reason == "cut"
