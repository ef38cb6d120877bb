"""Where speech becomes frames: runs of sound, as 20 ms chunks with the rings' marks.

In: runs (sound without a pause in between) with what is said in them. Out: batches of
chunks with the marks that the row of actors needs, FIRST and LAST of the utterance, BREAK where no
sound may follow at once, and the captions that begin in them. Async generators on ingest's
loop; each closes what it iterates. Owns nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Executor
from contextlib import aclosing
from typing import NamedTuple

import numpy as np

from data.units import CHUNK_MS, CHUNKS_PER_TICK, FEATURE_CHUNK, PLAYOUT_CHUNK
from models.sound.chunks import Chunk, Chunker
from models.sound.decode import Sound
from models.voice.speech import SpokenWord
from runtime.exchange import Caption
from runtime.layouts import Flag


class SpeechPart(NamedTuple):
    """Some of a run: its chunks; the sentence that begins with the first of them, if one
    does, or began late_ms before; and words, whose times count from the start of that sentence."""

    chunks: list[Chunk]
    sentence: str = ""
    words: tuple[SpokenWord, ...] = ()
    late_ms: int = 0


Run = AsyncGenerator[SpeechPart]
"""Sound without a pause in between."""


class MarkedChunk(NamedTuple):
    """A chunk and its marks."""

    chunk: Chunk
    flags: Flag


class ChunkBatch(NamedTuple):
    """Chunks to send, and captions known by now."""

    marked: list[MarkedChunk]
    captions: tuple[Caption, ...] = ()


async def played(sound: Sound, executor: Executor) -> Run:
    """A file is one run; it is decoded in a thread."""
    loop = asyncio.get_running_loop()
    pieces = _file(sound)
    while (chunks := await loop.run_in_executor(executor, next, pieces, None)) is not None:
        yield SpeechPart(chunks)


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


async def marked(runs: AsyncGenerator[Run]) -> AsyncGenerator[ChunkBatch]:
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
                        begun_ms = max(0, made * CHUNK_MS - said.late_ms)
                    batch: list[MarkedChunk] = []
                    for chunk in said.chunks:
                        if held is not None:
                            batch.append(MarkedChunk(held, flags))
                            flags = Flag(0)
                        held = chunk
                    made += len(said.chunks)
                    captions = tuple(_captions(said, begun_ms))
                    if batch or captions:
                        yield ChunkBatch(batch, captions)
            if held is not None:
                yield ChunkBatch([MarkedChunk(held, flags | Flag.BREAK)])
                flags = Flag(0)
    yield ChunkBatch(silence(flags, Flag.LAST))


async def streamed(chunks: AsyncGenerator[list[Chunk]]) -> AsyncGenerator[ChunkBatch]:
    """Mark sound that is made as it comes: no chunk is held back, and an empty list says
    that the source has paused: a silent tick with BREAK follows what was sent."""
    flags = Flag.FIRST
    async with aclosing(chunks):
        async for some in chunks:
            if some:
                yield ChunkBatch(
                    [
                        MarkedChunk(some[0], flags),
                        *(MarkedChunk(chunk, Flag(0)) for chunk in some[1:]),
                    ]
                )
                flags = Flag(0)
            else:
                yield ChunkBatch(silence(Flag(0), Flag(0)))
    yield ChunkBatch(silence(flags, Flag.LAST))


def silence(first: Flag, last: Flag) -> list[MarkedChunk]:
    """A silent tick behind which no sound follows at once; its first chunk bears `first`."""
    quiet = Chunk(np.zeros(FEATURE_CHUNK, np.float32), np.zeros(PLAYOUT_CHUNK, np.int16))
    flags = [first, *[Flag(0)] * (CHUNKS_PER_TICK - 1)]
    flags[-1] |= last | Flag.BREAK
    return [MarkedChunk(quiet, marks) for marks in flags]


def _captions(said: SpeechPart, begun_ms: int) -> Iterator[Caption]:
    if said.sentence:
        end = said.words[-1].end if said.words else 0.0
        yield Caption("sentence", said.sentence, begun_ms, _ms(begun_ms, end) if end else 0)
    for word in said.words:
        yield Caption("word", word.text, _ms(begun_ms, word.start), _ms(begun_ms, word.end))


def _ms(begun_ms: int, seconds: float) -> int:
    return begun_ms + round(seconds * 1000)
