"""The words of a turn while it goes on: of its parts that are over, and of what came since.

In: where the turn pauses, and how long it is. Out: a task for all its words so far. A part of some
seconds that ends with a pause keeps its words, so that at the turn's end only the rest is looked
at, and a turn may be longer than a transcriber takes at once. Runs on ingest's loop; owns tasks.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Final

from actors.ingest.turn_transcriber import FoundWords, TurnTranscriber
from data.services import Listening
from data.units import FEATURE_RATE
from models.hearing.recent_sound import AFTER_MS, LONGEST_SECONDS, RecentSound
from models.hearing.words import joined

_PER_MS: Final = FEATURE_RATE // 1000
PART: Final = 8 * FEATURE_RATE
"""Samples from which a part keeps its words; a shorter one is better understood as a whole."""
LONGEST_PART: Final = round((LONGEST_SECONDS - 5) * FEATURE_RATE)
"""Samples at which a part ends without a pause."""


class TurnWords:
    """Of one session's open turn."""

    def __init__(
        self, recent: RecentSound, transcriber: TurnTranscriber, listening: Listening
    ) -> None:
        self._recent, self._transcriber = recent, transcriber
        self._before = listening.padding_ms * _PER_MS
        self._parts: list[asyncio.Task[str]] = []
        self._from: int | None = None
        """Where what came since begins, as `RecentSound.cut` is told; None: with the turn."""
        self._rest: asyncio.Task[str] | None = None
        self._all: asyncio.Task[FoundWords] | None = None
        self._begin = self._end = 0
        """The part that `_rest` is of."""

    def until(self, start: int, end: int) -> asyncio.Task[FoundWords]:
        """All words of the turn that began at `start`, up to the sample `end`."""
        if self._all is None or self._end != end:
            self._drop_rest()
            self._begin, self._end = self._from or start, end
            sound = self._recent.cut(self._begin, end)
            self._rest = _task(self._transcriber.early(sound))
            self._all = asyncio.get_running_loop().create_task(_joined([*self._parts, self._rest]))
            self._all.add_done_callback(_looked_at)
        return self._all

    def lasts(self, start: int, at: int) -> None:
        """The turn has lasted up to `at`: a part that is as long as can be ends."""
        begin = self._from or start
        if at - begin >= LONGEST_PART:
            self._drop_rest()
            self._parts.append(_task(self._transcriber.early(self._recent.cut(begin))))
            self._from = at + self._before

    def goes_on(self) -> None:
        """Voice again: a part that is long enough keeps its words."""
        if self._rest is not None and self._end - self._begin >= PART:
            self._parts.append(self._rest)
            self._rest = None
            self._from = self._end + AFTER_MS * _PER_MS + self._before
        self._drop_rest()

    def taken(self, start: int, end: int) -> asyncio.Task[FoundWords] | None:
        """The turn is over, and the caller has its words; None where none are looked for yet."""
        found = self._all is not None and self._end == end
        words = self.until(start, end) if found or self._parts else None
        if words is None:
            self.stop()
        self._parts, self._from, self._rest, self._all = [], None, None, None
        return words

    def stop(self) -> None:
        """Nobody wants the words any more."""
        self._drop_rest()
        for part in self._parts:
            part.cancel()
        self._parts, self._from = [], None

    def _drop_rest(self) -> None:
        for task in (self._all, self._rest):
            if task is not None:
                task.cancel()
        self._all = self._rest = None


async def _joined(parts: list[asyncio.Task[str]]) -> FoundWords:
    asked = time.monotonic_ns()
    text = joined([await asyncio.shield(part) for part in parts])
    return FoundWords(text, asked, time.monotonic_ns())


def _task(work: Coroutine[Any, Any, str]) -> asyncio.Task[str]:
    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(_looked_at)
    return task


def _looked_at(task: asyncio.Task[Any]) -> None:
    """Nobody may wait for words that are worth nothing any more: their failure is no matter."""
    if not task.cancelled():
        task.exception()
