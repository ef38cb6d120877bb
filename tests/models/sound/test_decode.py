"""Every allowed format comes out right; every broken file is refused by its own name."""

import io
import os
import struct
import tempfile
from collections.abc import Callable
from typing import BinaryIO, cast

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.sound import packet_length
from models.sound.decode import Sound, open_sound
from models.sound.errors import (
    EmptySound,
    SoundError,
    SoundFormatError,
    SoundLengthError,
    TruncatedSound,
)
from tests.models.voice.remote.encodings import mp3

Encode = Callable[[str, str, int, int, float], bytes]
FORMATS = [
    ("wav", "pcm_s16le", "WAV"),
    ("flac", "flac", "FLAC"),
    ("mp3", "libmp3lame", "MP3"),
    ("ogg", "libopus", "Ogg"),
    ("webm", "libopus", "WebM"),
    ("mp4", "aac", "MP4"),
    ("adts", "aac", "AAC"),
]
RATES = (8_000, 22_050, 44_100, 48_000)


def _open(data: bytes, max_seconds: float = 600) -> Sound:
    return open_sound(io.BytesIO(data), max_seconds=max_seconds)


def _all(data: bytes, max_seconds: float = 600) -> NDArray[np.float32]:
    with _open(data, max_seconds) as sound:
        return np.concatenate(list(sound.chunks()))


def _written(samples: NDArray[np.float64], container: str, subtype: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, 16_000, format=container, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize(("container", "codec", "name"), FORMATS)
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_format_and_rate(
    encode: Encode, container: str, codec: str, name: str, rate: int, channels: int
) -> None:
    if codec == "libopus" and rate not in (8_000, 48_000):
        pytest.skip("Opus has no such rate (RFC 6716)")
    data = encode(container, codec, rate, channels, 2.0)
    with _open(data) as sound:
        pieces = list(sound.chunks())
        assert sound.container == name
        assert sound.seconds == pytest.approx(2.0, abs=0.25 if name == "AAC" else 0.1)
        heard = np.concatenate(pieces)
    assert all(p.dtype == np.float32 and p.ndim == 1 for p in pieces)
    assert len(heard) / sound.rate == pytest.approx(2.0, abs=0.2)
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * sound.rate / len(heard) == pytest.approx(440, abs=2)
    middle = heard[len(heard) // 4 : -len(heard) // 4]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.12)


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_U8"),
        ("WAV", "PCM_24"),
        ("WAV", "PCM_32"),
        ("WAV", "FLOAT"),
        ("WAV", "DOUBLE"),
        ("WAV", "ULAW"),
        ("RF64", "PCM_16"),
        ("FLAC", "PCM_24"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
def test_every_sample_format(container: str, subtype: str) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    heard = _all(_written(tone, container, subtype))
    assert len(heard) == pytest.approx(16_000, abs=1200)
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.06)
    assert abs(heard.mean()) < 0.01


def test_stereo_becomes_the_mean_of_its_channels() -> None:
    sides = np.stack([np.full(4000, 0.6), np.full(4000, -0.2)], axis=1)
    np.testing.assert_allclose(_all(_written(sides, "WAV", "PCM_16")), 0.2, atol=1e-4)


@pytest.mark.parametrize("other", [-1.0, -0.5, -0.999])
@pytest.mark.parametrize("quiet", [0, 3_000])
def test_stereo_of_opposite_phase_is_heard(other: float, quiet: int) -> None:
    tone = np.concatenate((np.zeros(quiet), _tone(16_000)))
    heard = _all(_written(np.stack([tone, other * tone], axis=1), "WAV", "FLOAT"))
    assert np.abs(heard).max() == pytest.approx((1 - other) / 4, abs=0.01)


def test_not_a_number_becomes_silence_and_infinity_full_scale() -> None:
    odd = np.array([np.nan, np.inf, -np.inf, 7.0, 0.25])
    assert _all(_written(odd, "WAV", "FLOAT")).tolist() == [0.0, 1.0, -1.0, 1.0, 0.25]


def test_the_first_piece_comes_without_reading_the_whole_file(encode: Encode) -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.taken += len(data)
            return data

    file = Counting(encode("wav", "pcm_s16le", 48_000, 2, 60.0))
    with open_sound(file, max_seconds=600) as sound:
        assert len(next(sound.chunks())) > 0
    assert file.taken < 600_000, "of 11 MB"


def test_reads_a_file_in_memory_by_its_descriptor(encode: Encode) -> None:
    descriptor = os.memfd_create("sound")
    with os.fdopen(descriptor, "w+b") as file:
        file.write(encode("mp3", "libmp3lame", 44_100, 2, 1.0))
        file.flush()
        with open_sound(file, max_seconds=10) as sound:
            heard = np.concatenate(list(sound.chunks()))
        assert not file.closed
    assert len(heard) == pytest.approx(44_100, abs=10)


UNREADABLE = {
    "text": b"This is a text, not a sound. " * 50,
    "html": b"<!doctype html><html><body>no</body></html>",
    "noise": np.random.default_rng(0).bytes(20_000),
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/hostname\n",
    "concat": b"ffconcat version 1.0\nfile '/etc/hostname'\n",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "after MP3's first bytes": b"\xff\xfb" + bytes(40_000),
    "after FLAC's": b"fLaC" + bytes(5000),
    "after WebM's": b"\x1a\x45\xdf\xa3" + bytes(5000),
    "one byte": b"R",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_sound_is_refused(data: bytes) -> None:
    with pytest.raises(SoundFormatError, match=r"allowed.* WAV, FLAC, Ogg .*MP3"):
        _open(data)


def test_a_video_without_sound_is_refused() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    with pytest.raises(SoundFormatError, match="no sound track"):
        _open(buffer.getvalue())


def test_an_empty_file_and_one_without_samples() -> None:
    with pytest.raises(EmptySound, match="empty"):
        _open(b"")
    with pytest.raises(EmptySound, match="no samples"):
        _open(_written(np.empty(0), "WAV", "PCM_16"))


@pytest.mark.parametrize(
    ("container", "codec"),
    [("wav", "pcm_s16le"), ("mp3", "libmp3lame"), ("ogg", "libopus"), ("mp4", "aac")],
)
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_cut_short_is_refused_at_once(
    encode: Encode, container: str, codec: str, part: float
) -> None:
    data = encode(container, codec, 48_000, 1, 4.0)
    with pytest.raises(TruncatedSound, match=r"cut short|ends inside"):
        _open(data[: int(len(data) * part)])


@pytest.mark.parametrize(("container", "codec"), [("flac", "flac"), ("webm", "libopus")])
def test_others_that_are_cut_short_say_so_at_their_end(
    encode: Encode, container: str, codec: str
) -> None:
    data = encode(container, codec, 48_000, 1, 4.0)
    with _open(data[: len(data) // 2]) as sound:
        heard = 0
        with pytest.raises(TruncatedSound, match=r"breaks off after [12]\.\d s of 4\.0 s"):
            for piece in sound.chunks():
                heard += len(piece)
        assert heard > 48_000


def test_a_header_alone_is_cut_short(encode: Encode) -> None:
    with pytest.raises(TruncatedSound, match="no data chunk"):
        _open(encode("wav", "pcm_s16le", 8_000, 1, 1.0)[:36])


@pytest.mark.parametrize("claim", [0, 2_000_000_000, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_streamed_wav_may_leave_its_length_open(encode: Encode, claim: int) -> None:
    data = bytearray(encode("wav", "pcm_s16le", 16_000, 1, 2.0))
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", claim)
    for whole in (claim, 0):
        data[4:8] = struct.pack("<I", whole)
        assert len(_all(bytes(data))) == 32_000
        with _open(bytes(data)) as sound:
            assert sound.seconds == pytest.approx(2.0)


def _claiming(data: bytes, claim: int) -> bytes:
    at = data.index(b"data") + 4
    return data[:at] + struct.pack("<I", claim) + data[at + 4 :]


def _tone(samples: int) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(samples) / 16_000)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT", "ULAW"])
@pytest.mark.parametrize("claim", [None, 0, 2_000_000_000, 0xFFFFFFFF])
def test_joined_wavs_are_all_played(subtype: str, claim: int | None) -> None:
    parts = [_written(_tone(count), "WAV", subtype) for count in (8_000, 100, 5_000)]
    if claim is not None:
        parts = [_claiming(part, claim) for part in parts]
    with _open(b"".join(parts)) as sound:
        heard = np.concatenate(list(sound.chunks()))
        assert sound.seconds == pytest.approx(len(heard) / 16_000)
    alone = [_all(part)[:count] for part, count in zip(parts, (8_000, 100, 5_000), strict=True)]
    assert np.array_equal(heard, np.concatenate(alone))


def test_something_behind_a_wav_is_no_sound() -> None:
    wav = _written(_tone(1_000), "WAV", "PCM_16")
    for behind in (b"LIST\4\0\0\0info", b"junk", _written(np.empty(0), "WAV", "PCM_16")):
        assert len(_all(wav + behind)) == 1_000
    with pytest.raises(EmptySound):
        _open(_written(np.empty(0), "WAV", "PCM_16") + b"LIST\4\0\0\0info")


def test_joined_wavs_that_differ_or_are_cut_are_refused_by_name() -> None:
    wav = _written(_tone(1_000), "WAV", "PCM_16")
    with pytest.raises(SoundFormatError, match="2 WAV files joined, and number 2"):
        _open(wav + _written(_tone(1_000), "WAV", "FLOAT"))
    for cut in (wav[:-100] + wav, wav + wav[:-100]):
        with pytest.raises(TruncatedSound, match="tells of 2000 bytes, 1900 are there"):
            _open(cut)


def test_an_mp3_that_tells_nothing_of_its_encoder_begins_with_its_sound() -> None:
    sound = np.concatenate((np.zeros(12_000), _tone(12_000))).astype(np.float32)
    heard = _all(mp3(sound, 24_000))
    assert int(np.argmax(np.abs(heard) > 0.05)) == pytest.approx(12_000, abs=48)


def _long_wav(seconds: int) -> BinaryIO:
    """A sparse file: a header and a hole."""
    size = seconds * 48_000 * 4
    file = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt ")
    file.write(struct.pack("<IHHIIHH", 16, 1, 2, 48_000, 192_000, 4, 16))
    file.write(b"data" + struct.pack("<I", size))
    file.truncate(44 + size)
    return cast("BinaryIO", file)


def test_two_hours_are_refused_by_the_header() -> None:
    with (
        _long_wav(7200) as file,
        pytest.raises(SoundLengthError, match="longer than the 600 s that are allowed"),
    ):
        open_sound(file, max_seconds=600)


@pytest.mark.parametrize(("container", "codec", "name"), FORMATS)
def test_too_long_is_refused(encode: Encode, container: str, codec: str, name: str) -> None:
    with pytest.raises(SoundLengthError, match=r"longer than the 1\.5 s"):
        _open(encode(container, codec, 48_000, 1, 4.0), max_seconds=1.5)


def test_what_is_decoded_is_stopped_at_the_limit(
    encode: Encode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where nothing told before that it would be too long."""
    monkeypatch.setattr(packet_length, "PACKETS_PER_SECOND", 1)
    data = encode("mp3", "libmp3lame", 44_100, 1, 4.0)
    with _open(data, max_seconds=3) as sound, pytest.raises(SoundLengthError):
        list(sound.chunks())


def test_a_file_of_empty_chunks_is_refused() -> None:
    with pytest.raises(TruncatedSound):
        _open(b"RIFF\0\0\0\0WAVE" + bytes(8_000_000))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), which=st.sampled_from(["WAV", "FLAC", "OGG", "MP3"]))
def test_damage_is_refused_or_heard_and_nothing_else(seed: int, which: str) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    rng = np.random.default_rng(seed)
    data = bytearray(_written(tone, which, soundfile.default_subtype(which)))
    for at in rng.integers(0, len(data), 20):
        data[at] = rng.integers(0, 256)
    try:
        heard = _all(bytes(data))
    except SoundError:
        return
    assert np.abs(heard).max() <= 1.5
