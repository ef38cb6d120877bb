"""The ways of ticks out of egress: to a program of this machine, and to the process of a room."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import numpy as np
import pytest

from actors.egress.options import MediaOptions
from actors.egress.outputs.link import OutputBroke
from actors.egress.outputs.room import room_link, ticks_link
from actors.egress.outputs.room.room_link import RoomLink
from actors.egress.outputs.room.tick_taps import TickTaps
from actors.egress.outputs.room.tick_wire import HEADER, SentTick, TickFrameKind, read_tick_frame
from actors.egress.outputs.room.ticks_link import PICTURES_AHEAD, TicksLink
from data.units import TICK_MS
from runtime.agent_line import LineKind, SegmentQueued, line_frame, read_line_frame
from runtime.layouts import Flag, Stage
from runtime.messages import OutputTarget
from runtime.output_kinds import ABSTRACT
from runtime.ports import Mark
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone
from tests.actors.session_rig import told, turn

EPOCH = 3
NO_FLAGS = Flag(0)
STAMPS = np.zeros((len(Stage), 2), np.int64)


def mark(tick: int, utterance: int = 0, flags: Flag = NO_FLAGS) -> Mark:
    return Mark(EPOCH, utterance, flags, tick, STAMPS, tick - 10)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def reached(name: str) -> Stream:
    """A program that connects. uvloop takes no name with a 0 in it, a socket does."""
    await turn()
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    end.connect(f"\0{name}")
    end.setblocking(False)
    return await asyncio.open_unix_connection(sock=end, limit=1 << 23)


async def connected(name: str) -> Stream:
    """A program that takes ticks; it has read the first frame."""
    reader, writer = await reached(name)
    kind, length = HEADER.unpack(await reader.readexactly(HEADER.size))
    hello = json.loads(await reader.readexactly(length))
    assert kind == TickFrameKind.HELLO
    assert hello == {
        "version": 1, "width": SIZE[0], "height": SIZE[1], "rate": 48000, "tick_ms": 40,
    }  # fmt: skip
    return reader, writer


class SpokenTicks:
    """A session's ticks in time; so many are still to be spoken."""

    def __init__(self, taps: TickTaps) -> None:
        self._taps = taps
        self.waiting, self.complete = 0, False

    async def play(self) -> None:
        number = 0
        while True:
            utterance, flags = int(self.waiting > 0 or self.complete), NO_FLAGS
            if utterance and not self.waiting:
                flags, self.complete = Flag.LAST, False
            self.waiting = max(0, self.waiting - 1)
            self._taps.play(mark(number, utterance, flags), tone(number), picture(number))
            number += 1
            await asyncio.sleep(TICK_MS / 1000)  # the sessions' clock


class Scene:
    """A link for a program that may connect."""

    def __init__(self) -> None:
        self.taps = TickTaps(SIZE)
        self.name = f"ringtalk-test-{os.getpid()}-{id(self)}"
        self.link = TicksLink(ABSTRACT + self.name, self.taps)
        self.live = asyncio.Event()
        self.running = asyncio.ensure_future(self.link.run(self.live.set))


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    it = Scene()
    yield it
    it.running.cancel()
    await asyncio.wait([it.running])
    await it.link.close()


def test_a_program_gets_each_tick_as_it_is() -> None:
    async def story() -> None:
        async with scene() as it:
            it.taps.play(mark(9), tone(9), picture(9))  # nobody is there yet
            reader, writer = await connected(it.name)
            await it.live.wait()
            it.taps.play(mark(10, 2, Flag.FIRST), tone(10), picture(10))
            it.taps.play(mark(11, 2), tone(11), None)
            it.taps.hush(4)
            sound, shown = tone(10).tobytes(), picture(10).tobytes()
            first = await read_tick_frame(reader)
            assert first == SentTick(3, 2, int(Flag.FIRST), 10, 0, sound, shown)
            second = await read_tick_frame(reader)
            assert second == SentTick(3, 2, 0, 11, 1, tone(11).tobytes())
            assert await read_tick_frame(reader) == 4
            writer.close()

    told(story())


def test_a_program_that_does_not_keep_up_gets_sound_and_then_is_let_go_of() -> None:
    async def story() -> None:
        async with scene() as it:
            _, writer = await connected(it.name)
            await it.live.wait()
            before = it.link._transport
            assert before is not None
            for tick in range(40):
                it.taps.play(mark(tick), tone(tick), picture(tick))
            most = (PICTURES_AHEAD + 2) * len(picture(0).tobytes()) + 40 * 4000
            assert before.get_write_buffer_size() < most
            for tick in range(2000):
                it.taps.play(mark(tick), tone(tick), None)
            with pytest.raises(OutputBroke, match="has left") as broke:
                await it.running
            assert broke.value.final
            writer.close()

    told(story())


def test_a_program_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks_link, "CONNECT_SECONDS", 0.05)

    async def story() -> None:
        async with scene() as it:
            with pytest.raises(OutputBroke, match="no program connected") as broke:
                await it.running
            assert broke.value.final

    told(story())


def test_another_users_program_is_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with scene() as it:
            others = os.geteuid() + 1
            with monkeypatch.context() as patched:
                patched.setattr(os, "geteuid", lambda: others)
                patched.setattr(ticks_link, "ROOT", others)
                reader, writer = await reached(it.name)
                assert await reader.read() == b""
                writer.close()
            _, writer = await connected(it.name)
            writer.close()

    told(story())


def test_an_agent_in_a_room_speaks_through_the_process_and_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_link, "MODULE", "tests.actors.egress.outputs.room.offline_room")

    async def story() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        line, answers = await asyncio.open_unix_connection(sock=ours)
        taps, live = TickTaps(SIZE), asyncio.Event()
        link = RoomLink(
            OutputTarget("livekit", "ws://x", "t"), MediaOptions(), taps, theirs.fileno()
        )
        running = asyncio.ensure_future(link.run(live.set))
        running.add_done_callback(lambda _: live.set())
        await live.wait()
        assert not running.done(), running.exception()
        speaking = SpokenTicks(taps)
        playing = asyncio.ensure_future(speaking.play())
        kinds = []
        while (came := await read_line_frame(line)) is not None:
            kinds.append(came[0])
            match came[0]:
                case LineKind.BEGIN:
                    queued = SegmentQueued(json.loads(came[1])["name"], 1, EPOCH)
                    answers.write(line_frame(LineKind.QUEUED, msgspec.json.encode(queued)))
                case LineKind.SOUND:
                    speaking.waiting += 1
                case LineKind.COMMIT:
                    speaking.complete = True
                case LineKind.RESUME:
                    break
        with pytest.raises(OutputBroke, match="the agent has left") as broke:
            await running
        assert broke.value.final
        for kind in (LineKind.CLEAR, LineKind.COMMIT, LineKind.HOLD):
            assert kind in kinds
        playing.cancel()
        await link.close()
        answers.close()
        theirs.close()

    told(story())


def test_a_room_that_cannot_be_joined_is_told_without_its_token(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def story() -> str:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            url = f"ws://127.0.0.1:{nobody.getsockname()[1]}"
        ours, theirs = socket.socketpair()
        with ours, theirs:
            target = OutputTarget("livekit", url, "a-secret-token")
            link = RoomLink(target, MediaOptions(), TickTaps(SIZE), theirs.fileno())
            with pytest.raises(OutputBroke, match="cannot be joined") as broke:
                await link.run(lambda: None)
            await link.close()
            assert not broke.value.final
            return str(broke.value)

    why = told(story())
    out, err = capfd.readouterr()
    assert "secret" not in why + out + err
