"""The same speech as other rooms, microphones, codecs and throats would give it.

In: 16 kHz sound and a random generator. Out: sound of the same length, and the factor by which
its times changed. Pure; owns nothing.
"""

from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from data.build.mouth.noises import coloured, quick
from data.units import FEATURE_RATE

Sound = NDArray[np.float32]
_SPEECH_RMS: Final = 0.08
_FRAME, _HOP = 512, 128


def varied(sound: Sound, random: np.random.Generator) -> tuple[Sound, float]:
    """Another pitch, equaliser, vocoder, room, noise and gain; float32 [about n / factor] and
    the factor."""
    factor = random.uniform(0.85, 1.18)
    changed = resampled(sound, factor)
    if random.random() < 0.8:
        changed = equalised(changed, random)
    if random.random() < 0.35:
        changed = recoded(changed, random)
    if random.random() < 0.35:
        changed = _in_room(changed, random)
    changed = _at_level(changed)
    if random.random() < 0.1:
        drive = random.uniform(2, 6)
        changed = np.tanh(changed * drive) / np.float32(drive)
    if random.random() < 0.7:
        noise = coloured(random, len(changed), random.uniform(0, 1.6)).astype(np.float32)
        changed = changed + noise * np.float32(_SPEECH_RMS * 10 ** (-random.uniform(10, 45) / 20))
    gain = np.float32(10 ** (random.uniform(-18, 8) / 20))
    return np.clip(changed * gain, -1, 1), factor


def resampled(sound: Sound, factor: float) -> Sound:
    """Played `factor` times as fast: pitch and vocal tract change together."""
    return np.asarray(soxr.resample(sound, FEATURE_RATE * factor, FEATURE_RATE), np.float32)


def equalised(sound: Sound, random: np.random.Generator) -> Sound:
    """A smooth curve of at most 9 dB, and one time in five the band of a telephone."""
    count = quick(len(sound))
    spectrum = np.fft.rfft(sound, count)
    hz = np.fft.rfftfreq(count, 1 / FEATURE_RATE)
    points = np.linspace(0, FEATURE_RATE / 2, 9)
    curve = 10 ** (np.interp(hz, points, random.uniform(-9, 9, 9)) / 20)
    if random.random() < 0.2:
        low, high = random.uniform(60, 300), random.uniform(3200, 7000)
        curve /= np.sqrt((1 + (low / np.maximum(hz, 1)) ** 8) * (1 + (hz / high) ** 8))
    return np.fft.irfft(spectrum * curve, count)[: len(sound)].astype(np.float32)


def recoded(sound: Sound, random: np.random.Generator) -> Sound:
    """Through short-time spectra, as a vocoder or a codec leaves it: phases shaken, what is far
    below a moment's loudest bin missing, neighbouring moments mixed."""
    padded = np.pad(sound, (_FRAME, _FRAME + _HOP))
    window = np.sqrt(np.hanning(_FRAME + 1)[:-1])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    spectra = np.fft.rfft(frames * window, axis=1)
    size = np.abs(spectra)
    shaken = random.uniform(0, 1.2) * random.standard_normal(size.shape)
    phase = spectra / (size + 1e-9) * np.exp(1j * shaken)
    mixed = random.uniform(0, 0.3)
    size[1:-1] = (1 - 2 * mixed) * size[1:-1] + mixed * (size[:-2] + size[2:])
    size[size < size.max(axis=1, keepdims=True) * 10 ** (-random.uniform(30, 60) / 20)] = 0
    parts = np.fft.irfft(size * phase, _FRAME, axis=1) * window
    joined = np.zeros(len(padded) + _FRAME)
    for at, part in enumerate(parts):
        joined[at * _HOP : at * _HOP + _FRAME] += part
    back = joined[_FRAME : _FRAME + len(sound)] * (2 * _HOP / _FRAME)
    return back.astype(np.float32)


def _in_room(sound: Sound, random: np.random.Generator) -> Sound:
    """With the tail of a room of 0.1 to 0.6 s, the direct sound first."""
    size = int(random.uniform(0.1, 0.6) * FEATURE_RATE)
    tail = random.standard_normal(size) * np.exp(-6.9 * np.arange(size) / size)
    tail *= random.uniform(0.02, 0.2) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    count = quick(len(sound) + size)
    wet = np.fft.irfft(np.fft.rfft(sound, count) * np.fft.rfft(tail, count), count)
    return wet[: len(sound)].astype(np.float32)


def _at_level(sound: Sound) -> Sound:
    rms = np.sqrt(np.mean(np.square(sound))) + 1e-9
    return np.asarray(sound * (_SPEECH_RMS / rms), np.float32)
