"""Sound that ends without a click wherever it is cut, and goes on without one.

In: the sound of a tick, or none. Out: what is heard in it. Runs in the compositor,
and in egress where that stands in for it; owns one sample.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import PLAYOUT_RATE

SAMPLES: Final = PLAYOUT_RATE * 5 // 1000
"""Length of the ramp to zero: 5 ms."""


class Ramp:
    """One session's sound, tick by tick."""

    def __init__(self) -> None:
        self._last = 0
        self._cut = False

    def play(self, sound: NDArray[np.int16] | None, heard: NDArray[np.int16]) -> None:
        """Write int16 [1920] to `heard`: the sound, or silence that begins with a ramp
        from where the sound before it was left; sound after such a cut begins with a ramp too."""
        if sound is not None:
            heard[:] = sound
            if self._cut:
                heard[:SAMPLES] = sound[:SAMPLES] * np.linspace(0, 1, SAMPLES, endpoint=False)
            self._cut = False
            self._last = int(sound[-1])
            return
        heard[:] = 0
        if self._last:
            fading(self._last, heard)
            self._last = 0
            self._cut = True


def fading(last: int, heard: NDArray[np.int16]) -> None:
    """Begin the silence in `heard` with a ramp from the sample before it."""
    heard[:SAMPLES] = np.linspace(last, 0, SAMPLES, dtype=np.int16)
