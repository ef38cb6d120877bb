"""Sounds made with FFmpeg's and libsndfile's own encoders, and levels measured."""

import io
from collections.abc import Callable

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from numpy.typing import NDArray

Encode = Callable[[str, str, int, int, float], bytes]


def encoded(container: str, codec: str, rate: int, channels: int, seconds: float) -> bytes:
    layout = {1: "mono", 2: "stereo"}[channels]
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        for at in range(0, len(tone), 1024):
            block = np.tile(tone[at : at + 1024].astype(np.float32), (channels, 1))
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = rate, at
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


@pytest.fixture
def encode() -> Encode:
    """(container, codec, rate, channels, seconds) -> the file's bytes: a tone of 440 Hz at 0.5."""
    return encoded


@pytest.fixture
def murmur() -> NDArray[np.float32]:
    """3 s at 24 kHz that go up and down like syllables, with pauses; RMS about -30 dBFS."""
    at = np.arange(72_000) / 24_000
    syllables = np.clip(np.sin(2 * np.pi * 2 * at), 0, None)
    tone = sum(np.sin(2 * np.pi * f * at) for f in (150, 450, 1500)) / 3
    return (0.1 * syllables * tone).astype(np.float32)
