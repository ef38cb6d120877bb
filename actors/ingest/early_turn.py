"""What is done before it is sure that a person has finished, so that the answer comes soon.

In: the pauses of a turn. Out: the words so far, for whoever takes the turn, and a draft of the
answer to them; and that the turn is over, or that the person is thinking. Nothing of it is told to
anybody, and a person who goes on ends it. Runs on ingest's loop; owns two tasks.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from actors.ingest.turn_transcriber import TurnTranscriber
from models.hearing.end_of_turn import COMPLETE, EndOfTurn
from models.hearing.endpoint import Endpointer, Pause
from models.hearing.recent_sound import RecentSound
from models.hearing.unfinished import breaks_off
from models.hearing.words import words_in
from models.service_error import ServiceError


class AnswerDrafts(Protocol):
    """Answers a session's person before their turn is over, unheard."""

    def begin(self, text: str) -> None:
        """The turn may be over, and these are its words; the same words again change nothing."""

    def drop(self) -> None:
        """It was not: the person goes on, or meant nothing."""


class EarlyTurn:
    """Of one session's open turn."""

    def __init__(
        self,
        endpointer: Endpointer,
        recent: RecentSound,
        transcriber: TurnTranscriber,
        judge: EndOfTurn,
        drafts: AnswerDrafts,
    ) -> None:
        self._endpointer, self._recent = endpointer, recent
        self._transcriber, self._judge, self._drafts = transcriber, judge, drafts
        self._words: asyncio.Task[str] | None = None
        self._judgement: asyncio.Task[None] | None = None
        self._end = 0
        """The turn's last sample of voice, which the words go up to."""
        self._short = asyncio.Event()
        """Set while the silence is long enough to end a complete turn."""

    def pause(self, pause: Pause, finish: Callable[[], None]) -> None:
        """So much silence. The first one has the words looked for, and the network asked, which
        is asked again at the long one; `finish` is called when the turn is complete."""
        loop = asyncio.get_running_loop()
        if pause.clock != "early":
            self._short.set()
        if self._words is None:
            sound = self._recent.cut(pause.start, pause.end)
            self._words = loop.create_task(self._transcriber.early(sound))
            self._words.add_done_callback(_looked_at)
            self._end = pause.end
        if self._judgement is None or (pause.clock == "long" and self._judgement.done()):
            heard = self._recent.cut(pause.start)
            self._endpointer.wait()
            self._judgement = loop.create_task(self._consider(heard, self._words, finish))

    def goes_on(self) -> None:
        """Voice again: what was found is worth nothing."""
        self.stop()
        self._drafts.drop()

    def taken(self, end: int) -> asyncio.Task[str] | None:
        """The turn is over, its voice at this sample: its words, if they are being found. The
        draft stays."""
        words = self._words if self._end == end else None
        if words is not None:
            self._words = None
        self.stop()
        return words

    def stop(self) -> None:
        """End the work on the turn."""
        for task in (self._words, self._judgement):
            if task is not None:
                task.cancel()
        self._words = self._judgement = None
        self._short.clear()

    async def _consider(
        self, heard: NDArray[np.float32], words: asyncio.Task[str], finish: Callable[[], None]
    ) -> None:
        """By how the turn sounds and by its words: is it complete, or does the person think?

        Until that is known the turn waits: the answer needs the words in any case."""
        likely = await self._judge.complete(heard)
        if likely is not None and likely < COMPLETE:
            return
        try:
            text = "" if likely is None else await asyncio.shield(words)
        except ServiceError:
            text = ""
        if not words_in(text):
            self._endpointer.wait(False)
        elif not breaks_off(text):
            self._drafts.begin(text)
            await self._short.wait()
            finish()


def _looked_at(task: asyncio.Task[str]) -> None:
    """Nobody may wait for words that are worth nothing any more: their failure is no matter."""
    if not task.cancelled():
        task.exception()
