"""What the face said in the last seconds, to know its echo by.

In: the chunks that are sent to the client. Out: what of it has left by now, which the word
HEARD_FRAME says. Pure but for reading the control block; runs in ingest; owns the last LENGTH
chunks of 20 ms, which the speech queue hands over anyway.
"""

from collections import deque
from itertools import islice
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS, FEATURE_RATE, TICK_MS
from ringbuf import Control
from runtime.control_words import ControlWord

LENGTH: Final = 600
_PER_TICK: Final = TICK_MS // CHUNK_MS
_CHUNK: Final = FEATURE_RATE * CHUNK_MS // 1000


class _Sent(NamedTuple):
    utterance: int
    number: int
    sound: NDArray[np.float32]


class PlayedSound:
    """Of one session."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._sent: deque[_Sent] = deque(maxlen=LENGTH)

    def push(self, utterance: int, number: int, sound: NDArray[np.float32]) -> None:
        """A chunk is on its way: float32 [320] at 16 kHz, the `number`-th of its utterance."""
        self._sent.append(_Sent(utterance, number, sound))

    def last(self, samples: int) -> NDArray[np.float32]:
        """At least the last `samples` that have left, fewer where there were not so many."""
        utterance = self._control.load(ControlWord.HEARD_UTTERANCE)
        heard = self._control.load(ControlWord.HEARD_FRAME) * _PER_TICK + _PER_TICK - 1
        left = (
            at
            for at, sent in enumerate(self._sent)
            if sent.utterance == utterance and sent.number <= heard
        )
        end = max(left, default=-1) + 1
        begin = max(0, end - -(-samples // _CHUNK))
        found = [sent.sound for sent in islice(self._sent, begin, end)]
        return np.concatenate(found) if found else np.zeros(0, np.float32)
