"""The words of one session's person, turn after turn.

In: the sound of turns, and of what is being said just now. Out: events (partial, final, error),
and each turn's words to whoever decides what they mean. One turn after another, so that their
order is kept; when the transcriber does not keep up, the oldest turn that waits is given up,
which is told. Runs on ingest's loop; owns the turns that wait and the task of a partial result.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from actors.ingest.utterance import UtteranceTimes
from models.hearing.transcriber import Transcriber
from models.service_error import ServiceError
from runtime.messages import ActorEvent, ActorNews

WAITING: Final = 4
KEPT: Final = 8
"""Turns whose times are kept for the answers to them."""


class FoundWords(NamedTuple):
    """text: of the whole turn. asked, found: when its last part was given to the transcriber, and
    when all was there (CLOCK_MONOTONIC ns)."""

    text: str
    asked: int
    found: int


@dataclass(frozen=True)
class HeardTurn:
    """A turn: its number from 1, mono float32 [n] at 16 kHz, and its times so far. early: its
    words, where they were looked for before it was over."""

    number: int
    sound: NDArray[np.float32]
    steps: UtteranceTimes
    early: asyncio.Task[FoundWords] | None = None


Decide = Callable[[HeardTurn, str], None]
"""Takes a turn and its words, "" if none were understood."""


class TurnTranscriber:
    """Finds the words of one session's turns; `run` until cancelled."""

    def __init__(
        self,
        session: str,
        transcriber: Transcriber,
        language: str,
        emit: Callable[[ActorNews], None],
        failed: Callable[[str, str], None],
    ) -> None:
        """`failed` hears the service's name and the reason."""
        self._session = session
        self._transcriber = transcriber
        self._language = language
        self._emit = emit
        self._failed = failed
        self._turns: deque[HeardTurn] = deque()
        self._times: deque[tuple[int, UtteranceTimes]] = deque(maxlen=KEPT)
        self._arrived = asyncio.Event()
        self._partial: asyncio.Task[None] | None = None

    def put(self, spoken: HeardTurn) -> None:
        """A turn is over; its words are to be found."""
        if len(self._turns) == WAITING:
            lost = self._turns.popleft()
            if lost.early is not None:
                lost.early.cancel()
            self._trouble(lost.number, "the transcriber does not keep up: a turn was given up")
        self._turns.append(spoken)
        self._times.append((spoken.number, spoken.steps))
        self._arrived.set()

    def steps(self, turn: int) -> UtteranceTimes | None:
        """The times of a turn, if it is not long ago."""
        return next((steps for number, steps in self._times if number == turn), None)

    def glance(self, turn: int, sound: NDArray[np.float32], then: Callable[[str], None]) -> None:
        """Find the words of a turn that goes on, unless that is being done; `then` gets them."""
        if self._partial is None or self._partial.done():
            self._partial = asyncio.get_running_loop().create_task(self._look(turn, sound, then))

    async def early(self, sound: NDArray[np.float32]) -> str:
        """The words of a turn that may be over; nothing is told. Raises ServiceError."""
        return await self._transcriber.transcribe(sound, self._language)

    async def run(self, decide: Decide) -> None:
        """Find words until cancelled."""
        try:
            while True:
                while not self._turns:
                    self._arrived.clear()
                    await self._arrived.wait()
                await self._find(self._turns.popleft(), decide)
        finally:
            for task in (self._partial, *(waiting.early for waiting in self._turns)):
                if task is not None:
                    task.cancel()

    async def _find(self, spoken: HeardTurn, decide: Decide) -> None:
        def told(text: str) -> None:
            self._tell("partial", spoken.number, text)

        asked = time.monotonic_ns()
        try:
            words = await self._early(spoken)
            if words is None:
                text = await self._transcriber.transcribe(spoken.sound, self._language, told)
                words = FoundWords(text, asked, time.monotonic_ns())
        except ServiceError as error:
            self._failed(error.service, error.reason)
            self._trouble(spoken.number, str(error))
            words = FoundWords("", asked, time.monotonic_ns())
        spoken.steps.words_asked, spoken.steps.transcript = words.asked, words.found
        decide(spoken, words.text)

    async def _early(self, spoken: HeardTurn) -> FoundWords | None:
        """What was found early; None where it has to be looked for again."""
        if spoken.early is None:
            return None
        try:
            return await spoken.early
        except ServiceError as error:
            self._failed(error.service, error.reason)
            return None

    async def _look(
        self, turn: int, sound: NDArray[np.float32], then: Callable[[str], None]
    ) -> None:
        try:
            text = await self._transcriber.partial(sound, self._language)
        except ServiceError as error:
            self._failed(error.service, error.reason)
            return
        if text:
            self._tell("partial", turn, text)
            then(text)

    def _tell(self, kind: str, turn: int, text: str) -> None:
        self._emit(ActorEvent(self._session, kind, text=text, turn=turn))

    def _trouble(self, turn: int, what: str) -> None:
        self._emit(ActorEvent(self._session, "error", detail=what, turn=turn))
