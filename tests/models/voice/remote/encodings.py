"""Sound as services send it: resampled, in silence, encoded by FFmpeg or by hand."""

import io
import struct

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from models.sound.resample import Resampler

BEFORE_S, AFTER_S = 0.4, 1.0
"""Silence around the speech, that a client has to cut."""


def around(speech: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """24 kHz speech at `rate`, at a third of its level, with silence before and after."""
    resampler = Resampler(24_000, rate)
    there = np.concatenate((resampler.push(speech), resampler.finish())) / 3
    before, after = (np.zeros(int(rate * s), np.float32) for s in (BEFORE_S, AFTER_S))
    return np.concatenate((before, there, after))


def raw(sound: NDArray[np.float32]) -> bytes:
    return np.rint(sound * 32767).astype("<i2").tobytes()


def wav_header(rate: int, size: int, code: int = 1, bits: int = 16, channels: int = 1) -> bytes:
    """RIFF as Python's `wave` writes it; size 0 is what streaming servers claim."""
    frame = bits // 8 * channels
    layout = struct.pack("<HHIIHH", code, channels, rate, rate * frame, frame, bits)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16)
        + layout
        + struct.pack("<4sI", b"data", size)
    )


def mp3(
    sound: NDArray[np.float32], rate: int, *, info: bool = False, tagged: bool = False
) -> bytes:
    """48 kbit/s, constant, without Xing's frame: as Edge's service streams it.

    `info`: with that frame; `tagged`: with an ID3 tag before it."""
    buffer = io.BytesIO()
    options = {"write_xing": str(int(info)), "id3v2_version": "4" if tagged else "0"}
    with av.open(buffer, "w", format="mp3", options=options) as out:
        stream = out.add_stream("libmp3lame", rate=rate, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.bit_rate = 48_000
        for at in range(0, len(sound), 1152):
            block = sound[np.newaxis, at : at + 1152]
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def sliced(data: bytes, size: int = 2_001) -> list[bytes]:
    """Parts of an odd size, so that samples and headers are cut apart."""
    return [data[at : at + size] for at in range(0, len(data), size)]
