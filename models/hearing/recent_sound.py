"""The last seconds of a person's sound, so that a turn can be had from before its first voice.

In: mono float32 at 16 kHz and positions in samples. Out: copies of it. Pure; owns one array, long
enough for the longest part of a turn and what is around it (2 MB for 30 s), made once.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.services import Listening
from data.units import FEATURE_RATE

LONGEST_SECONDS: Final = 30.0
"""Of a part: of a longer turn the earlier parts are cut before they are forgotten."""
AFTER_MS: Final = 100
"""Kept behind the last voice: a final consonant is quieter than the threshold."""
_PER_MS: Final = FEATURE_RATE // 1000


class RecentSound:
    """One session's last sound."""

    def __init__(self, listening: Listening) -> None:
        self._before = listening.padding_ms * _PER_MS
        silence_ms = max(listening.silence_ms, listening.patience_ms)
        room_ms = listening.padding_ms + silence_ms + listening.resume_ms + 2 * AFTER_MS
        longest = min(listening.longest_seconds, LONGEST_SECONDS)
        length = round(longest * FEATURE_RATE) + room_ms * _PER_MS
        self._ring = np.zeros(length, np.float32)
        self._at = 0

    def push(self, sound: NDArray[np.float32]) -> None:
        """Keep `sound` [n]; what is older than the array is long is forgotten."""
        length = len(self._ring)
        kept = sound[-length:]
        begin = (self._at + len(sound) - len(kept)) % length
        first = min(len(kept), length - begin)
        self._ring[begin : begin + first] = kept[:first]
        self._ring[: len(kept) - first] = kept[first:]
        self._at += len(sound)

    def cut(self, start: int, end: int | None = None) -> NDArray[np.float32]:
        """A copy of the samples from `padding_ms` before `start` to 100 ms after `end`.

        As far as they are there: never more than was pushed, never what was forgotten.
        end: None for all that was heard since.
        """
        until = None if end is None else end + AFTER_MS * _PER_MS
        return self.exact(start - self._before, until)

    def exact(self, start: int, end: int | None = None) -> NDArray[np.float32]:
        """As `cut`, of the samples from `start` to `end` alone."""
        first = max(0, self._at - len(self._ring), start)
        last = self._at if end is None else min(self._at, end)
        return self._ring.take(np.arange(first, max(first, last)), mode="wrap")
