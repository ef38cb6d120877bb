"""What an agent sends and is told, in a room without a server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from livekit import rtc

from actors.egress.outputs.room import room_agent
from actors.egress.outputs.room.room_agent import (
    AUDIO_TOPIC,
    CLEAR,
    FINISHED,
    HOLD,
    RESUME,
    STARTED,
    RoomAgent,
)
from actors.egress.outputs.room.room_playout import RoomPlayout
from runtime.agent_line import HEADER, LineKind, SegmentBegins, SegmentQueued
from tests.actors.egress.outputs.room.fake_room import FakeRoom, FakeServer, FakeWriter
from tests.actors.egress.outputs.room.heard_track import SIZE
from tests.actors.session_rig import told


class SpokenLine:
    """The agent line, as the supervisor would read it."""

    def __init__(self) -> None:
        self.frames: list[tuple[LineKind, bytes]] = []
        self._changed = asyncio.Event()

    def write(self, data: bytes) -> None:
        kind, length = HEADER.unpack_from(data)
        assert len(data) == HEADER.size + length
        self.frames.append((LineKind(kind), data[HEADER.size :]))
        self._changed.set()

    async def drain(self) -> None:
        """There is room."""

    async def until(self, kind: LineKind, times: int = 1) -> None:
        while self.kinds.count(kind) < times:
            self._changed.clear()
            await self._changed.wait()

    @property
    def kinds(self) -> list[LineKind]:
        return [kind for kind, _ in self.frames]

    @property
    def names(self) -> list[SegmentBegins]:
        begun = [data for kind, data in self.frames if kind is LineKind.BEGIN]
        return [msgspec.json.decode(data, type=SegmentBegins) for data in begun]

    @property
    def sound(self) -> bytes:
        return b"".join(data for kind, data in self.frames if kind is LineKind.SOUND)


class Scene:
    """An agent, its face, and a stranger, who are in one room."""

    def __init__(self, server: FakeServer, agent: FakeRoom, face: FakeRoom) -> None:
        self.server, self.agent = server, agent
        self.line, self.finished = SpokenLine(), asyncio.Event()
        self.heard: list[tuple[str, str]] = []
        for method in (STARTED, FINISHED):
            agent.local_participant.register_rpc_method(method, self._hear)
        self.face = RoomAgent(face.real, "agent", self.line)
        self.playout = RoomPlayout(SIZE, self.face.started, self.face.finished)
        self.face.attend(self.playout)

    def _hear(self, call: rtc.RpcInvocationData) -> str:
        self.heard.append((call.method, call.payload))
        self.finished.set()
        return "ok"

    async def until_heard(self, count: int) -> list[tuple[str, str]]:
        while len(self.heard) < count:
            self.finished.clear()
            await self.finished.wait()
        return self.heard

    async def ask(self, method: str, room: FakeRoom | None = None) -> str:
        local = (room or self.agent).local_participant
        return await local.perform_rpc(destination_identity="face", method=method, payload="")

    async def stream(
        self, rate: object = 24000, channels: object = 1, room: FakeRoom | None = None
    ) -> FakeWriter:
        return await (room or self.agent).local_participant.stream_bytes(
            "s",
            topic=AUDIO_TOPIC,
            destination_identities=["face"],
            attributes={"sample_rate": str(rate), "num_channels": str(channels)},
        )


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    server = FakeServer()
    agent, face = await server.join("agent"), await server.join("face")
    it = Scene(server, agent, face)
    telling = asyncio.ensure_future(it.face.run())
    yield it
    telling.cancel()
    await asyncio.wait([telling])
    await it.playout.close()


def test_streams_are_utterances_in_their_order() -> None:
    async def story() -> None:
        async with scene() as it:
            first, second = await it.stream(), await it.stream(16000, 2)
            await second.write(b"\2\0\4\0" * 3)
            await first.write(b"\1\0\1")
            await first.write(b"\0")
            await first.aclose()
            await second.aclose()
            await it.line.until(LineKind.COMMIT, 2)
            assert [begun.rate for begun in it.line.names] == [24000, 16000]
            assert it.line.sound == b"\1\0\1\0" + b"\3\0" * 3, "whole samples, and mono"
            assert it.line.kinds[0] is LineKind.CLEAR, "a process before this one is over"

    told(story())


def test_a_clear_drops_the_open_stream_and_the_next_is_new() -> None:
    async def story() -> None:
        async with scene() as it:
            stream = await it.stream()
            await stream.write(b"\1\0")
            await it.line.until(LineKind.SOUND)
            assert await it.ask(CLEAR) == "ok"
            await stream.write(b"\2\0")
            await stream.aclose()
            [(method, payload)] = await it.until_heard(1)
            assert method == FINISHED
            assert json.loads(payload) == {"playback_position": 0.0, "interrupted": True}
            later = await it.stream()
            await later.write(b"\3\0")
            await later.aclose()
            await it.line.until(LineKind.COMMIT)
            assert it.line.sound == b"\1\0\3\0"
            assert it.line.kinds.count(LineKind.CLEAR) == 2

    told(story())


def test_a_stream_whose_end_is_lost_is_over_when_the_next_comes_or_nothing_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_agent, "SUPERSEDED_SECONDS", 0.01)
    monkeypatch.setattr(room_agent, "IDLE_SECONDS", 0.2)

    async def story() -> None:
        async with scene() as it:
            lost = await it.stream()
            await lost.write(b"\1\0")
            await it.line.until(LineKind.SOUND)
            last = await it.stream()
            await last.write(b"\2\0")
            await it.line.until(LineKind.BEGIN, 2)
            await it.line.until(LineKind.COMMIT)

    told(story())


def test_holding_and_going_on_are_handed_on() -> None:
    async def story() -> None:
        async with scene() as it:
            assert [await it.ask(HOLD), await it.ask(RESUME)] == ["ok", "ok"]
            assert it.line.kinds[1:] == [LineKind.HOLD, LineKind.RESUME]

    told(story())


def test_strangers_are_not_heeded() -> None:
    async def story() -> None:
        async with scene() as it:
            stranger = await it.server.join("stranger")
            for method in (CLEAR, HOLD, RESUME):
                assert await it.ask(method, stranger) == "reject"
            await (await it.stream(room=stranger)).write(b"\1\0")
            assert it.line.kinds == [LineKind.CLEAR]

    told(story())


@pytest.mark.parametrize(("rate", "channels"), [("", 1), (24000, 3), ("x", 1), (7000, 1)])
def test_sound_of_which_nobody_knows_what_it_is_is_refused(rate: object, channels: object) -> None:
    async def story() -> None:
        async with scene() as it:
            await it.stream(rate, channels)
            [(method, payload)] = await it.until_heard(1)
            assert method == FINISHED and json.loads(payload)["interrupted"]
            assert it.line.names == []

    told(story())


def test_an_agent_that_does_not_ask_when_it_begins_is_told_when_it_ends() -> None:
    async def story() -> None:
        async with scene() as it:
            it.agent.local_participant.unregister_rpc_method(STARTED)
            await it.stream()
            it.face.started()
            it.face.queued(SegmentQueued(next(iter(it.playout._segments)), 0))
            assert [method for method, _ in await it.until_heard(1)] == [FINISHED]

    told(story())


def test_an_agent_that_cannot_be_told_is_the_end() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.agent.disconnect()
            alone = asyncio.ensure_future(it.face.run())
            it.face.finished(1.0, False)
            it.face.finished(1.0, False)
            with pytest.raises(rtc.RpcError):
                await alone

    told(story())
