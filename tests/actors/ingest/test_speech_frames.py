"""Marks of an utterance, and when its sound is made."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.ingest.speech_frames import (
    ChunkBatch,
    MarkedChunk,
    Run,
    SpeechPart,
    marked,
    one,
    played,
    streamed,
)
from data.units import CHUNKS_PER_TICK, FEATURE_CHUNK, PLAYOUT_CHUNK
from models.sound.chunks import Chunk
from models.sound.decode import open_sound
from models.sound.errors import SoundFormatError
from models.voice.speech import SpokenWord
from runtime.exchange import Caption
from runtime.layouts import Flag
from tests.actors.ingest.sounds import wav

FIRST, LAST, BREAK, NONE = Flag.FIRST, Flag.LAST, Flag.BREAK, Flag(0)
Pieces = list[list[int]]
"""One run: pieces of numbered chunks."""


def chunk(number: int) -> Chunk:
    ear = np.full(PLAYOUT_CHUNK, number, np.int16)
    return Chunk(np.full(FEATURE_CHUNK, number, np.float32), ear)


async def runs_of(runs: Iterable[Iterable[SpeechPart]]) -> AsyncGenerator[Run]:
    async def run(pieces: Iterable[SpeechPart]) -> Run:
        for piece in pieces:
            yield piece

    for pieces in runs:
        yield run(pieces)


def gathered(make: Callable[[], AsyncGenerator[ChunkBatch]]) -> list[ChunkBatch]:
    async def all_of() -> list[ChunkBatch]:
        return [batch async for batch in make()]

    return asyncio.run(all_of())


def mark_all(runs: list[Pieces]) -> list[MarkedChunk]:
    said = [[SpeechPart([chunk(number) for number in piece]) for piece in run] for run in runs]
    batches = gathered(lambda: marked(runs_of(said)))
    return [one for batch in batches for one in batch.marked]


def flags_of(runs: list[Pieces]) -> list[Flag]:
    return [one.flags for one in mark_all(runs)]


def test_sentences_end_in_breaks_and_a_silent_tick_ends_it_all() -> None:
    assert flags_of([[[1, 2], [3]], [[4], [5, 6]]]) == [
        *(FIRST, NONE, BREAK),
        *(NONE, NONE, BREAK),
        *(NONE, LAST | BREAK),
    ]


def test_a_single_chunk_bears_first_and_break() -> None:
    assert flags_of([[[1]]]) == [FIRST | BREAK, NONE, LAST | BREAK]


@pytest.mark.parametrize("runs", [[], [[]], [[[]], [[], []]]])
def test_without_any_sound_the_silent_tick_is_first_and_last(runs: list[Pieces]) -> None:
    assert flags_of(runs) == [FIRST, LAST | BREAK]


def test_empty_sentences_in_between_leave_no_mark() -> None:
    assert flags_of([[[]], [[1], []], [], [[2]], [[]]]) == [
        *(FIRST | BREAK, BREAK),
        *(NONE, LAST | BREAK),
    ]


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.lists(st.integers(min_value=1, max_value=99), max_size=4), max_size=4),
        max_size=4,
    )
)
def test_no_chunk_is_lost_and_each_mark_stands_where_it_must(runs: list[Pieces]) -> None:
    found = mark_all(runs)
    said = [[number for piece in run for number in piece] for run in runs]
    heard = [int(one.chunk.ear[0]) for one in found]
    assert heard == [number for run in said for number in run] + [0] * CHUNKS_PER_TICK
    assert [at for at, one in enumerate(found) if FIRST in one.flags] == [0]
    assert [at for at, one in enumerate(found) if LAST in one.flags] == [len(found) - 1]
    ends = np.cumsum([len(run) for run in said if run] + [CHUNKS_PER_TICK]) - 1
    assert [at for at, one in enumerate(found) if BREAK in one.flags] == ends.tolist()


def test_chunks_leave_as_soon_as_their_marks_are_known() -> None:
    made: list[int] = []

    async def run() -> Run:
        for number in range(1, 4):
            made.append(number)
            yield SpeechPart([chunk(number)])

    async def story() -> None:
        batches = marked(one(run()))
        batch = await anext(batches)
        assert [int(one.chunk.ear[0]) for one in batch.marked] == [1]
        assert made == [1, 2]
        await batches.aclose()

    asyncio.run(story())


def test_captions_count_from_the_start_of_the_utterance() -> None:
    def said(text: str, chunks: int, words: tuple[SpokenWord, ...]) -> list[SpeechPart]:
        some = [chunk(1)] * chunks
        return [SpeechPart(some[:2], text, words[:1]), SpeechPart(some[2:], "", words[1:])]

    runs = [
        said("Good day.", 10, (SpokenWord("Good", 0.01, 0.1), SpokenWord("day", 0.1, 0.18))),
        said("Bye.", 4, (SpokenWord("Bye", 0.02, 0.07),)),
    ]
    batches = gathered(lambda: marked(runs_of(runs)))
    assert [caption for batch in batches for caption in batch.captions] == [
        Caption("sentence", "Good day.", 0, 100),
        Caption("word", "Good", 10, 100),
        Caption("word", "day", 100, 180),
        Caption("sentence", "Bye.", 200, 270),
        Caption("word", "Bye", 220, 270),
    ]
    sent = 0
    for batch in batches:
        for caption in batch.captions:
            assert sent <= caption.start_ms // 20 + 1, "told no later than its sound is sent"
        sent += len(batch.marked)


def test_sound_that_comes_live_is_not_held_back_and_a_pause_breaks() -> None:
    async def source() -> AsyncGenerator[list[Chunk]]:
        yield [chunk(1), chunk(2)]
        yield []
        yield [chunk(3)]

    batches = gathered(lambda: streamed(source()))
    assert [[one.flags for one in batch.marked] for batch in batches] == [
        [FIRST, NONE],
        [NONE, BREAK],
        [NONE],
        [NONE, LAST | BREAK],
    ]


def test_live_sound_that_never_comes_is_a_silent_tick() -> None:
    async def source() -> AsyncGenerator[list[Chunk]]:
        nothing: list[list[Chunk]] = []
        for chunks in nothing:
            yield chunks

    [batch] = gathered(lambda: streamed(source()))
    assert [one.flags for one in batch.marked] == [FIRST, LAST | BREAK]


def closed(sound: Any) -> bool:
    """Whether a decoder refuses to go on."""
    try:
        return not list(sound.chunks())
    except (SoundFormatError, AssertionError, ValueError):
        return True


def test_a_file_is_one_run_and_is_closed_at_its_end() -> None:
    sound = open_sound(BytesIO(wav(seconds=0.1)), max_seconds=1)
    with ThreadPoolExecutor(1) as executor:
        batches = gathered(lambda: marked(one(played(sound, executor))))
    found = [one for batch in batches for one in batch.marked]
    assert [one.flags for one in found] == [
        *(FIRST, NONE, NONE, NONE, NONE, BREAK),
        *(NONE, LAST | BREAK),
    ]
    assert np.abs(found[1].chunk.ear).max() > 1000
    assert closed(sound)


def test_a_file_is_closed_when_nobody_wants_the_rest() -> None:
    sound = open_sound(BytesIO(wav(seconds=2.0)), max_seconds=3)

    async def story(executor: ThreadPoolExecutor) -> None:
        batches = marked(one(played(sound, executor)))
        await anext(batches)
        await batches.aclose()

    with ThreadPoolExecutor(1) as executor:
        asyncio.run(story(executor))
    assert closed(sound)
