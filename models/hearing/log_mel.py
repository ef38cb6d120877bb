"""Whisper's log-mel of eight seconds of sound, with numpy alone.

In: mono float32 [128000] at 16 kHz. Out: float32 [80, 800]. Pure; owns the filters. As Radford et
al. (2022) and openai/whisper's audio.py have it: Hann window of 400, hop 160, reflected ends,
power, 80 bands on Slaney's mel scale (linear up to 1 kHz, then 27 to a factor of 6.4), log10 not
below 1e-10, at most 8 below the loudest, (x + 4) / 4; before it the sound is brought to mean 0 and
variance 1, as the network was trained.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE

SAMPLES: Final = 8 * FEATURE_RATE
BANDS: Final = 80
_WINDOW: Final = 400
_HOP: Final = 160
_FLOOR: Final = 1e-10
_RANGE: Final = 8.0
_EPSILON: Final = 1e-7
_LINEAR_HZ: Final = 1000.0
_MEL_HZ: Final = 200.0 / 3
_STEP: Final = np.log(6.4) / 27.0


class LogMel8:
    """The front end of a Whisper encoder that hears eight seconds."""

    def __init__(self) -> None:
        self._bands = _bands()
        self._hann = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raise ValueError when `sound` is not eight seconds long."""
        if sound.shape != (SAMPLES,):
            raise ValueError(f"eight seconds are {SAMPLES} samples, not {sound.shape}")
        level = (sound - sound.mean()) / np.sqrt(sound.var() + _EPSILON)
        padded = np.pad(level.astype(np.float32), _WINDOW // 2, mode="reflect")
        windows = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:-1]
        power = np.abs(np.fft.rfft(windows * self._hann)) ** 2
        log = np.log10(np.maximum(_FLOOR, self._bands @ power.T))
        found: NDArray[np.float32] = ((np.maximum(log, log.max() - _RANGE) + 4) / 4).astype(
            np.float32
        )
        return found


def _bands() -> NDArray[np.float32]:
    """The filters, float32 [80, 201], each of the same area."""
    edges = _hertz(np.linspace(0.0, _mel(FEATURE_RATE / 2), BANDS + 2))
    bins = np.linspace(0, FEATURE_RATE / 2, _WINDOW // 2 + 1)
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise = (bins - left) / (centre - left)
    fall = (right - bins) / (right - centre)
    area = np.maximum(0, np.minimum(rise, fall)) * 2 / (right - left)
    found: NDArray[np.float32] = area.astype(np.float32)
    return found


def _mel(hertz: float) -> float:
    return float(_LINEAR_HZ / _MEL_HZ + np.log(hertz / _LINEAR_HZ) / _STEP)


def _hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    bend = _LINEAR_HZ / _MEL_HZ
    above = _LINEAR_HZ * np.exp(_STEP * np.maximum(0, mels - bend))
    return np.where(mels < bend, mels * _MEL_HZ, above)
