"""An agent's output and the face's room process, in one room without a server."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from livekit import rtc
from livekit.agents.voice.avatar import DataStreamAudioOutput
from livekit.agents.voice.io import PlaybackFinishedEvent
from livekit.plugins.ringtalk import RingtalkException, room_output
from livekit.plugins.ringtalk.room_output import RoomAudioOutput

from actors.egress.outputs.room.room_agent import FINISHED
from runtime.agent_line import LineKind, line_frame
from tests.actors.egress.outputs.room.fake_room import FakeServer
from tests.actors.egress.outputs.room.heard_track import HeardTrack
from tests.clients.livekit.agent_fakes import RATE, frame
from tests.clients.livekit.small_session import SmallSession

PATIENCE = 60


class Scene:
    """The agent's output, the face, and what is heard of it."""

    def __init__(
        self,
        server: FakeServer,
        output: DataStreamAudioOutput,
        face: SmallSession,
        track: HeardTrack,
    ) -> None:
        self.server = server
        self.output, self.face, self.track = output, face, track
        self.finished: list[PlaybackFinishedEvent] = []
        self.started: list[float] = []
        self._changed = asyncio.Event()
        output.on("playback_finished", self._finished)
        output.on("playback_started", lambda event: self.started.append(event.created_at))

    def _finished(self, event: PlaybackFinishedEvent) -> None:
        self.finished.append(event)
        self._changed.set()

    async def until_finished(self, count: int = 1) -> PlaybackFinishedEvent:
        while len(self.finished) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.finished[-1]

    async def say(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.1)):
            await self.output.capture_frame(frame(0.1))
        self.output.flush()

    async def until_kind(self, kind: LineKind) -> None:
        await self.face.until(lambda: kind in self.face.kinds)


@asynccontextmanager
async def scene(stock: bool = False) -> AsyncIterator[Scene]:
    server = FakeServer()
    agent, room = await server.join("agent"), await server.join("face")
    face = SmallSession(room.real, "agent")
    picture = rtc.LocalVideoTrack.create_video_track("avatar_video", face.playout.video)
    await room.local_participant.publish_track(picture, rtc.TrackPublishOptions())
    kinds: dict[str, Any] = {"sample_rate": RATE}
    if stock:
        output = DataStreamAudioOutput(
            agent.real, destination_identity="face", wait_playback_start=True, **kinds
        )
    else:
        output = RoomAudioOutput(agent.real, face="face", **kinds)
    running = asyncio.ensure_future(face.run())
    async with HeardTrack(face.playout.audio, face.playout.video) as track:
        yield Scene(server, output, face, track)
    running.cancel()
    await asyncio.wait([running])
    await face.playout.close()


def told(story: Coroutine[Any, Any, None]) -> None:
    async def within() -> None:
        async with asyncio.timeout(PATIENCE):
            await story

    asyncio.run(within())


@pytest.mark.parametrize("stock", [False, True])
def test_all_is_heard_before_its_end_is_told(stock: bool) -> None:
    async def story() -> None:
        async with scene(stock) as it:
            await it.say(1.0)
            event = await it.until_finished()
            assert (round(event.playback_position, 3), event.interrupted) == (1.0, False)
            assert len(it.track.loud) >= 99, "nothing of it is still to come"
            assert len(it.started) == 1

    told(story())


def test_a_clear_is_silence_and_the_position_is_what_was_heard() -> None:
    async def story() -> None:
        async with scene() as it:
            await it.say(3.0)
            await it.track.until_loud(60)
            it.output.clear_buffer()
            cleared = time.monotonic()
            event = await it.until_finished()
            assert event.interrupted
            assert abs(event.playback_position - len(it.track.loud) / 100) <= 0.05
            await it.say(0.3)
            await it.until_finished(2)
            after = [at for at in it.track.loud if at > cleared + 0.02]
            assert 29 <= len(after) <= 31, "the next is heard, and nothing of the one before"

    told(story())


def test_a_pause_loses_nothing() -> None:
    async def story() -> None:
        async with scene() as it:
            assert it.output.can_pause
            await it.say(1.0)
            await it.track.until_loud(30)
            it.output.pause()
            it.output.pause()
            await it.until_kind(LineKind.HOLD)
            before = len(it.face.spoken)
            await it.face.until(lambda: len(it.face.spoken) >= before + 10)
            held = len(it.track.loud)
            assert held < 45 and it.face.spoken[-5:] == [0] * 5
            it.output.resume()
            event = await it.until_finished()
            assert (round(event.playback_position, 3), event.interrupted) == (1.0, False)
            assert 99 <= len(it.track.loud) <= 101
            held_kinds = [kind for kind in it.face.kinds if kind.name in ("HOLD", "RESUME")]
            assert held_kinds == [LineKind.HOLD, LineKind.RESUME]

    told(story())


@pytest.mark.parametrize("says", [True, False])
def test_a_clear_ends_a_pause(says: bool) -> None:
    async def story() -> None:
        async with scene() as it:
            if says:
                await it.say(2.0)
                await it.track.until_loud(10)
            it.output.pause()
            it.output.clear_buffer()
            it.output.resume()
            if says:
                await it.until_finished()
            await it.say(0.2)
            event = await it.until_finished(2 if says else 1)
            assert not event.interrupted

    told(story())


def test_a_face_that_leaves_is_not_waited_for_and_may_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_output, "BACK_SECONDS", 0.05)

    async def story() -> None:
        async with scene() as it:
            await it.say(3.0)
            await it.track.until_loud(10)
            room = it.face.agent._room
            await room.disconnect()
            event = await it.until_finished()
            assert event.interrupted
            with pytest.raises(RingtalkException, match="left the room"):
                await it.say(0.1)
            it.face.write(line_frame(LineKind.CLEAR))  # as the next process begins
            await it.face.until(lambda: FINISHED in [call for call, _ in it.server.calls])
            await room.connect("ws://nowhere", "token")
            await it.say(0.3)
            event = await it.until_finished(2)
            assert not event.interrupted

    told(story())
