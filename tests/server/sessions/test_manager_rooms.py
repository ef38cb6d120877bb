"""Sessions in rooms, in real processes: what an agent has them say, and the ticks of it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import msgspec
import numpy as np
import pytest

from actors.egress.outputs.room.tick_wire import HEADER, LAST, SentTick, read_tick_frame
from runtime.agent_line import (
    LineKind,
    SegmentBegins,
    SegmentQueued,
    line_frame,
    read_line_frame,
)
from runtime.errors import OutputRefused, RoomNotJoined
from runtime.output_kinds import ABSTRACT
from server.sessions.room_speech import RoomSpeech
from tests.server.real_service import RealService, cache_with, settings
from tests.server.sessions.test_manager_events import RATE, named, tone, until

PIECE = 10_000


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache"))))
    yield made
    made.stop()


class Room:
    """A session, its ticks, and the agent line, as the process of a room has them."""

    def __init__(self, session: str, ticks: asyncio.StreamReader, line: asyncio.StreamReader):
        self.session, self._ticks, self._line = session, ticks, line
        self.told: list[SentTick | int] = []

    async def queued(self) -> SegmentQueued:
        came = await read_line_frame(self._line)
        assert came is not None and came[0] is LineKind.QUEUED
        return msgspec.json.decode(came[1], type=SegmentQueued)

    async def tick(self) -> SentTick:
        """The next tick; interrupts are kept in `told`."""
        while True:
            came = await read_tick_frame(self._ticks)
            self.told.append(came)
            if isinstance(came, SentTick):
                return came

    async def until(self, utterance: int) -> SentTick:
        while (tick := await self.tick()).utterance != utterance:
            pass
        return tick


@asynccontextmanager
async def a_room(real: RealService) -> AsyncIterator[tuple[Room, asyncio.StreamWriter]]:
    session = await real.sessions.begin(None)
    info = await real.service.distribution.open_output(session, "ticks", "")
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.connect("\0" + info.url.removeprefix(ABSTRACT))
    end.setblocking(False)
    ticks, writer = await asyncio.open_unix_connection(sock=end, limit=1 << 23)
    _, length = HEADER.unpack(await ticks.readexactly(HEADER.size))
    hello = json.loads(await ticks.readexactly(length))
    assert hello["width"] * hello["height"] > 0
    ours, theirs = socket.socketpair()
    speech = RoomSpeech(real.registry.find(session), real.service.speech, ours)
    speaking = asyncio.ensure_future(speech.run())
    theirs.setblocking(False)
    line, agent = await asyncio.open_unix_connection(sock=theirs)
    yield Room(session, ticks, line), agent
    agent.close()
    await speaking
    writer.close()
    await real.sessions.close(session)


def says(agent: asyncio.StreamWriter, name: str, sound: bytes) -> None:
    begins = msgspec.json.encode(SegmentBegins(name, RATE))
    agent.write(line_frame(LineKind.BEGIN, begins))
    for at in range(0, len(sound), PIECE):
        agent.write(line_frame(LineKind.SOUND, sound[at : at + PIECE]))
    agent.write(line_frame(LineKind.COMMIT))


def loudness(tick: SentTick) -> int:
    return int(np.abs(np.frombuffer(tick.sound, "<i2").astype(np.int32)).max())


def test_what_an_agent_says_is_in_the_ticks_to_its_last_sample(real: RealService) -> None:
    async def story() -> None:
        async with a_room(real) as (room, agent):
            says(agent, "a", tone(0.9))
            says(agent, "b", tone(0.3))
            first, second = await room.queued(), await room.queued()
            assert (first.name, second.name) == ("a", "b")
            ticks = [await room.until(first.utterance)]
            while not ticks[-1].flags & LAST:
                ticks.append(await room.tick())
            spoken = [tick for tick in ticks if tick.utterance == first.utterance]
            assert sum(loudness(tick) > 3000 for tick in spoken) in (22, 23, 24)
            assert [tick.frame for tick in spoken] == list(range(len(spoken)))
            assert any(tick.picture for tick in spoken)
            await room.until(second.utterance)

    real.tell(story)


def test_an_agents_interrupt_and_hold_are_those_of_the_session(real: RealService) -> None:
    async def story() -> None:
        async with a_room(real) as (room, agent):
            says(agent, "a", tone(8))
            before = await room.until((await room.queued()).utterance)
            agent.write(line_frame(LineKind.HOLD))
            held = await room.until(0)
            for _ in range(10):
                assert (await room.tick()).utterance == 0
            agent.write(line_frame(LineKind.RESUME))
            after = await room.until(before.utterance)
            assert after.frame <= before.frame + held.tick - before.tick, "nothing was lost"
            agent.write(line_frame(LineKind.CLEAR))
            while 1 not in room.told:
                await room.tick()
            assert real.speech.epoch(room.session) == 1
            says(agent, "b", tone(0.3))
            queued = await room.queued()
            assert (queued.name, queued.epoch) == ("b", 1)
            await room.until(queued.utterance)

    real.tell(story)


def test_what_waits_behind_an_interrupt_is_told_to_be_missed(real: RealService) -> None:
    async def story() -> None:
        async with a_room(real) as (room, agent):
            says(agent, "a", tone(25))
            says(agent, "b", tone(0.3))
            begun = await room.queued()
            await room.until(begun.utterance)
            real.speech.interrupt(room.session)
            missed = await room.queued()
            assert (begun.name, missed.name, missed.utterance) == ("a", "b", 0)

    real.tell(story)


def test_a_room_that_leaves_lets_go_and_what_is_no_frame_is_the_end(real: RealService) -> None:
    async def story() -> None:
        async with a_room(real) as (room, agent):
            with real.events.follow(room.session, 0) as follower:
                says(agent, "a", tone(2))
                await room.until((await room.queued()).utterance)
                agent.write(line_frame(LineKind.HOLD))
                agent.write(b"\xff" * 9)
                assert named(await until(follower, "resumed"), "held")

    real.tell(story)


def test_a_room_that_is_not_there_leaves_no_session(real: RealService) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            url = f"ws://127.0.0.1:{nobody.getsockname()[1]}"
        with pytest.raises(RoomNotJoined, match=r"cannot be joined.*refused") as refused:
            await real.service.rooms.join(url, "a-secret-token", None)
        assert "secret" not in str(refused.value)
        assert real.sessions.all() == []
        with pytest.raises(OutputRefused, match="output_hosts"):
            await real.service.rooms.join("wss://example.livekit.cloud", "t", None)

    real.tell(story)
