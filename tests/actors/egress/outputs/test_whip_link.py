"""A WHIP server that is real but for its size: what it is sent, and what it may answer."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from actors.egress.options import MediaOptions
from actors.egress.outputs.output import Output
from actors.egress.outputs.room.tick_taps import TickTaps
from actors.egress.shared.shared_streams import SharedStreams
from actors.egress.webrtc.timeline import Timeline
from runtime.messages import OutputTarget
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone
from tests.actors.session_rig import told


class WhipServer:
    """Takes one connection after another; `answers` are statuses given before the first 201."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.changed = asyncio.Event()
        self.connections: list[RTCPeerConnection] = []
        self.frames = 0
        self._readers: list[asyncio.Task[None]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(line.split(": ", 1) for line in head.lower().split("\r\n")[1:] if line)
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        method = head.split()[0]
        self.asked.append((method, fields.get("authorization", "")))
        text, status, more = "", 200, ""
        if method == "POST" and self.answers:
            status = self.answers.pop(0)
            more = "Location: http://elsewhere.example/\r\n"
        elif method == "POST":
            text, status, more = await self._answer(body.decode()), 201, "Location: /resource/1\r\n"
        writer.write(
            f"HTTP/1.1 {status} X\r\nConnection: close\r\n{more}"
            f"Content-Length: {len(text)}\r\n\r\n{text}".encode()
        )
        await writer.drain()
        writer.close()
        self.changed.set()

    async def _answer(self, sdp: str) -> str:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.connections.append(connection)
        connection.on(
            "track", lambda track: self._readers.append(asyncio.ensure_future(self._read(track)))
        )
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        found: str = connection.localDescription.sdp
        return found

    async def _read(self, track) -> None:  # type: ignore[no-untyped-def]
        while True:
            await track.recv()
            if track.kind == "video":
                self.frames += 1
                self.changed.set()

    async def until(self, seen: int) -> None:
        while self.frames < seen:
            self.changed.clear()
            await self.changed.wait()

    async def close(self) -> None:
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        for connection in self.connections:
            await connection.close()


class Sending:
    """An output of a session that plays on, and what it told."""

    def __init__(self, url: str, executor: ThreadPoolExecutor) -> None:
        self.told: list[tuple[str, str]] = []
        self.changed = asyncio.Event()
        self.streams = SharedStreams(SIZE, MediaOptions(), executor, lambda error: None)
        timeline = Timeline()
        timeline.begin(0)
        target = OutputTarget("whip", url, "secret")
        self.output = Output(
            target, SIZE, self.streams, MediaOptions(), timeline, TickTaps(SIZE), self._tell
        )
        self._player = asyncio.ensure_future(self._play())

    def _tell(self, state: str, why: str, attempt: int) -> None:
        self.told.append((state, why))
        self.changed.set()

    async def until(self, state: str) -> str:
        while not (found := [why for told, why in self.told if told == state]):
            self.changed.clear()
            await self.changed.wait()
        return found[-1]

    async def _play(self) -> None:
        tick = 0
        while True:
            self.streams.play(tick, tone(tick), picture(tick), repeat=False)
            tick += 1
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        await self.output.close()
        self._player.cancel()
        await asyncio.wait([self._player])
        await self.streams.close()


@asynccontextmanager
async def sending(server: WhipServer) -> AsyncIterator[Sending]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    executor = ThreadPoolExecutor(1)
    made = Sending(f"http://127.0.0.1:{port}/whip/secretkey", executor)
    try:
        yield made
    finally:
        await made.close()
        await server.close()
        listening.close()
        executor.shutdown()


def test_a_server_gets_pictures_and_hears_of_the_end() -> None:
    async def story() -> None:
        server = WhipServer()
        async with sending(server) as it:
            await it.until("live")
            await server.until(5)
            await it.output.close()
            assert server.asked == [("POST", "bearer secret"), ("DELETE", "bearer secret")]
            assert it.streams.codecs == []
            assert "secret" not in str(it.told)

    told(story())


def test_a_server_that_is_busy_is_asked_again() -> None:
    async def story() -> None:
        server = WhipServer(503)
        async with sending(server) as it:
            assert "503" in await it.until("waiting")
            await it.until("live")

    told(story())


def test_a_server_that_ends_it_is_asked_again() -> None:
    async def story() -> None:
        server = WhipServer()
        async with sending(server) as it:
            await it.until("live")
            await server.connections[0].close()
            await it.until("waiting")
            await server.until(server.frames + 5)
            assert [state for state, _ in it.told].count("live") == 2

    told(story())


@pytest.mark.parametrize("status", [301, 307, 308])
def test_nobody_is_sent_on_to_another_host(status: int) -> None:
    async def story() -> None:
        server = WhipServer(status)
        async with sending(server) as it:
            assert "elsewhere.example" in await it.until("failed")
            assert len(server.asked) == 1

    told(story())
