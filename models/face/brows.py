"""How far the brows are raised: they go up where speech begins to be louder than just before.

In: the window that a mouth is made from, and how likely somebody speaks in it. Out: a level of
0..1 for each row. Pure; runs in inference.

People raise their brows at the first word of a phrase and on words that they stress, and a
little before the vowel (Cave et al. 1996, Granstrom and House 2005). What stands out is told
here by attacks: by how much the voice's loudness exceeds its greatest in the quarter second
before. Syllables that are as loud as their neighbours have none. The level is the sum of the
last 0.4 s of attacks under a smooth window, so it rises and falls within five ticks each. The
window ends 40 ms after the tick, and a voice that begins is heard before it is loud.
"""

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from data.units import FEATURE_RATE
from models.face.mel import BANDS, COLUMNS, RIGHT_MS, mel_bands

_LOUDNESS: Final = 0.3
"""Loudness grows with power to this (Stevens' law)."""
_DARK: Final = (0.6, 1.6)
"""Powers of ten by which the power of a voice's bands exceeds the highest bands': breath, s and
noise by less than the first, vowels by more than the second."""
_FLOOR: Final = np.float32(1e-5)
"""Of power in a window: what silence has."""
_QUIET: Final = 0.3
"""Loudness beside which an attack is weighed; a whisper's is about that."""

_STEADY: Final = 3
"""Columns of 10 ms over which loudness is averaged."""
_BEFORE: Final = 25
"""Columns whose greatest loudness an attack must exceed."""
_END: Final = 68
"""Column at which the smooth window ends."""
_SPOKEN: Final = (0.1, 0.9)
"""Likelihood of speech from which an attack counts, and from which all of it."""
_GAIN: Final = 1.35
"""Keeps the fastest rise at a quarter of the way in a tick; see the tests."""


def _bands(low: float, high: float) -> NDArray[np.bool_]:
    """Which of the mel bands lie between two frequencies."""
    bands = mel_bands()
    centres = bands @ np.linspace(0, FEATURE_RATE / 2, bands.shape[1])
    return (centres > low) & (centres < high)


_VOICE: Final = _bands(200, 3000)
_HISS: Final = _bands(4500, FEATURE_RATE / 2)
_AT: Final = np.arange(_BEFORE + _STEADY - 1, COLUMNS)
"""Columns at which there can be an attack."""
_SMOOTH: Final = (
    np.sin(np.pi * np.minimum((_AT - _AT[0] + 0.5) / (_END - _AT[0]), 1)) ** 2
).astype(np.float32)
_HEARD: Final = np.minimum((_AT + RIGHT_MS // 10) // 4 + 1, COLUMNS // 4 - 1)
"""The network's column that speaks of the 40 ms after an attack, or the last there is."""


def brow_levels(mel: NDArray[np.float32], speech: NDArray[np.float32]) -> NDArray[np.float32]:
    """Levels float32 [B], 0 at rest to 1, of windows float32 [B, 80, 72].

    speech: float32 [B, 18], the likelihood that somebody speaks in each column of the
    network's (`models.face.mouth.speech`). 0 in silence; never more than a quarter from one
    tick to the next. ValueError for other shapes.
    """
    if mel.shape[1:] != (BANDS, COLUMNS) or speech.shape != (len(mel), COLUMNS // 4):
        raise ValueError(
            f"windows are [batch, {BANDS}, {COLUMNS}] with speech [batch, {COLUMNS // 4}], not "
            f"{list(mel.shape)} with {list(speech.shape)}"
        )
    loud = sliding_window_view(_loudness(mel), _STEADY, axis=1).mean(axis=2)
    before = sliding_window_view(loud, _BEFORE, axis=1).max(axis=2)[:, :-1]
    attacks = np.maximum(loud[:, _BEFORE:] - before, 0) * _ramp(speech[:, _HEARD], *_SPOKEN)
    share = attacks @ _SMOOTH / (loud.max(axis=1) + np.float32(_QUIET))
    level: NDArray[np.float32] = 1 - np.exp(-np.float32(_GAIN) * share)
    return level


def _loudness(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of the voice, [B, 72]; little of it where most of the power is hiss."""
    power = np.exp((mel - np.float32(0.5)) * 4)
    voice, hiss = power[:, _VOICE].mean(axis=1), power[:, _HISS].mean(axis=1)
    dark = _ramp(np.log10(voice / hiss), *_DARK)
    loudness: NDArray[np.float32] = np.maximum(voice - _FLOOR, 0) ** np.float32(_LOUDNESS) * dark
    return loudness


def _ramp(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """0 up to `low`, 1 from `high` on, straight between."""
    ramp: NDArray[np.float32] = np.clip((values - low) / np.float32(high - low), 0, 1)
    return ramp
