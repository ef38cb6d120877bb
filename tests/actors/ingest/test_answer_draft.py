"""An answer that is begun before anybody asks for it."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from actors.ingest.answer_draft import AHEAD, AnswerDraft, SessionDrafts
from actors.ingest.answer_notes import AnswerNote
from actors.ingest.speech_frames import ChunkBatch
from actors.ingest.utterance import UtteranceTimes
from models.chat.history import Message
from runtime.exchange import BEFORE, Exchange
from tests.actors.session_rig import told, turn

ASKED: list[Message] = [{"role": "user", "content": "Hello?"}]


class Source:
    """Batches that are made one after another; how many, and whether it was closed."""

    def __init__(self, count: int, failure: Exception | None = None) -> None:
        self.count, self.failure = count, failure
        self.made, self.closed = 0, False

    async def batches(self) -> AsyncGenerator[ChunkBatch]:
        try:
            for _ in range(self.count):
                self.made += 1
                yield ChunkBatch([])
            if self.failure is not None:
                raise self.failure
        finally:
            self.closed = True


def draft(text: str = "Hello?") -> AnswerDraft:
    return AnswerDraft(Exchange(BEFORE, text), list(ASKED))


def test_its_beginning_is_made_before_it_is_wanted_and_no_more() -> None:
    async def story() -> None:
        source, it = Source(100), draft()
        it.begin(source.batches())
        await turn(300)
        assert AHEAD <= source.made <= AHEAD + 1
        assert len([batch async for batch in it.batches()]) == 100
        await turn()
        assert source.closed

    told(story())


def test_one_that_is_dropped_is_closed() -> None:
    async def story() -> None:
        source, it = Source(100), draft()
        it.begin(source.batches())
        await turn(20)
        it.drop()
        await turn(20)
        assert source.closed
        assert len(asyncio.all_tasks()) == 1

    told(story())


def test_what_went_wrong_is_told_when_it_is_wanted() -> None:
    async def story() -> None:
        heard: list[AnswerNote] = []
        source, it = Source(2, OSError("gone")), draft()
        it.begin(source.batches())
        it.notes.trouble("one")
        await turn(20)
        assert heard == []
        steps = UtteranceTimes(5, voice_end=1, turn_end=2, transcript=3)
        it.steps.first_token = 1
        it.adopt(7, steps, heard.append)
        it.notes.trouble("two")
        assert heard == ["one", "two"]
        assert it.exchange.utterance == 7
        assert (it.steps.voice_end, it.steps.turn_end, it.steps.first_token) == (1, 2, 1)
        with pytest.raises(OSError, match="gone"):
            [batch async for batch in it.batches()]

    told(story())


class Drafts:
    """A session's drafts, and what was counted."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, int]] = []
        self.sources: list[Source] = []
        self.it = SessionDrafts(self.make, lambda *what: self.counted.append(what))

    def make(self, text: str) -> AnswerDraft:
        made = draft(text)
        self.sources.append(Source(3))
        made.begin(self.sources[-1].batches())
        made.notes.tokens = len(self.sources)
        return made


def test_the_same_words_are_answered_once_and_others_instead() -> None:
    async def story() -> None:
        drafts = Drafts()
        drafts.it.begin("Hello?")
        drafts.it.begin("Hello?")
        assert len(drafts.sources) == 1
        drafts.it.begin("Hello there?")
        assert drafts.counted == [("wasted", 1)]
        taken = drafts.it.take("Hello there?", lambda exchange: ASKED)
        assert taken is not None
        assert drafts.counted[1:] == [("used", 2)]
        drafts.it.drop()
        assert len(drafts.counted) == 2, "it is another's now"
        taken.drop()
        await turn(20)

    told(story())


@pytest.mark.parametrize(("text", "messages"), [("Goodbye.", ASKED), ("Hello?", ASKED * 2)])
def test_other_words_or_another_history_are_answered_anew(
    text: str, messages: list[Message]
) -> None:
    async def story() -> None:
        drafts = Drafts()
        drafts.it.begin("Hello?")
        assert drafts.it.take(text, lambda exchange: messages) is None
        assert drafts.counted == [("wasted", 1)]
        await turn(20)
        assert len(asyncio.all_tasks()) == 1

    told(story())
