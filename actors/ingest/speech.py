"""Where speech comes from: texts and files, as runs of 20 ms chunks.

In: sentences and the voices that speak them, or an opened sound. Out: batches of
chunks with the marks that the street needs: FIRST and LAST of the utterance, BREAK
where no sound may follow at once. Plain generators, iterated in ingest's worker
threads; each owns its voice's stream or its file until it is closed.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from data.units import CHUNKS_PER_TICK, EAR_CHUNK, FEATURE_CHUNK
from models.sound.chunks import Chunk, Chunker
from models.sound.decode import Sound
from models.voice.voice import Voice
from runtime.layouts import Flag

Run = Iterable[list[Chunk]]
"""Sound without a pause in between, in pieces."""


class Marked(NamedTuple):
    """A chunk and its marks."""

    chunk: Chunk
    flags: Flag


def spoken(parts: Sequence[tuple[Voice, str]], speed: float) -> Iterator[Run]:
    """One run for every sentence, each synthesised when its turn comes."""
    for voice, sentence in parts:
        yield _sentence(voice, sentence, speed)


def _sentence(voice: Voice, sentence: str, speed: float) -> Iterator[list[Chunk]]:
    chunker = Chunker(voice.rate)
    for piece in voice.speak(sentence, speed):
        yield list(chunker.push(piece))
    yield list(chunker.finish())


def played(sound: Sound) -> Iterator[Run]:
    """A file is one run."""
    yield _file(sound)


def _file(sound: Sound) -> Iterator[list[Chunk]]:
    with sound:
        chunker = Chunker(sound.rate)
        for piece in sound.chunks():
            yield list(chunker.push(piece))
        yield list(chunker.finish())


def marked(runs: Iterable[Run]) -> Iterator[list[Marked]]:
    """Mark an utterance's chunks; it ends with a silent tick, which bears LAST.

    One chunk is held back until it is known whether its run goes on, so that BREAK
    stands on the last one."""
    flags = Flag.FIRST
    for run in runs:
        held: Chunk | None = None
        for chunks in run:
            batch: list[Marked] = []
            for chunk in chunks:
                if held is not None:
                    batch.append(Marked(held, flags))
                    flags = Flag(0)
                held = chunk
            if batch:
                yield batch
        if held is not None:
            yield [Marked(held, flags | Flag.BREAK)]
            flags = Flag(0)
    yield ending(flags)


def ending(first: Flag) -> list[Marked]:
    """The silent tick that ends an utterance; its first chunk bears `first`."""
    silence = Chunk(np.zeros(FEATURE_CHUNK, np.float32), np.zeros(EAR_CHUNK, np.int16))
    flags = [first, *[Flag(0)] * (CHUNKS_PER_TICK - 1)]
    flags[-1] |= Flag.LAST | Flag.BREAK
    return [Marked(silence, marks) for marks in flags]
