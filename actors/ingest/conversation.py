"""One session's conversation with a language model.

In: what a person said. Out: the sentences of the answer, as the model's stream brings them.
The history that the model is sent holds what a person *heard* of its answers: an answer
that was interrupted ends where the ear was. Runs on ingest's loop; owns the turns, which are
bounded by the setting, and one task while an answer comes.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from functools import partial
from typing import Any, Final

from actors.ingest.answer_notes import AnswerNote, AnswerNotes
from actors.ingest.utterance import UtteranceTimes, heard
from data.services import LlmService
from models.chat.action_marks import MarkedSentence
from models.chat.answer_source import AnswerSource
from models.chat.history import History, Message
from models.chat.sentences import SentenceStream
from models.chat.tool_rounds import RoundMark, ToolRounds
from models.chat.tools.moments import moment_in
from models.chat.tools.toolbox import Toolbox
from models.service_error import ServiceError
from runtime.exchange import NOTHING, WHOLE, Exchange, cut

SENTENCES_AHEAD: Final = 1000
"""Sentences of an answer that may wait to be spoken; then the model's stream waits."""


class Conversation:
    """The turns of one session."""

    def __init__(
        self,
        service: LlmService,
        endpoint: AnswerSource,
        trouble: Callable[[int, AnswerNote], None],
        failed: Callable[[str, str], None],
        toolbox: Toolbox,
    ) -> None:
        """`trouble` hears, with the utterance's number, what went wrong, and of calls of the
        `toolbox`; `failed` of the service and the reason."""
        self._service = service
        self._endpoint = endpoint
        self.trouble = trouble
        self._failed = failed
        self._toolbox = toolbox
        self._turns: deque[Exchange] = deque(maxlen=max(1, service.history))

    def go_on(self, exchanges: Iterable[Exchange]) -> None:
        """Begin with what was said before."""
        self._turns.extend(exchanges)

    def begin(self, utterance: int, text: str) -> Exchange:
        """A person has asked something, which `utterance` is to answer."""
        turn = Exchange(utterance, text)
        self._turns.append(turn)
        return turn

    def interrupted(self, utterance: int, frame: int) -> None:
        """The ear was at this tick of this utterance when everything was stopped."""
        cut(self._turns, utterance, frame)

    def adopt(self, turn: Exchange) -> None:
        """What was asked without being remembered is part of the conversation after all."""
        self._turns.append(turn)

    def notes(self, utterance: int) -> AnswerNotes:
        """Of an answer that is wanted: what is to be told is told at once."""
        return AnswerNotes(partial(self.trouble, utterance))

    async def answer(
        self,
        turn: Exchange,
        steps: UtteranceTimes,
        language: str = "",
        actions: frozenset[str] = frozenset(),
        notes: AnswerNotes | None = None,
    ) -> AsyncGenerator[MarkedSentence]:
        """The sentences of the answer, cut by the rules of the question's `language`, with those of
        the `actions` that stand in them.

        When the model fails, that is told, and the apology of the settings is said."""
        notes = notes or self.notes(turn.utterance)
        coming: asyncio.Queue[MarkedSentence | None] = asyncio.Queue(SENTENCES_AHEAD)
        cutting = partial(SentenceStream, early=True, language=language, actions=actions)
        moment = self._service.moment or moment_in(language)
        asking = self._ask(turn, steps, notes, coming, cutting, moment)
        loop = asyncio.get_running_loop()
        task, getting = loop.create_task(asking), loop.create_task(coming.get())
        try:
            if self._service.filler and await self._is_late(getting, notes.wanted):
                yield MarkedSentence(self._service.filler)
            while (sentence := await getting) is not None:
                getting = loop.create_task(coming.get())
                steps.first_sentence = steps.first_sentence or time.monotonic_ns()
                yield sentence
            await task
        except ServiceError as error:
            self._failed(error.service, error.reason)
            notes.trouble(str(error))
            if self._service.apology:
                yield MarkedSentence(self._service.apology)
        finally:
            task.cancel()
            getting.cancel()
            await asyncio.wait([task])

    async def _ask(
        self,
        turn: Exchange,
        steps: UtteranceTimes,
        notes: AnswerNotes,
        coming: asyncio.Queue[MarkedSentence | None],
        cutting: Callable[[], SentenceStream],
        moment: str,
    ) -> None:
        """moment: said once, when tools take long."""
        sentences = cutting()
        try:
            async with aclosing(self._pieces(turn, notes)) as stream:
                async for piece in stream:
                    ready: list[MarkedSentence] = []
                    if isinstance(piece, str):
                        notes.tokens += 1
                        steps.first_token = steps.first_token or time.monotonic_ns()
                        ready = sentences.push_marked(piece)
                    elif piece is RoundMark.CALLS:
                        ready, sentences = sentences.finish_marked(), cutting()
                    elif moment:
                        ready, moment = [MarkedSentence(moment)], ""
                    for sentence in ready:
                        await coming.put(sentence)
            for sentence in sentences.finish_marked():
                await coming.put(sentence)
        finally:
            await coming.put(None)

    async def _is_late(
        self, first: asyncio.Task[MarkedSentence | None], wanted: asyncio.Event
    ) -> bool:
        """Whether nothing has come so long after the answer was wanted."""
        sure = asyncio.ensure_future(wanted.wait())
        either: list[asyncio.Future[Any]] = [first, sure]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not first.done():
                await asyncio.wait([first], timeout=self._service.filler_ms / 1000)
        finally:
            sure.cancel()
        return not first.done()

    def _pieces(self, turn: Exchange, notes: AnswerNotes) -> AsyncGenerator[str | RoundMark]:
        """The model's answer, with the tools that it calls."""
        service = self._service
        rounds = ToolRounds(
            self._endpoint,
            self._toolbox,
            service.tool_rounds,
            service.moment_ms,
            notes.wanted,
            notes.note,
        )
        return rounds.answer(self.messages(turn))

    def messages(self, turn: Exchange) -> list[Message]:
        """What the model is sent for this turn, whether or not it is remembered already."""
        history = self._before(turn)
        history.ask(turn.text)
        return history.messages()

    def history(self) -> list[Message]:
        """What was said so far, as far as it was understood, and the system prompt."""
        return self._before(None).messages()

    def _before(self, turn: Exchange | None) -> History:
        history = History(self._service.system, self._service.history)
        for before in self._turns:
            if before is turn:
                break
            if not before.text.strip():
                continue
            history.ask(before.text)
            if answer := _answer_heard(before):
                history.answer(answer, interrupted=before.until != WHOLE)
        return history


def _answer_heard(exchange: Exchange) -> str:
    return "" if exchange.until == NOTHING else heard(exchange.captions, exchange.until)
