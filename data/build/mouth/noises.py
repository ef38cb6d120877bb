"""Sounds that no mouth makes: what the network must not open for.

In: a name and a seed. Out: 16 kHz sound. Pure; owns nothing.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE

Sound = NDArray[np.float32]
_SECONDS: Final = 6
_SUDDEN: Final = 0.6


def noise(name: str, seed: int) -> Sound:
    """Six seconds, float32 [96000], RMS -70 to -20 dBFS, three times in five with a sudden
    beginning and end; KeyError for an unknown name."""
    random = np.random.default_rng(seed)
    sound = NOISES[name](random, _SECONDS * FEATURE_RATE)
    level = 10 ** (random.uniform(-70, -20) / 20)
    loud: Sound = (sound * (level / (np.sqrt(np.mean(sound**2)) + 1e-9))).astype(np.float32)
    if random.random() < _SUDDEN:
        first, last = np.sort(random.integers(0, len(loud), 2)).tolist()
        loud[:first] = loud[last:] = 0
        faint = 10 ** (random.uniform(-110, -70) / 20)
        loud += (faint * random.standard_normal(len(loud))).astype(np.float32)
    return np.clip(loud, -1, 1)


def coloured(random: np.random.Generator, count: int, slope: float) -> NDArray[np.float64]:
    """Noise whose power falls by `slope` x 3 dB an octave: 0 white, 1 pink, 2 brown; RMS 1."""
    spectrum = np.fft.rfft(random.standard_normal(quick(count)))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** (slope / 2)
    sound = np.fft.irfft(spectrum, quick(count))[:count]
    return np.asarray(sound / (sound.std() + 1e-12))


def quick(count: int) -> int:
    """The least number from `count` on without prime factors above 5: a Fourier transform of
    so many samples is ten times as fast as one of a prime number of them."""
    while True:
        rest = count
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return count
        count += 1


def band(random: np.random.Generator, count: int, low: float, high: float) -> NDArray[np.float64]:
    """Noise between two frequencies in Hz."""
    spectrum = np.fft.rfft(random.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / FEATURE_RATE)
    spectrum *= np.exp(-np.maximum(0, np.maximum(low - hz, hz - high)) / 200)
    return np.fft.irfft(spectrum, count)


def _steady(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    return coloured(random, count, random.uniform(0, 2))


def _fan(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    seconds = np.arange(count) / FEATURE_RATE
    swing = 1 + 0.4 * np.sin(2 * np.pi * random.uniform(0.3, 8) * seconds)
    return coloured(random, count, random.uniform(1, 2)) * swing


def _hum(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    seconds = np.arange(count) / FEATURE_RATE
    mains = random.choice([50, 60])
    partials = [np.sin(2 * np.pi * mains * n * seconds) / n ** random.uniform(0.5, 2)
                for n in range(1, 12)]  # fmt: skip
    return np.asarray(np.sum(partials, axis=0)) + 0.02 * random.standard_normal(count)


def _breath(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    sound = 0.01 * coloured(random, count, 1)
    at = 0
    while at < count:
        size = int(random.uniform(0.4, 1.4) * FEATURE_RATE)
        low, high = random.uniform(200, 900), random.uniform(2000, 6000)
        breath = band(random, size, low, high) * np.hanning(size) ** random.uniform(0.7, 2)
        end = min(count, at + size)
        sound[at:end] += breath[: end - at] / (breath.std() + 1e-9)
        at += size + int(random.uniform(0.1, 1.2) * FEATURE_RATE)
    return sound


def _keyboard(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    sound = 0.003 * coloured(random, count, 1)
    at = int(random.uniform(0, 0.3) * FEATURE_RATE)
    while at < count - 2000:
        size = int(random.uniform(0.008, 0.05) * FEATURE_RATE)
        click = band(random, size, random.uniform(100, 1500), random.uniform(2500, 7500))
        click *= np.exp(-np.arange(size) / (size / random.uniform(3, 8)))
        sound[at : at + size] += click / (np.abs(click).max() + 1e-9) * random.uniform(0.3, 1)
        at += int(random.uniform(0.05, 0.45) * FEATURE_RATE)
    return sound


def _music(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    sound = np.zeros(count)
    at = 0
    while at < count:
        size = min(count - at, int(random.uniform(0.15, 1.2) * FEATURE_RATE))
        seconds = np.arange(size) / FEATURE_RATE
        root = 110 * 2 ** (random.integers(0, 36) / 12)
        for step in random.choice([0, 3, 4, 7, 10, 12, 16, 19], 3, replace=False):
            for n in range(1, 6):
                hz = root * 2 ** (step / 12) * n
                if hz < FEATURE_RATE / 2:
                    sound[at : at + size] += (
                        np.sin(2 * np.pi * hz * seconds)
                        / n**1.5
                        * np.exp(-seconds * random.uniform(0.5, 6))
                    )
        at += size
    return sound


def _silence(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    return np.zeros(count)


NOISES: Final[dict[str, Callable[[np.random.Generator, int], NDArray[np.float64]]]] = {
    "steady": _steady,
    "fan": _fan,
    "hum": _hum,
    "breath": _breath,
    "keyboard": _keyboard,
    "music": _music,
    "silence": _silence,
}
