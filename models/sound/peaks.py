"""True peaks, and a look-ahead limiter that keeps under a ceiling.

In and out: mono float32 at one rate. Runs in whichever process makes sound; owns under 10 ms
of samples.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

HALF_WINDOW_MS: Final = 1.5
_TAPS: Final = 6
"""Samples on each side that the interpolation between samples looks at."""


def true_peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Float32 [n] -> float32 [n]: the largest magnitude from each sample to just before the next.

    Four times oversampled with 12 taps a phase, as ITU-R BS.1770-5 annex 2 describes.
    Samples beyond the ends count as zero.
    """
    peaks = np.abs(samples)
    padded = np.pad(samples, (_TAPS - 1, _TAPS))
    for phase in (0.25, 0.5, 0.75):
        between = np.convolve(padded, _interpolator(phase), mode="valid")
        np.maximum(peaks, np.abs(between), out=peaks)
    return peaks


def _interpolator(phase: float) -> NDArray[np.float32]:
    """Windowed sinc for the instant `phase` of a sample ahead, in convolution order."""
    at = np.arange(-_TAPS + 1, _TAPS + 1) - phase
    window = np.cos(np.pi * at / (2 * _TAPS)) ** 2
    taps = np.sinc(at) * window
    shape: NDArray[np.float32] = (taps / taps.sum())[::-1].astype(np.float32)
    return shape


class Limiter:
    """Turns down around peaks only, with a smooth gain; delay compensated, lengths unchanged.

    The gain at a sample is the mean over a Hann window of 3 ms of the least gain needed within
    1.5 ms, so it never exceeds what the sample itself needs.
    """

    def __init__(self, rate: int, ceiling_dbfs: float) -> None:
        self._ceiling = np.float32(10 ** (ceiling_dbfs / 20))
        self._half = max(1, int(rate * HALF_WINDOW_MS / 1000))
        self._reach = 2 * self._half + _TAPS
        window = np.hanning(2 * self._half + 3)[1:-1]
        self._window = (window / window.sum()).astype(np.float32)
        self._context = np.zeros(self._reach, np.float32)
        self._held = np.empty(0, np.float32)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [n]; return the float32 [m] whose look-ahead is complete."""
        self._held = np.concatenate((self._held, samples))
        return self._limited(len(self._held) - self._reach)

    def finish(self) -> NDArray[np.float32]:
        """Return the float32 [m] held back; the stream is then over."""
        count = len(self._held)
        self._held = np.concatenate((self._held, np.zeros(self._reach, np.float32)))
        return self._limited(count)

    def _limited(self, count: int) -> NDArray[np.float32]:
        if count <= 0:
            return np.empty(0, np.float32)
        seen = np.concatenate((self._context, self._held[: count + self._reach]))
        out = self._held[:count]
        self._context = seen[count : count + self._reach]
        self._held = self._held[count:]
        # Between samples a band-limited signal can rise above them, by less than this factor here.
        if float(np.max(np.abs(seen))) * 2 <= self._ceiling:
            return out
        peaks = self._around(seen)
        if float(np.max(peaks)) <= self._ceiling:
            return out
        needed = (self._ceiling / np.maximum(peaks, self._ceiling)).astype(np.float32)
        least = _sliding_min(needed, 2 * self._half + 1)
        gain = np.convolve(least, self._window, mode="valid")
        return (out * gain[_TAPS : _TAPS + count]).astype(np.float32)

    @staticmethod
    def _around(samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The true peak of both intervals that touch each sample."""
        peaks = true_peaks(samples)
        peaks[1:] = np.maximum(peaks[1:], peaks[:-1])
        return peaks


def _sliding_min(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """The least of each `width` neighbours, float32 [n - width + 1], by doubling the width."""
    reached = 1
    while reached < width:
        step = min(reached, width - reached)
        values = np.minimum(values[:-step], values[step:])
        reached += step
    return values
