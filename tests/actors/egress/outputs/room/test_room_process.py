"""One attempt to be in a room: what the process does between its sockets and the room."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import rtc

from actors.egress.outputs.room.room_agent import AUDIO_TOPIC, FINISHED, STARTED
from actors.egress.outputs.room.room_process import ON_BEHALF, RoomOver, RoomProcess
from actors.egress.outputs.room.room_target import RoomTarget
from actors.egress.outputs.room.tick_wire import LAST, SentTick, hush_frame, tick_frame
from runtime.agent_line import LineKind, SegmentQueued, line_frame, read_line_frame
from tests.actors.egress.outputs.room.fake_room import FakeRoom, FakeServer
from tests.actors.egress.outputs.room.heard_track import LOUD, QUIET, SIZE
from tests.actors.session_rig import told

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def pair() -> tuple[Stream, Stream]:
    """Both ends of a stream socket."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    ours, theirs = [await asyncio.open_unix_connection(sock=end, limit=1 << 22) for end in ends]
    return ours, theirs


class Scene:
    """The process, the room and the agent in it, and what egress and the supervisor see."""

    def __init__(self, server: FakeServer, egress: Stream, line: Stream) -> None:
        self.server = server
        self.reader, self.ticks = egress
        self.line = line
        self.process: asyncio.Future[None]
        self.heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.face = FakeRoom(server, "face", {ON_BEHALF: "agent"})

    def heed(self, room: FakeRoom) -> None:
        def hear(call: rtc.RpcInvocationData) -> str:
            self.heard.put_nowait((call.method, call.payload))
            return "ok"

        for method in (STARTED, FINISHED):
            room.local_participant.register_rpc_method(method, hear)

    def play(self, number: int, utterance: int = 0, flags: int = 0) -> None:
        sound = LOUD if utterance and not flags else QUIET
        self.ticks.write(tick_frame(SentTick(0, utterance, flags, number, number, sound)))


@asynccontextmanager
async def scene(refusal: str = "") -> AsyncIterator[Scene]:
    server = FakeServer()
    server.refusal = ""
    agent = await server.join("agent")
    server.refusal = refusal
    (egress, theirs), (line, its) = await pair(), await pair()
    it = Scene(server, egress, line)
    it.heed(agent)
    target = RoomTarget("ws://x", "secret", *SIZE, 1_000_000)
    process = RoomProcess(it.face.real, target, theirs[1])
    it.process = asyncio.ensure_future(process.run(theirs[0], its))
    yield it
    it.process.cancel()
    await asyncio.wait([it.process])
    for _, writer in (egress, theirs, line, its):
        writer.close()


def test_it_publishes_plays_and_tells_the_agent() -> None:
    async def story() -> None:
        async with scene() as it:
            assert json.loads(await it.reader.readline())["live"]
            published = it.face.local_participant.track_publications.values()
            assert [each.options.source for each in published] == [
                rtc.TrackSource.SOURCE_MICROPHONE,
                rtc.TrackSource.SOURCE_CAMERA,
            ]
            agent = it.server.rooms["agent"].local_participant
            attributes = {"sample_rate": "48000", "num_channels": "1"}
            stream = await agent.stream_bytes(
                "s", topic=AUDIO_TOPIC, destination_identities=["face"], attributes=attributes
            )
            await stream.write(LOUD * 3)
            await stream.aclose()
            name = ""
            while (came := await read_line_frame(it.line[0])) is not None:
                if came[0] is LineKind.BEGIN:
                    name = json.loads(came[1])["name"]
                if came[0] is LineKind.COMMIT:
                    break
            queued = json.dumps({"name": name, "utterance": 7}).encode()
            it.line[1].write(line_frame(LineKind.QUEUED, queued))
            it.play(0)
            for number in range(1, 4):
                it.play(number, 7)
            it.play(4, 7, LAST)
            assert await it.heard.get() == (STARTED, "")
            method, payload = await it.heard.get()
            told = {"playback_position": 0.12, "interrupted": False}
            assert method == FINISHED and json.loads(payload) == pytest.approx(told)
            assert SegmentQueued(name, 7).epoch == 0
            it.ticks.write(hush_frame(1))

    told(story())


def test_it_ends_with_the_agent() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.reader.readline()
            await it.server.rooms["agent"].disconnect()
            with pytest.raises(RoomOver, match="agent has left") as over:
                await it.process
            assert over.value.final and not it.face.connected

    told(story())


@pytest.mark.parametrize(
    ("reason", "final"),
    [
        (rtc.DisconnectReason.PARTICIPANT_REMOVED, True),
        (rtc.DisconnectReason.ROOM_DELETED, True),
        (rtc.DisconnectReason.SIGNAL_CLOSE, False),
    ],
)
def test_a_room_that_is_gone_is_told(reason: int, final: bool) -> None:
    async def story() -> None:
        async with scene() as it:
            await it.reader.readline()
            it.face.emit("disconnected", reason)
            with pytest.raises(RoomOver) as over:
                await it.process
            assert over.value.final is final

    told(story())


def test_a_refusal_is_told_without_the_token_and_what_another_server_said() -> None:
    async def story() -> None:
        async with scene("client error: 404 secret - <html>the intranet") as it:
            with pytest.raises(RoomOver, match=r"404 …$"):
                await it.process

    told(story())


def test_it_ends_with_its_sockets() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.reader.readline()
            it.ticks.close()
            await it.process
            assert not it.face.connected

    told(story())
