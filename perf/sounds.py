"""Sounds to measure with, made here: a vowel, since voices take a model and noise moves no lips.

In: seconds. Out: int16 mono at 16 kHz, and WAV files of it. A pulse train through three
resonances, as vowels are made (Klatt 1980, a cascade of formants). Pure functions; owns
nothing.
"""

import io
import wave
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE

Sound = NDArray[np.int16]

PITCH: Final = 125.0
"""Hz."""
FORMANTS: Final = ((730.0, 90.0), (1090.0, 110.0), (2440.0, 170.0))
"""Frequency and width in Hz of "ah" (Peterson and Barney 1952): a wide open mouth."""
PEAK: Final = 0.6


def vowel(seconds: float) -> Sound:
    """An "ah" that begins and ends at once: its first pulse is sample 0."""
    count = round(seconds * FEATURE_RATE)
    spectrum = np.fft.rfft(_pulses(count), 2 * count)
    hertz = np.fft.rfftfreq(2 * count, 1 / FEATURE_RATE)
    for centre, width in FORMANTS:
        spectrum *= _resonance(hertz, centre, width)
    voice = np.fft.irfft(spectrum)[:count]
    voice *= PEAK * np.iinfo(np.int16).max / np.abs(voice).max()
    return voice.astype(np.int16)


def bursts(count: int, on: float, off: Iterable[float]) -> Sound:
    """`count` vowels of `on` seconds, each after a silence of the next of `off` seconds."""
    burst, parts = vowel(on), list[Sound]()
    for _, silence in zip(range(count), off, strict=False):
        parts += [np.zeros(round(silence * FEATURE_RATE), np.int16), burst]
    return np.concatenate(parts)


def wav(sound: Sound) -> bytes:
    """A WAV file of it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(FEATURE_RATE)
        writer.writeframes(sound.tobytes())
    return file.getvalue()


def _pulses(count: int) -> NDArray[np.float64]:
    train = np.zeros(count)
    train[:: round(FEATURE_RATE / PITCH)] = 1.0
    return train


def _resonance(hertz: NDArray[np.floating], centre: float, width: float) -> NDArray[np.complex128]:
    """A digital resonator's response (Klatt 1980, equation 2), causal."""
    turn = np.exp(-2j * np.pi * hertz / FEATURE_RATE)
    c = -np.exp(-2 * np.pi * width / FEATURE_RATE)
    b = 2 * np.exp(-np.pi * width / FEATURE_RATE) * np.cos(2 * np.pi * centre / FEATURE_RATE)
    response: NDArray[np.complex128] = (1 - b - c) / (1 - b * turn - c * turn * turn)
    return response
