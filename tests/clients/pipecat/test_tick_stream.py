"""Ticks are read whole however they are cut, and a stream that ends says so."""

import asyncio
import json
import secrets
import struct
from collections.abc import Awaitable, Callable

import pytest
from pipecat_ringtalk.tick_stream import ABSTRACT, RATE, SOUND_BYTES, Hush, Tick, TickStream

HELLO = json.dumps({"version": 1, "width": 4, "height": 2, "rate": RATE, "tick_ms": 40}).encode()
PICTURE = bytes(range(12))


def frame(kind: int, body: bytes) -> bytes:
    return struct.pack("!BI", kind, len(body)) + body


def played(utterance: int, flags: int = 0, picture: bytes = PICTURE) -> bytes:
    head = struct.pack("!QIIqq", 3, utterance, flags, 0, 0)
    return frame(1, head + bytes(SOUND_BYTES) + picture)


def read(pieces: list[bytes], story: Callable[[TickStream], Awaitable[None]]) -> None:
    async def body() -> None:
        address = f"{ABSTRACT}test-{secrets.token_hex(8)}"

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            writer.close()

        path = f"\0{address.removeprefix(ABSTRACT)}"
        async with await asyncio.start_unix_server(serve, path):
            stream = await TickStream.open(address)
            await story(stream)
            stream.close()

    asyncio.run(asyncio.wait_for(body(), 20))


async def everything(stream: TickStream) -> list[Tick | Hush]:
    found: list[Tick | Hush] = []
    with pytest.raises(ConnectionError, match="closed the stream"):
        while True:
            found += await stream.batch()
    return found


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_ticks_are_whole_however_they_are_cut(size: int) -> None:
    whole = frame(0, HELLO) + played(1) + frame(2, struct.pack("!Q", 4)) + played(0, 2, b"")

    async def story(stream: TickStream) -> None:
        assert stream.size == (4, 2)
        first, hush, last = await everything(stream)
        assert isinstance(first, Tick)
        assert (first.epoch, first.utterance, first.last, first.picture) == (3, 1, False, PICTURE)
        assert hush == Hush(4)
        assert isinstance(last, Tick)
        assert (last.last, last.picture, len(last.sound)) == (True, b"", SOUND_BYTES)

    read([whole[at : at + size] for at in range(0, len(whole), size)], story)


def test_a_server_of_another_version_is_named() -> None:
    other = HELLO.replace(b'"version": 1', b'"version": 9')

    async def story(_: TickStream) -> None:
        raise AssertionError("it was taken")

    with pytest.raises(ConnectionError, match="known is version 1"):
        read([frame(0, other)], story)


def test_nobody_listens() -> None:
    with pytest.raises(ConnectionError):
        asyncio.run(TickStream.open(f"{ABSTRACT}nobody-{secrets.token_hex(8)}"))
