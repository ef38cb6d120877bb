"""One session's conversation with a language model.

In: what a person said. Out: the sentences of the answer, as the model's stream brings them.
The history that the model is sent holds what a person *heard* of its answers: an answer
that was interrupted ends where the ear was. Runs on ingest's loop; owns the turns, which are
bounded by the setting, and one task while an answer comes.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from actors.ingest.speech_frames import Caption
from actors.ingest.utterance import WHOLE, UtteranceTimes, heard
from data.services import LlmService
from models.chat.endpoint import ChatEndpoint
from models.chat.history import History, Message
from models.chat.sentences import SentenceStream
from models.service_error import ServiceError

NOTHING: Final = -2
BEFORE: Final = 0
"""The number of an utterance of an earlier session; this one's begin with 1."""
SENTENCES_AHEAD: Final = 1000
"""Sentences of an answer that may wait to be spoken; then the model's stream waits."""


@dataclass
class Exchange:
    """What a person asked, and what was said of the answer to it. until: the tick of the answer
    up to which it was heard, or WHOLE, or NOTHING."""

    utterance: int
    text: str
    captions: list[Caption] = field(default_factory=list)
    until: int = WHOLE

    @property
    def answer(self) -> str:
        """What was heard."""
        return "" if self.until == NOTHING else heard(self.captions, self.until)


class Conversation:
    """The turns of one session."""

    def __init__(
        self,
        service: LlmService,
        endpoint: ChatEndpoint,
        trouble: Callable[[int, str], None],
        failed: Callable[[str, str], None],
    ) -> None:
        """`trouble` hears, with the utterance's number, what went wrong; `failed` of the
        service and the reason."""
        self._service = service
        self._endpoint = endpoint
        self.trouble = trouble
        self._failed = failed
        self._turns: deque[Exchange] = deque(maxlen=max(1, service.history))

    def turns(self) -> list[Exchange]:
        """What was said, for a session that goes on with it."""
        return list(self._turns)

    def go_on(self, turns: list[Exchange]) -> None:
        """Begin with what another session said. Its utterances' numbers are not this one's."""
        self._turns.extend(replace(turn, utterance=BEFORE) for turn in turns)

    def begin(self, utterance: int, text: str) -> Exchange:
        """A person has asked something, which `utterance` is to answer."""
        turn = Exchange(utterance, text)
        self._turns.append(turn)
        return turn

    def interrupted(self, utterance: int, frame: int) -> None:
        """The ear was at this tick of this utterance when everything was stopped."""
        for turn in self._turns:
            if turn.until != WHOLE:
                continue
            if turn.utterance == utterance:
                turn.until = frame
            elif turn.utterance > utterance:
                turn.until = NOTHING

    async def answer(
        self, turn: Exchange, steps: UtteranceTimes, language: str = ""
    ) -> AsyncGenerator[str]:
        """The sentences of the answer, cut by the rules of the question's `language`.

        When the model fails, that is told, and the apology of the settings is said."""
        coming: asyncio.Queue[str | None] = asyncio.Queue(SENTENCES_AHEAD)
        task = asyncio.get_running_loop().create_task(self._ask(turn, steps, coming, language))
        try:
            while (sentence := await coming.get()) is not None:
                steps.first_sentence = steps.first_sentence or time.monotonic_ns()
                yield sentence
            await task
        except ServiceError as error:
            self._failed(error.service, error.reason)
            self.trouble(turn.utterance, str(error))
            if self._service.apology:
                yield self._service.apology
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _ask(
        self,
        turn: Exchange,
        steps: UtteranceTimes,
        coming: asyncio.Queue[str | None],
        language: str,
    ) -> None:
        sentences = SentenceStream(early=True, language=language)
        try:
            async with aclosing(self._endpoint.stream(self._messages(turn))) as stream:
                async for delta in stream:
                    steps.first_token = steps.first_token or time.monotonic_ns()
                    for sentence in sentences.push(delta):
                        await coming.put(sentence)
            for sentence in sentences.finish():
                await coming.put(sentence)
        finally:
            await coming.put(None)

    def _messages(self, turn: Exchange) -> list[Message]:
        history = History(self._service.system, self._service.history)
        for before in self._turns:
            if before is turn:
                break
            history.ask(before.text)
            if before.answer:
                history.answer(before.answer, interrupted=before.until != WHOLE)
        history.ask(turn.text)
        return history.messages()
