"""No clicks: short fades where a sound begins or ends away from zero.

Arrays in, arrays out; runs in whichever process makes sound; holds back the last 4 ms.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

FADE_IN_MS: Final = 1.5
"""Shorter than any consonant, so an onset at the first sample stays loud."""
FADE_OUT_MS: Final = 4.0
NEAR_ZERO: Final = 0.003
"""-50 dBFS: a step this small is not heard as a click beside speech."""


class Edges:
    """Fades the first 1.5 ms and the last 4 ms of a stream, each only if it is not near zero there.

    The number of samples stays the same.
    """

    def __init__(self, rate: int) -> None:
        self._rise = _ramp(max(1, int(rate * FADE_IN_MS / 1000)))
        self._fall = _ramp(max(1, int(rate * FADE_OUT_MS / 1000)))[::-1]
        self._held = np.empty(0, np.float32)
        self._risen: int | None = None

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [n]; return float32 [m] that lies more than 4 ms before what is known."""
        joined = np.concatenate((self._held, self._faded_in(samples)))
        keep = min(len(joined), len(self._fall))
        cut = len(joined) - keep
        self._held = joined[cut:]
        return joined[:cut]

    def finish(self) -> NDArray[np.float32]:
        """Return the float32 [m] held back, faded out where needed; the stream is then over."""
        held, self._held = self._held, np.empty(0, np.float32)
        if len(held) and abs(float(held[-1])) > NEAR_ZERO:
            held = held * self._fall[-len(held) :]
        return held

    def _faded_in(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        if not len(samples):
            return samples
        if self._risen is None:
            self._risen = 0 if abs(float(samples[0])) > NEAR_ZERO else len(self._rise)
        rest = self._rise[self._risen :][: len(samples)]
        if not len(rest):
            return samples
        self._risen += len(rest)
        return np.concatenate((samples[: len(rest)] * rest, samples[len(rest) :]))


def _ramp(count: int) -> NDArray[np.float32]:
    """Half a raised cosine from just above 0 to just below 1, float32 [count]."""
    phase = (np.arange(count) + 0.5) / count
    return (0.5 - 0.5 * np.cos(np.pi * phase)).astype(np.float32)
