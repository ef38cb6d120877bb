"""Sound that a client makes as it goes, from a socket to 20 ms chunks.

In: one end of a stream socket with int16 little-endian mono at a known rate; its end says
that the utterance is complete. Out: lists of chunks as they come, an empty one when the
source pauses. A reader that does not keep up makes the writer wait. Runs on ingest's loop;
owns the socket.
"""

import asyncio
import socket
from collections.abc import AsyncGenerator
from typing import Final

import numpy as np

from models.sound.chunks import Chunk, Chunker

PAUSE_SECONDS: Final = 0.12
"""Nothing for so long is a pause: the last words must not wait for the next ones."""
READ: Final = 1 << 14
FULL_SCALE: Final = np.float32(1 / 32768)
SAMPLE: Final = 2


async def pcm(source: socket.socket, rate: int) -> AsyncGenerator[list[Chunk]]:
    """Chunks of what `source` brings, until it ends; it is closed then."""
    loop = asyncio.get_running_loop()
    chunker: Chunker | None = None
    rest = b""
    with source:
        source.setblocking(False)
        while True:
            reading = loop.create_task(loop.sock_recv(source, READ))
            try:
                if chunker is not None and not await _comes(reading):
                    yield list(chunker.finish())
                    yield []
                    chunker = None
                data = await reading
            finally:
                reading.cancel()
            if not data:
                break
            data = rest + data
            whole = len(data) - len(data) % SAMPLE
            data, rest = data[:whole], data[whole:]
            chunker = chunker or Chunker(rate)
            samples = np.frombuffer(data, "<i2").astype(np.float32) * FULL_SCALE
            if chunks := list(chunker.push(samples)):
                yield chunks
        if chunker is not None:
            yield list(chunker.finish())


async def _comes(reading: asyncio.Task[bytes]) -> bool:
    """Whether something is read before the source counts as pausing."""
    done, _ = await asyncio.wait([reading], timeout=PAUSE_SECONDS)
    return bool(done)
