"""Several channels become one that hears them all.

In: float32 [channels, n], piece by piece. Out: float32 [n]. The mean, as ever, except that a
channel which is the first loud one's mirror image is turned over first: two microphones wired the
wrong way round, or a balanced line taken for stereo, would cancel each other. Owns a few sums.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_OPPOSITE: Final = -0.8
"""Correlation below which a channel is turned over; wide stereo lies around 0."""
_ALIKE: Final = 0.2
"""And above which it is turned back."""
_KEPT: Final = 0.9
"""Of what was measured, for each piece that follows: pieces are 5 to 200 ms."""
_SILENCE: Final = 1e-7
"""Mean square below which a piece says nothing."""


class Downmix:
    """One stream's channels to one, each piece as it comes."""

    def __init__(self) -> None:
        self._reference: int | None = None
        self._signs = np.ones(0, np.float32)
        self._cross = np.zeros(0)
        self._power = np.zeros(0)

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [channels, n]; return float32 [n]."""
        if len(samples) == 1 or not samples.shape[1]:
            mean: NDArray[np.float32] = samples.mean(axis=0, dtype=np.float32)
            return mean
        if len(self._signs) != len(samples):
            self._begin(len(samples))
        before, fresh = self._signs, self._reference is None
        self._measure(samples)
        if fresh or np.array_equal(before, self._signs):
            turned = samples * self._signs[:, np.newaxis]
        else:
            way = np.linspace(0, 1, samples.shape[1], dtype=np.float32)
            turned = samples * (np.outer(before, 1 - way) + np.outer(self._signs, way))
        mixed: NDArray[np.float32] = turned.mean(axis=0, dtype=np.float32)
        return mixed

    def _begin(self, channels: int) -> None:
        self._reference = None
        self._signs = np.ones(channels, np.float32)
        self._cross, self._power = np.zeros(channels), np.zeros(channels)

    def _measure(self, samples: NDArray[np.float32]) -> None:
        """Compare each channel with the first loud one, and turn over what is opposite."""
        swings = samples - samples.mean(axis=1, keepdims=True)
        power = np.mean(np.square(swings), axis=1, dtype=np.float64)
        if power.max() < _SILENCE:
            return
        if self._reference is None:
            self._reference = int(power.argmax())
        cross = np.mean(swings * swings[self._reference], axis=1, dtype=np.float64)
        self._cross = _KEPT * self._cross + cross
        self._power = _KEPT * self._power + power
        scale = np.sqrt(self._power * self._power[self._reference]) + _SILENCE
        likeness = self._cross / scale
        signs = np.where(likeness < _OPPOSITE, -1, np.where(likeness > _ALIKE, 1, self._signs))
        self._signs = signs.astype(np.float32)
