"""Actions of a text, as cues: each with the word that it stands before.

In: the sentences of an utterance with their actions, and its chunks with their captions. Out: the
same chunks, with a caption of the kind `action` before each word that one stands before. Runs on
ingest's loop; owns the actions of sentences that were not heard yet.
"""

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from actors.ingest.speech_frames import ChunkBatch
from data.units import CHUNK_MS
from models.chat.action_marks import ActionMark, MarkedSentence
from runtime.exchange import Caption
from runtime.layouts import Flag

ACTION = "action"


class ActionCues:
    """Of one utterance."""

    def __init__(self) -> None:
        self._coming: deque[MarkedSentence] = deque()
        self._open: deque[ActionMark] = deque()
        """Of the sentence that is being said."""
        self._text = ""
        self._at = 0
        """Up to which its words were said."""

    def add(self, sentence: MarkedSentence) -> None:
        """A sentence will be said, if a voice can; "" stands for the end."""
        self._coming.append(sentence)

    async def within(self, batches: AsyncGenerator[ChunkBatch]) -> AsyncGenerator[ChunkBatch]:
        """The chunks with the actions among their captions."""
        made = 0
        async with aclosing(batches):
            async for batch in batches:
                captions = [one for caption in batch.captions for one in self._before(caption)]
                if any(Flag.LAST in chunk.flags for chunk in batch.marked):
                    captions += self._rest(made * CHUNK_MS)
                made += len(batch.marked)
                yield ChunkBatch(batch.marked, tuple(captions))

    def _before(self, caption: Caption) -> Iterator[Caption]:
        """The caption behind the actions that stand before it."""
        if caption.kind == "sentence":
            yield from self._begin(caption)
            yield caption
            yield from self._due(0, caption.start_ms)
            return
        if caption.kind == "word":
            found = self._text.find(caption.text, self._at)
            if found >= 0:
                yield from self._due(found, caption.start_ms)
                self._at = found + len(caption.text)
        yield caption

    def _begin(self, caption: Caption) -> Iterator[Caption]:
        """Actions that found no word, and those of sentences that nobody could say, are played
        here."""
        yield from self._due(len(self._text), caption.start_ms)
        while self._coming:
            sentence = self._coming.popleft()
            if sentence.text == caption.text:
                self._open.extend(sentence.actions)
                break
            yield from (_cue(mark, caption.start_ms) for mark in sentence.actions)
        self._text, self._at = caption.text, 0

    def _due(self, place: int, start_ms: int) -> Iterator[Caption]:
        while self._open and self._open[0].at <= place:
            yield _cue(self._open.popleft(), start_ms)

    def _rest(self, end_ms: int) -> Iterator[Caption]:
        marks = [*self._open, *(mark for one in self._coming for mark in one.actions)]
        self._open.clear()
        self._coming.clear()
        yield from (_cue(mark, end_ms) for mark in marks)


def _cue(mark: ActionMark, start_ms: int) -> Caption:
    return Caption(ACTION, mark.name, start_ms, start_ms)
