"""The silence around a sentence, cut as its sound comes.

Float32 in and out, already levelled. Owns the silence of which it is not known yet whether
sound follows.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.sound.loudness import TARGET_DBFS
from models.sound.trim import BELOW_SPEECH_DB, FRAME_MS

_FLOOR: Final = 10 ** ((TARGET_DBFS + BELOW_SPEECH_DB) / 10)
"""Mean square below which a frame of levelled speech is silence, as in `trim`."""


class Margins:
    """Up to `head_ms` before the first sound and `tail_ms` after the last; pauses stay whole."""

    def __init__(self, rate: int, head_ms: float, tail_ms: float) -> None:
        self._size = rate * FRAME_MS // 1000
        self._head = int(rate * head_ms / 1000)
        self._tail = int(rate * tail_ms / 1000)
        self._held = np.empty(0, np.float32)
        self._quiet = 0
        self.begun = False
        """Whether a sound was heard."""
        self.dropped = 0
        """Samples cut before the first sound."""

    def push(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take float32 [n]; return the float32 [m] that belongs to the sentence for certain.

        What is held when the stream ends is the silence after it.
        """
        joined = np.concatenate((self._held, samples))
        count = len(joined) // self._size
        frames = joined[: count * self._size].reshape(count, self._size)
        sounding = np.flatnonzero(np.mean(np.square(frames), axis=1) > _FLOOR)
        if not len(sounding):
            return self._paused(joined) if self.begun else self._waited(joined)
        begin = 0 if self.begun else max(0, int(sounding[0]) * self._size - self._head)
        self.begun = True
        self.dropped += begin
        end = (int(sounding[-1]) + 1) * self._size
        upto = min(len(joined), end + self._tail)
        self._quiet = upto - end
        self._held = joined[upto:]
        return joined[begin:upto]

    def _waited(self, joined: NDArray[np.float32]) -> NDArray[np.float32]:
        cut = max(0, len(joined) - self._head - self._size)
        self.dropped += cut
        self._held = joined[cut:]
        return joined[:0]

    def _paused(self, joined: NDArray[np.float32]) -> NDArray[np.float32]:
        upto = min(len(joined), self._tail - self._quiet)
        self._quiet += upto
        self._held = joined[upto:]
        return joined[:upto]
