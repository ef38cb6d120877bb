"""An answer that is thought of, and begun to be spoken, before it is sure that it is wanted.

In: what would be said, batch by batch. Out: the same, once it is asked for; its beginning is there
by then. Nothing of it is heard, told or remembered before. Runs on ingest's loop; owns a task,
which ends with the answer or with `drop`, and a bounded part of the sound.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final, Literal

from actors.ingest.answer_notes import AnswerNote, AnswerNotes
from actors.ingest.speech_frames import ChunkBatch
from actors.ingest.utterance import UtteranceTimes
from models.chat.history import Message
from runtime.exchange import Exchange

AHEAD: Final = 30
"""Batches that are made before they are wanted: three seconds at most."""
Outcome = Literal["used", "wasted"]


class AnswerDraft:
    """One answer. messages: what the model was asked, with the history as it was then."""

    def __init__(self, exchange: Exchange, messages: list[Message]) -> None:
        self.exchange, self.messages = exchange, messages
        self.steps = UtteranceTimes(0)
        self.notes = AnswerNotes()
        self.language = ""
        self._made: asyncio.Queue[ChunkBatch | None] = asyncio.Queue(AHEAD)
        self._task: asyncio.Task[None] | None = None

    def begin(self, batches: AsyncGenerator[ChunkBatch]) -> None:
        """Have it made, as far as there is room."""
        self._task = asyncio.get_running_loop().create_task(self._make(batches))

    def adopt(
        self, utterance: int, steps: UtteranceTimes, tell: Callable[[AnswerNote], None]
    ) -> None:
        """It is wanted, as this utterance: its times are those of the turn, what went wrong is
        told."""
        self.exchange.utterance = utterance
        self.steps.asked, self.steps.voice_end = steps.asked, steps.voice_end
        self.steps.turn_end, self.steps.transcript = steps.turn_end, steps.transcript
        self.steps.words_asked = steps.words_asked
        self.notes.adopt(tell)

    async def batches(self) -> AsyncGenerator[ChunkBatch]:
        """All of it; raises what making it raised."""
        assert self._task is not None, "begin first"
        try:
            while (batch := await self._made.get()) is not None:
                yield batch
            await self._task
        finally:
            self.drop()

    def drop(self) -> None:
        """Nobody wants it any more; the model's stream is closed."""
        if self._task is not None:
            self._task.cancel()

    async def _make(self, batches: AsyncGenerator[ChunkBatch]) -> None:
        try:
            async with aclosing(batches):
                async for batch in batches:
                    await self._made.put(batch)
        except Exception:
            await self._made.put(None)
            raise
        await self._made.put(None)


class SessionDrafts:
    """One session's draft, if there is one."""

    def __init__(
        self, make: Callable[[str], AnswerDraft | None], count: Callable[[Outcome, int], None]
    ) -> None:
        """`make` begins an answer to a text, None where it may not be; `count` hears what became
        of one, and of the pieces that the model had sent for it."""
        self._make, self._count = make, count
        self._draft: AnswerDraft | None = None

    def begin(self, text: str) -> None:
        """See `AnswerDrafts.begin`."""
        if self._draft is None or self._draft.exchange.text != text:
            self.drop()
            self._draft = self._make(text)

    def drop(self) -> None:
        """See `AnswerDrafts.drop`."""
        draft, self._draft = self._draft, None
        if draft is not None:
            draft.drop()
            self._count("wasted", draft.notes.tokens)

    def take(self, text: str, messages: Callable[[Exchange], list[Message]]) -> AnswerDraft | None:
        """The draft of an answer to `text`, now the caller's; None where there is none, or where
        the model would be asked something else by now."""
        draft = self._draft
        if (
            draft is None
            or draft.exchange.text != text
            or messages(draft.exchange) != draft.messages
        ):
            self.drop()
            return None
        self._draft = None
        self._count("used", draft.notes.tokens)
        return draft
