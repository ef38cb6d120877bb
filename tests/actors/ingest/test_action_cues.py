"""Actions among the captions of an utterance."""

import asyncio
from collections.abc import AsyncGenerator

from actors.ingest.action_cues import ActionCues
from actors.ingest.speech_frames import ChunkBatch, silence
from models.chat.action_marks import ActionMark, MarkedSentence
from runtime.exchange import Caption
from runtime.layouts import Flag

HELLO = MarkedSentence("Hello, my friend.", (ActionMark(0, "wave"), ActionMark(7, "nod")))


def sentence(text: str, at: int) -> Caption:
    return Caption("sentence", text, at, 0)


def word(text: str, at: int) -> Caption:
    return Caption("word", text, at, at + 100)


def played(sentences: list[MarkedSentence], *batches: list[Caption]) -> list[tuple[str, int]]:
    """What is told in order, each with its time; the last batch is the end of the utterance."""

    async def made() -> AsyncGenerator[ChunkBatch]:
        for captions in batches:
            yield ChunkBatch(silence(Flag(0), Flag(0)), tuple(captions))
        yield ChunkBatch(silence(Flag(0), Flag.LAST))

    async def told() -> list[Caption]:
        cues = ActionCues()
        for one in sentences:
            cues.add(one)
        return [caption async for batch in cues.within(made()) for caption in batch.captions]

    return [(caption.text, caption.start_ms) for caption in asyncio.run(told())]


def test_an_action_is_told_right_before_its_word() -> None:
    captions = [sentence("Hello, my friend.", 0), word("Hello", 0), word("my", 400)]
    assert played([HELLO], captions, [word("friend", 600)]) == [
        ("Hello, my friend.", 0),
        ("wave", 0),
        ("Hello", 0),
        ("nod", 400),
        ("my", 400),
        ("friend", 600),
    ]


def test_words_that_are_told_later_bring_their_actions_later() -> None:
    found = played([HELLO], [sentence("Hello, my friend.", 0)], [word("my", 400)])
    assert found == [("Hello, my friend.", 0), ("wave", 0), ("nod", 400), ("my", 400)]


def test_an_action_whose_word_never_comes_is_played_before_the_next_sentence_or_at_the_end() -> (
    None
):
    more = MarkedSentence("Bye.", (ActionMark(4, "bow"),))
    found = played([HELLO, more], [sentence(HELLO.text, 0)], [sentence("Bye.", 900)])
    assert found == [(HELLO.text, 0), ("wave", 0), ("nod", 900), ("Bye.", 900), ("bow", 80)]


def test_the_actions_of_a_sentence_that_nobody_can_say_are_not_lost() -> None:
    mute = MarkedSentence("Ωμέγα.", (ActionMark(0, "shrug"),))
    found = played([mute, HELLO], [sentence(HELLO.text, 0)])
    assert found[:2] == [("shrug", 0), (HELLO.text, 0)]


def test_actions_alone_are_played_as_the_silence_is() -> None:
    assert played([MarkedSentence("", (ActionMark(0, "wave"),))]) == [("wave", 0)]
