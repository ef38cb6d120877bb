"""A real server's WebSockets, with clients that send or read what nobody should."""

import asyncio
import resource
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvloop

from runtime.limits import FRAMES_AT_ONCE, FRAMES_PER_SECOND
from runtime.settings import Settings
from server.sessions.event_log import EventLog
from tests.server.service_recorder import Recorder, WatchedLog, running

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN = 0x80


def frame(opcode: int, data: bytes = b"", fin: bool = True) -> bytes:
    """A masked one (RFC 6455, 5.2), whose mask is zero."""
    assert len(data) < 126
    return bytes([opcode | (FIN if fin else 0), 0x80 | len(data)]) + bytes(4) + data


class Socket:
    """A WebSocket by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, url: httpx.URL) -> "Socket":
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            b"GET /ws?sessionid=abc HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    async def send(self, data: bytes) -> None:
        """As much as the server takes before it hangs up."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            return

    async def closed(self) -> int:
        """The code with which the server closes it; 1006 where it just hangs up."""
        try:
            while True:
                kind, length = await self.reader.readexactly(2)
                if length == 126:
                    [length] = struct.unpack(">H", await self.reader.readexactly(2))
                data = await self.reader.readexactly(length)
                if kind & 0xF == CLOSE:
                    return int.from_bytes(data[:2], "big")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 1006


def scene(act: Callable[[httpx.URL, Recorder], Awaitable[None]], **settings: Any) -> Recorder:
    service = Recorder()

    async def body() -> None:
        service.logs["abc"] = EventLog()
        async with asyncio.timeout(60), running(service, Settings(**settings)) as client:
            await act(client.base_url, service)

    uvloop.run(body())
    return service


FLOODS = {
    "empty fragments": frame(TEXT, fin=False) + frame(CONT, fin=False) * 1_000_000,
    "empty fragments of sound": frame(BINARY, fin=False) + frame(CONT, fin=False) * 1_000_000,
    "pings": frame(PING) * 1_000_000,
    "pongs": frame(PONG) * 1_000_000,
    "empty messages": frame(TEXT) * 1_000_000,
    "small messages": frame(TEXT, b"{}") * 750_000,
    "empty sounds": frame(BINARY) * 1_000_000,
    "interleaved": (frame(TEXT, b"{", fin=False) + frame(PING) + frame(CONT, b"}")) * 330_000,
}
"""6 MB each."""


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_is_closed_with_1008(name: str) -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        socket = await Socket.open(url)
        sending = asyncio.ensure_future(socket.send(FLOODS[name]))
        code = await socket.closed()
        assert code == 1008
        await sending
        socket.writer.close()
        async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
            assert (await client.get("/healthz")).status_code == 200

    scene(act)


def test_a_flood_says_why_it_is_closed() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        socket = await Socket.open(url)
        await socket.send(frame(PONG) * (FRAMES_AT_ONCE + 2 * FRAMES_PER_SECOND))
        assert await socket.closed() == 1008
        socket.writer.close()

    scene(act)


def test_an_utterance_in_small_pieces_faster_than_it_is_spoken_is_no_flood() -> None:
    """30 s of sound in pieces of 5 ms, all at once."""

    async def act(url: httpx.URL, service: Recorder) -> None:
        socket = await Socket.open(url)
        piece = bytes(120)
        ours = asyncio.ensure_future(service.streams.get())
        await socket.send(frame(BINARY, piece) * 6000)
        end = await ours
        loop = asyncio.get_running_loop()
        taken = 0
        while taken < 6000 * len(piece):
            taken += len(await loop.sock_recv(end, 1 << 16))
        await socket.send(frame(CLOSE, (1000).to_bytes(2, "big")))
        assert await socket.closed() == 1000
        end.close()
        socket.writer.close()

    scene(act)


def memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_who_pings_and_reads_nothing_is_cut_off_and_costs_no_memory() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        socket = await Socket.open(url)
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        many = frame(PING, bytes(125)) * 1000
        before = memory()
        for _ in range(900):  # 118 MB
            await asyncio.wait_for(socket.send(many), 10)
            if socket.writer.is_closing() or socket.reader.at_eof():
                break
        assert memory() - before < 30_000_000
        socket.writer.close()

    scene(act)


def test_who_reads_no_event_is_cut_off() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        log = service.logs["abc"] = WatchedLog()
        socket = await Socket.open(url)
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        before = memory()
        await log.flood()
        assert memory() - before < 60_000_000  # the log's own 1024 events are 10
        socket.writer.close()

    scene(act, unread_seconds=0.2)
