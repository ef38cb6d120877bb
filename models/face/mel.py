"""Log-mel windows of the built-in mouth network, one for each tick, as the sound comes in.

In: 16 kHz mono float32 sound in multiples of 20 ms. Out: float32 [80, 72] windows, 72
columns of 10 ms, oldest first. Runs in features; numpy only. A stream owns the sound that
the next column still needs, with what waits for the tick to be whole, and the last 72 columns,
nothing that grows: sound comes in halves of a tick, and is worked out once for both.

The front end is the one that the network was trained on: window 400 (periodic to 399:
numpy.hanning), hop 160, FFT 512, power, 80 triangular bands on the HTK mel scale
(2595 log10(1 + f / 700)) from 40 to 7600 Hz, each with weights that sum to 1, then
log(S + 1e-5) / 4 + 0.5. Column t sees the 25 ms that end at (t + 1) * 10 ms.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS, FEATURE_CHUNK, FEATURE_RATE, FEATURE_TICK

BANDS: Final = 80
COLUMNS: Final = 72
RIGHT_MS: Final = 80

_WINDOW: Final = 400
_HOP: Final = 160
_FFT: Final = 512
_CARRY: Final = _WINDOW - _HOP
_TICK_COLUMNS: Final = FEATURE_TICK // _HOP
_RIGHT: Final = FEATURE_RATE * RIGHT_MS // 1000
_RIGHT_COLUMNS: Final = _RIGHT // _HOP


def mel_bands() -> NDArray[np.float32]:
    """The filter bank, float32 [80, 257]; each row sums to 1."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (40.0, 7600.0))
    edges = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1) * FEATURE_RATE / _FFT
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise = (bins - left) / (centre - left)
    fall = (right - bins) / (right - centre)
    bands = np.maximum(0, np.minimum(rise, fall))
    for row in np.flatnonzero(bands.sum(axis=1) == 0):
        bands[row, np.argmin(np.abs(bins - centre[row]))] = 1  # narrower than a bin
    normal: NDArray[np.float32] = (bands / bands.sum(axis=1, keepdims=True)).astype(np.float32)
    return normal


class MelStream:
    """Sliding log-mel windows over one session's sound; see `FeatureStream`.

    The window of tick n ends 80 ms after the end of tick n: the network's last column
    speaks of the sound 80 ms before its newest.
    """

    def __init__(self) -> None:
        self._bands = mel_bands().T.copy()
        self._hann = np.hanning(_WINDOW).astype(np.float32)
        self._silence = np.float32(np.log(1e-5) / 4 + 0.5)
        self.reset()

    def reset(self) -> None:
        """Forget the sound; the left context is silence again."""
        self._carry = np.zeros(_CARRY, np.float32)
        self._columns = np.full((COLUMNS, BANDS), self._silence, np.float32)
        self._waiting: list[NDArray[np.float32]] = []
        self._heard = 0
        self._given = 0

    def push(self, sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Take float32 [n] at 16 kHz, n a multiple of 320; ValueError otherwise.

        Gives float32 [80, 72] for each tick whose 80 ms of right context are now there.
        """
        if sound.ndim != 1 or sound.dtype != np.float32 or len(sound) % FEATURE_CHUNK:
            raise ValueError(
                f"sound is pushed as float32 in multiples of {CHUNK_MS} ms ({FEATURE_CHUNK} "
                f"samples), not as {sound.dtype} {list(sound.shape)}"
            )
        if not len(sound):
            return []
        self._waiting.append(sound.copy())
        self._heard += len(sound)
        until = self._heard - _RIGHT
        if (self._given + 1) * FEATURE_TICK > until:
            return []
        joined = np.concatenate([self._carry, *self._waiting])
        self._waiting = []
        self._carry = joined[-_CARRY:].copy()
        self._columns = np.concatenate([self._columns, self._log_mel(joined)])
        return self._ready(until)

    def finish(self) -> list[NDArray[np.float32]]:
        """The features of the whole ticks still owed, as if 80 ms of silence followed."""
        waiting, carry, columns = list(self._waiting), self._carry, self._columns
        heard = self._heard
        features = self.push(np.zeros(_RIGHT, np.float32))
        self._waiting, self._carry, self._columns = waiting, carry, columns
        self._heard = heard
        return features

    def _log_mel(self, joined: NDArray[np.float32]) -> NDArray[np.float32]:
        """Columns [n, 80] of the carried samples and n * 160 new ones."""
        frames = np.lib.stride_tricks.sliding_window_view(joined, _WINDOW)[::_HOP]
        spectrum = np.abs(np.fft.rfft(frames * self._hann, _FFT, axis=1)) ** 2
        log: NDArray[np.float32] = np.log(spectrum @ self._bands + np.float32(1e-5)) / 4 + 0.5
        return log

    def _ready(self, until: int) -> list[NDArray[np.float32]]:
        """Windows of the ticks that end at sample `until` or before; keeps the last columns."""
        newest = self._heard // _HOP
        features = []
        while (self._given + 1) * FEATURE_TICK <= until:
            end = (self._given + 1) * _TICK_COLUMNS + _RIGHT_COLUMNS
            stop = len(self._columns) - (newest - end)
            features.append(np.ascontiguousarray(self._columns[stop - COLUMNS : stop].T))
            self._given += 1
        self._columns = self._columns[-COLUMNS:].copy()
        return features
