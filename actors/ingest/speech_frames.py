"""Where speech becomes frames: runs of sound, as 20 ms chunks with the street's marks.

In: runs (sound without a pause in between) with what is said in them. Out: batches of
chunks with the marks that the street needs, FIRST and LAST of the utterance, BREAK where no
sound may follow at once, and the captions that begin in them. Async generators on ingest's
loop; each closes what it iterates. Owns nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Executor
from contextlib import aclosing
from typing import NamedTuple

import numpy as np

from data.units import CHUNK_MS, CHUNKS_PER_TICK, EAR_CHUNK, FEATURE_CHUNK
from models.sound.chunks import Chunk, Chunker
from models.sound.decode import Sound
from models.voice.speech import Word
from runtime.layouts import Flag


class Said(NamedTuple):
    """Some of a run: its chunks; the sentence that begins with the first of them, if one
    does; and words, whose times count from the start of that sentence."""

    chunks: list[Chunk]
    sentence: str = ""
    words: tuple[Word, ...] = ()


Run = AsyncGenerator[Said]
"""Sound without a pause in between."""


class Marked(NamedTuple):
    """A chunk and its marks."""

    chunk: Chunk
    flags: Flag


class Caption(NamedTuple):
    """A sentence or a word (`kind`); times in ms from the utterance's start, end 0 if unknown."""

    kind: str
    text: str
    start_ms: int
    end_ms: int


class Batch(NamedTuple):
    """Chunks to send, and captions known by now."""

    marked: list[Marked]
    captions: tuple[Caption, ...] = ()


async def played(sound: Sound, executor: Executor) -> Run:
    """A file is one run; it is decoded in a thread."""
    loop = asyncio.get_running_loop()
    pieces = _file(sound)
    while (chunks := await loop.run_in_executor(executor, next, pieces, None)) is not None:
        yield Said(chunks)


def _file(sound: Sound) -> Iterator[list[Chunk]]:
    with sound:
        chunker = Chunker(sound.rate)
        for piece in sound.chunks():
            yield list(chunker.push(piece))
        yield list(chunker.finish())


async def one(run: Run) -> AsyncGenerator[Run]:
    """An utterance of a single run."""
    async with aclosing(run):
        yield run


async def marked(runs: AsyncGenerator[Run]) -> AsyncGenerator[Batch]:
    """Mark an utterance's chunks; it ends with a silent tick, which bears LAST.

    One chunk is held back until it is known whether its run goes on, so that BREAK
    stands on the last one."""
    flags = Flag.FIRST
    made = 0
    async with aclosing(runs):
        async for run in runs:
            held: Chunk | None = None
            begun_ms = made * CHUNK_MS
            async with aclosing(run):
                async for said in run:
                    if said.sentence:
                        begun_ms = made * CHUNK_MS
                    batch: list[Marked] = []
                    for chunk in said.chunks:
                        if held is not None:
                            batch.append(Marked(held, flags))
                            flags = Flag(0)
                        held = chunk
                    made += len(said.chunks)
                    captions = tuple(_captions(said, begun_ms))
                    if batch or captions:
                        yield Batch(batch, captions)
            if held is not None:
                yield Batch([Marked(held, flags | Flag.BREAK)])
                flags = Flag(0)
    yield Batch(silence(flags, Flag.LAST))


async def poured(chunks: AsyncGenerator[list[Chunk]]) -> AsyncGenerator[Batch]:
    """Mark sound that is made as it comes: no chunk is held back, and an empty list says
    that the source has paused: a silent tick with BREAK follows what was sent."""
    flags = Flag.FIRST
    async with aclosing(chunks):
        async for some in chunks:
            if some:
                yield Batch(
                    [Marked(some[0], flags), *(Marked(chunk, Flag(0)) for chunk in some[1:])]
                )
                flags = Flag(0)
            else:
                yield Batch(silence(Flag(0), Flag(0)))
    yield Batch(silence(flags, Flag.LAST))


def silence(first: Flag, last: Flag) -> list[Marked]:
    """A silent tick behind which no sound follows at once; its first chunk bears `first`."""
    quiet = Chunk(np.zeros(FEATURE_CHUNK, np.float32), np.zeros(EAR_CHUNK, np.int16))
    flags = [first, *[Flag(0)] * (CHUNKS_PER_TICK - 1)]
    flags[-1] |= last | Flag.BREAK
    return [Marked(quiet, marks) for marks in flags]


def _captions(said: Said, begun_ms: int) -> Iterator[Caption]:
    if said.sentence:
        end = said.words[-1].end if said.words else 0.0
        yield Caption("sentence", said.sentence, begun_ms, _ms(begun_ms, end) if end else 0)
    for word in said.words:
        yield Caption("word", word.text, _ms(begun_ms, word.start), _ms(begun_ms, word.end))


def _ms(begun_ms: int, seconds: float) -> int:
    return begun_ms + round(seconds * 1000)
