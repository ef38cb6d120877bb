"""Where words begin in a sound whose words have silence between them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_FRAME_MS: Final = 5
_SILENCES_MS: Final = (150, 120, 100, 80)
_BELOW_DB: Final = range(-42, -22, 2)


def onsets(sound: NDArray[np.float32], rate: int, count: int) -> NDArray[np.float64] | None:
    """Seconds, float64 [count]: the beginnings of what silence separates.

    Silence is the faintest level, and the longest pause, that leave `count` sounds; None where
    none does, as between words without a pause.
    """
    size = rate * _FRAME_MS // 1000
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    levels = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)
    loudest = float(np.percentile(levels, 95))
    for below in _BELOW_DB:
        active = np.flatnonzero(levels > loudest + below)
        for silence in _SILENCES_MS:
            breaks = np.flatnonzero(np.diff(active) * _FRAME_MS > silence)
            if len(breaks) == count - 1:
                found = np.concatenate((active[:1], active[breaks + 1]))
                return found.astype(np.float64) * (_FRAME_MS / 1000)
    return None
