"""What is done before it is sure that a person has finished, so that the answer comes soon.

In: the pauses of a turn. Out: the words so far, for whoever takes the turn, and a draft of the
answer to them; and that the turn is over, or that the person is thinking. Nothing of it is told to
anybody, and a person who goes on ends it; but the words of a long part stay (`TurnWords`). Runs on
ingest's loop; owns the task of the judgement.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from actors.ingest.turn_transcriber import FoundWords
from actors.ingest.turn_words import TurnWords
from models.hearing.asking import asks
from models.hearing.end_of_turn import COMPLETE, SURE, EndOfTurn
from models.hearing.endpoint import Clock, Endpointer, Pause
from models.hearing.recent_sound import RecentSound
from models.hearing.unfinished import breaks_off, is_fragment
from models.hearing.words import words_in
from models.service_error import ServiceError

_CLOCKS: Final[tuple[Clock, ...]] = ("short", "statement", "long")
"""Those that may end a turn, the shortest first."""


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
        words: TurnWords,
        judge: EndOfTurn,
        drafts: AnswerDrafts,
    ) -> None:
        self.words = words
        self._endpointer, self._recent = endpointer, recent
        self._judge, self._drafts = judge, drafts
        self._judgement: asyncio.Task[None] | None = None
        self._opinions: list[float] = []
        """The network's, of this silence."""
        self._passed: dict[Clock, asyncio.Event] = {clock: asyncio.Event() for clock in _CLOCKS}
        """Set while the silence is long enough to end a turn that is surely complete by its sound
        and asks for an answer; one that is so and states something; one that is complete by its
        words, and perhaps by its sound."""

    def pause(self, pause: Pause, finish: Callable[[], None]) -> None:
        """So much silence. The first one has the words looked for, and the network asked, which
        is asked again at the long one; `finish` is called when the turn is complete."""
        if pause.clock in _CLOCKS:
            for clock in _CLOCKS[: _CLOCKS.index(pause.clock) + 1]:
                self._passed[clock].set()
        words = self.words.until(pause.start, pause.end)
        if self._judgement is None or (pause.clock == "long" and self._judgement.done()):
            heard = self._recent.cut(pause.start)
            self._endpointer.wait()
            judgement = self._consider(heard, words, finish)
            self._judgement = asyncio.get_running_loop().create_task(judgement)

    def goes_on(self) -> None:
        """Voice again: the judgement and the answer are worth nothing."""
        self._forget()
        self.words.goes_on()
        self._drafts.drop()

    def taken(self, start: int, end: int) -> asyncio.Task[FoundWords] | None:
        """The turn is over: its words, if they are being found. The draft stays."""
        self._forget()
        return self.words.taken(start, end)

    def stop(self) -> None:
        """End the work on the turn."""
        self._forget()
        self.words.stop()

    def _forget(self) -> None:
        if self._judgement is not None:
            self._judgement.cancel()
        self._judgement = None
        self._opinions.clear()
        for passed in self._passed.values():
            passed.clear()

    async def _consider(
        self,
        heard: NDArray[np.float32],
        words: asyncio.Task[FoundWords],
        finish: Callable[[], None],
    ) -> None:
        """By how the turn sounds and by its words: is it complete, or does the person think?

        Until that is known the turn waits, which costs nothing: the answer needs the words, and
        the network does not take long. Where it has no opinion the words decide alone."""
        likely = await self._likely(heard)
        if likely is not None and likely < COMPLETE:
            return
        try:
            text = (await asyncio.shield(words)).text
        except ServiceError:
            text = ""
        if not words_in(text):
            self._endpointer.wait(False)
            return
        sure = likely is not None and likely >= SURE
        if breaks_off(text) or (likely is not None and not sure and is_fragment(text)):
            return
        self._drafts.begin(text)
        doubted = not sure or is_fragment(text)
        clock: Clock = "long" if doubted else "short" if asks(text) else "statement"
        await self._passed[clock].wait()
        finish()

    async def _likely(self, heard: NDArray[np.float32]) -> float | None:
        """How likely the turn is complete, None if that is not to be had.

        The mean of what the network said at each look: a silence that lasts sounds like an end by
        itself, so that a later look must outweigh the first."""
        opinion = await self._judge.complete(heard)
        if opinion is None:
            return None
        self._opinions.append(opinion)
        return sum(self._opinions) / len(self._opinions)
