"""Sound files for the tests, as bytes."""

import wave
from io import BytesIO

import numpy as np
import soundfile

RATE = 24_000


def wav(seconds: float = 0.5, hertz: float = 220.0) -> bytes:
    """A mono tone."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = (8000 * np.sin(2 * np.pi * hertz * time)).astype("<i2")
    file = BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(tone.tobytes())
    return file.getvalue()


def damaged_flac(seconds: float = 3.0) -> bytes:
    """Noise whose second half was overwritten."""
    file = BytesIO()
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, round(seconds * RATE))
    soundfile.write(file, noise, RATE, format="FLAC")
    whole = file.getvalue()
    half = len(whole) // 2
    return whole[:half] + bytes(len(whole) - half)
