"""Wav2Lip's mel windows, one for each tick, as the sound comes in.

In: 16 kHz mono float32 sound in multiples of 20 ms. Out: float32 [80, 16] windows, 16
columns of 12.5 ms, oldest first. Runs in features; numpy only. A stream owns the sound that
the next window still needs, under half a second.

The front end is the published one (Wav2Lip's audio.py and hparams.py, librosa's
definitions): pre-emphasis 0.97, periodic Hann window 800, hop 200, frames centred on their
column, magnitude, 80 Slaney bands of unit area from 55 to 7600 Hz, decibels over 1e-5, less
20, mapped from -100..0 to -4..4 and clipped. Sound before the first and after the last
sample is silence. Column t is centred on sample 200 t and sees 25 ms on either side.

The window of tick n begins at column floor(3.2 (n + lead)). Training and inference of the
published network disagree on the lead, so it is a choice: see `Lead`.
"""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS, FEATURE_CHUNK, FEATURE_RATE, FEATURE_TICK

BANDS: Final = 80
COLUMNS: Final = 16

_WINDOW: Final = 800
_HOP: Final = 200
_PRE_EMPHASIS: Final = 0.97
_LOWEST_HZ: Final = 55.0
_HIGHEST_HZ: Final = 7600.0
_FLOOR: Final = 1e-5
_REFERENCE_DB: Final = 20.0
_RANGE_DB: Final = 100.0
_LARGEST: Final = 4.0


class Lead(IntEnum):
    """Ticks between a tick and the beginning of its window; less is less latency.

    PUBLISHED: the window begins with the tick, as in inference.py (and LiveTalking).
    TRAINED: one tick before, where wav2lip_train.py puts it: the default.
    SYMMETRIC: two ticks before, the tick in the middle; the lips follow a tick late.
    """

    PUBLISHED = 0
    TRAINED = -1
    SYMMETRIC = -2


def right_ms(lead: Lead) -> int:
    """Sound after a tick's end that its window needs, in ms, whole chunks.

    The last column's last sample is the 3400th after the window's first centre, which is
    never later than the tick's first sample, `lead` ticks on.
    """
    samples = (COLUMNS - 1) * _HOP + _WINDOW // 2 + (lead - 1) * FEATURE_TICK
    return -(-samples // FEATURE_CHUNK) * CHUNK_MS


def mel_bands() -> NDArray[np.float64]:
    """The filter bank, float64 [80, 401]: Slaney's scale, each triangle of unit area in Hz."""
    low, high = (_slaney(hz) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = _hertz(np.linspace(low, high, BANDS + 2))
    bins = np.arange(_WINDOW // 2 + 1) * (FEATURE_RATE / _WINDOW)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise = (bins - left) / (centre - left)
    fall = (right - bins) / (right - centre)
    bands: NDArray[np.float64] = np.maximum(0, np.minimum(rise, fall)) * 2 / (right - left)
    return bands


def _slaney(hz: float) -> float:
    """Slaney's mel: 15 a kilohertz up to 1 kHz, then 27 for every factor of 6.4."""
    return hz * 0.015 if hz < 1000 else 15 + 27 * float(np.log(hz / 1000) / np.log(6.4))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above: NDArray[np.float64] = 1000 * np.exp((mel - 15) / 27 * np.log(6.4))
    return np.where(mel < 15, mel / 0.015, above)


class Wav2LipMelStream:
    """Sliding windows over one session's sound; see `FeatureStream`."""

    def __init__(self, lead: Lead = Lead.TRAINED) -> None:
        self._lead = int(lead)
        self._right = right_ms(lead) * FEATURE_RATE // 1000
        self._bands = mel_bands().T.copy()
        self._hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)
        self.reset()

    def reset(self) -> None:
        """Forget the sound; the left context is silence again."""
        self._given = 0
        self._begin = self._first_sample()
        self._sound = np.zeros(-self._begin, np.float64)

    def push(self, sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Take float32 [n] at 16 kHz, n a multiple of 320; ValueError otherwise.

        Gives float32 [80, 16] for each tick whose right context is now there.
        """
        if sound.ndim != 1 or sound.dtype != np.float32 or len(sound) % FEATURE_CHUNK:
            raise ValueError(
                f"sound is pushed as float32 in multiples of {CHUNK_MS} ms ({FEATURE_CHUNK} "
                f"samples), not as {sound.dtype} {list(sound.shape)}"
            )
        self._sound = np.concatenate([self._sound, sound])
        heard = self._begin + len(self._sound)
        return self._ready(heard - self._right)

    def finish(self) -> list[NDArray[np.float32]]:
        """The features of the whole ticks still owed, as if silence followed."""
        heard = self._sound
        self._sound = np.concatenate([heard, np.zeros(self._right)])
        features = self._ready(self._begin + len(heard))
        self._sound = self._sound[: len(self._sound) - self._right]
        return features

    def _first_sample(self) -> int:
        """Where the next window's sound begins, with one sample for the pre-emphasis."""
        return self._column() * _HOP - _WINDOW // 2 - 1

    def _column(self) -> int:
        """The next window's first column: floor(3.2 (n + lead)) in whole numbers."""
        return (self._given + self._lead) * FEATURE_TICK // _HOP

    def _ready(self, until: int) -> list[NDArray[np.float32]]:
        """Windows of the ticks that end at sample `until` or before; drops sound not needed."""
        features = []
        while (self._given + 1) * FEATURE_TICK <= until:
            first = self._first_sample() - self._begin
            features.append(self._window(self._sound[first:]))
            self._given += 1
        first = self._first_sample()
        self._sound = self._sound[first - self._begin :]
        self._begin = first
        return features

    def _window(self, sound: NDArray[np.float64]) -> NDArray[np.float32]:
        """One window of the sound that begins one sample before its first frame."""
        sound = sound[: 1 + (COLUMNS - 1) * _HOP + _WINDOW]
        emphasised = sound[1:] - _PRE_EMPHASIS * sound[:-1]
        frames = np.lib.stride_tricks.sliding_window_view(emphasised, _WINDOW)[::_HOP]
        magnitudes = np.abs(np.fft.rfft(frames * self._hann, axis=1))
        decibels = 20 * np.log10(np.maximum(_FLOOR, magnitudes @ self._bands)) - _REFERENCE_DB
        scaled = 2 * _LARGEST * (decibels + _RANGE_DB) / _RANGE_DB - _LARGEST
        return np.ascontiguousarray(scaled.clip(-_LARGEST, _LARGEST).T, np.float32)
