"""Local mode against a real ringtalk server on this machine, in a room without a server."""

import asyncio
import os
import re
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from livekit import rtc
from livekit.agents import AgentSession, APIConnectOptions
from livekit.agents.voice.io import AudioOutput, PlaybackFinishedEvent
from livekit.plugins.ringtalk import AvatarSession, RingtalkException

from tests.actors.egress.outputs.room.fake_room import FakeRoom, FakeServer
from tests.actors.egress.outputs.room.heard_track import HeardTrack
from tests.clients.livekit.agent_fakes import Silent, ToldVad, agent_session, frame, speech
from tests.clients.livekit.test_room_output import told

ROOT = Path(__file__).parents[3]
SERVER = (str(ROOT / ".venv/bin/python"), "-m", "server.cli.main", "serve", "--port", "0")
PLAIN = {"RINGTALK_LOG_LEVEL": "warning", "RINGTALK_ASR__KIND": "", "RINGTALK_GUIDE": "false"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of its own environment, as a user has it."""
    environment = {**os.environ, **PLAIN}
    with subprocess.Popen(
        SERVER, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"http://\S+", line) for line in process.stdout)))
        yield found.group().rstrip("/")
        process.terminate()
        assert process.wait(60) == 0


class Scene:
    """An agent with its face here; what leaves by its tracks, and what its output tells."""

    def __init__(self, session: "AgentSession[None]", detector: ToldVad, face: AvatarSession):
        self.session, self.vad, self.face = session, detector, face
        assert session.output.audio is not None
        self.output: AudioOutput = session.output.audio
        self.finished: list[PlaybackFinishedEvent] = []
        self._changed = asyncio.Event()
        self.output.on("playback_finished", self._finished)
        lent = face._face
        assert lent is not None
        self.track = HeardTrack(lent.playout.audio, lent.playout.video)

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


@asynccontextmanager
async def scene(url: str, room: FakeRoom | None = None) -> AsyncIterator[Scene]:
    room = room or await FakeServer().join("agent")
    detector = ToldVad()
    session = agent_session(detector)
    face = AvatarSession(mode="local", url=url, avatar="pip")
    await face.start(session, room.real)
    it = Scene(session, detector, face)
    try:
        async with it.track:
            yield it
    finally:
        await session.aclose()
        await face.aclose()
        await face.aclose()


def test_the_agent_publishes_a_face_that_says_what_it_is_given(url: str) -> None:
    async def story() -> None:
        room = await FakeServer().join("agent")
        async with scene(url, room) as it:
            await it.face.wait_for_join(timeout=5)
            assert it.face.avatar_identity == "agent"
            kinds = [one.kind for one in room.local_participant.track_publications.values()]
            assert kinds == [rtc.TrackKind.KIND_AUDIO, rtc.TrackKind.KIND_VIDEO]
            await it.say(1.0)
            event = await it.until_finished()
            assert (round(event.playback_position, 3), event.interrupted) == (1.0, False)
            assert 97 <= len(it.track.loud) <= 103
            assert len(it.track.pictures) > 25
        assert room.local_participant.track_publications == {}

    told(story())


def test_a_clear_is_silent_at_once_and_the_next_is_heard(url: str) -> None:
    async def story() -> None:
        async with scene(url) as it:
            await it.say(5.0)
            await it.track.until_loud(50)
            it.output.clear_buffer()
            cleared, heard = time.monotonic(), len(it.track.loud) / 100
            [event] = it.finished
            assert event.interrupted and abs(event.playback_position - heard) <= 0.06
            shown = len(it.track.pictures)
            await it.track.until_seen(shown + 10)
            assert it.track.loud[-1] < cleared + 0.02
            await it.say(0.5)
            await it.until_finished(2)
            later = [at for at in it.track.loud if at > cleared + 0.02]
            assert 45 <= len(later) <= 55

    told(story())


def test_a_cough_pauses_and_then_all_of_it_is_heard(url: str) -> None:
    async def story() -> None:
        async with scene(url) as it:
            resumed: asyncio.Queue[bool] = asyncio.Queue()
            it.session.on(
                "agent_false_interruption", lambda event: resumed.put_nowait(event.resumed)
            )
            await it.session.start(Silent())
            said = it.session.say("…", audio=speech(2.0))
            await it.track.until_loud(40)
            it.vad.hears(0.5)
            it.vad.quiet(0.5)
            assert await resumed.get()
            await said.wait_for_playout()
            gaps = [b - a for a, b in zip(it.track.loud, it.track.loud[1:], strict=False)]
            assert max(gaps) > 0.15, "it was silent meanwhile"
            [event] = it.finished
            assert (round(event.playback_position, 3), event.interrupted) == (2.0, False)
            assert 197 <= len(it.track.loud) <= 205, "nothing was lost, nothing said twice"

    told(story())


def test_a_room_that_is_connected_later_gets_the_face_then(url: str) -> None:
    async def story() -> None:
        room = FakeRoom(FakeServer(), "agent")
        async with scene(url, room) as it:
            assert room.local_participant.track_publications == {}
            await room.connect("ws://nowhere", "token")
            await it.face.wait_for_join(timeout=5)

    told(story())


def test_a_session_that_ends_is_told_and_nobody_waits(url: str) -> None:
    async def story() -> None:
        async with scene(url) as it:
            await it.say(5.0)
            await it.track.until_loud(10)
            server = it.face._server
            assert server is not None
            await server.post("/close", sessionid=it.face.sessionid)
            event = await it.until_finished()
            assert event.interrupted
            with pytest.raises(RingtalkException, match="the face is away"):
                await it.say(0.1)

    told(story())


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"avatar": "nobody"}, "nobody"), ({"url": "http://127.0.0.1:9"}, "does not answer")],
)
def test_what_is_refused_is_told(url: str, changes: dict[str, str], why: str) -> None:
    async def story() -> None:
        room = await FakeServer().join("agent")
        given = {"url": url, **changes}
        face = AvatarSession(
            mode="local",
            url=given["url"],
            avatar=given.get("avatar"),
            conn_options=APIConnectOptions(max_retry=0),
        )
        with pytest.raises(RingtalkException, match=why):
            await face.start(agent_session(ToldVad()), room.real)

    told(story())
