"""Sessions without a caller, in real processes: watched, sent on, and going on after a death."""

from collections.abc import Iterator
from pathlib import Path

import av
import pytest
import uvloop

from runtime.errors import (
    NotRecording,
    OutputRefused,
    TooManyOutputs,
    UnknownOutput,
    UnknownSession,
    UnknownViewer,
)
from server.sessions.local_service import PUSHED
from tests.actors.egress.recording.studio import watch
from tests.server.peer_client import PeerClient
from tests.server.real_service import RealService, a_service, cache_with, settings
from tests.server.sessions.test_manager_events import named, until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outputs")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[RealService]:
    cache = cache_with(tmp_path_factory.mktemp("cache"))
    made = RealService(settings(cache, output_folder=folder, max_outputs=2))
    yield made
    made.stop()


async def state(real: RealService, output: str, wanted: str) -> None:
    distribution = real.service.distribution
    await real.until(
        lambda: any(info.id == output and info.state == wanted for info in distribution.outputs())
    )


def test_a_session_without_a_caller_is_watched_sent_and_recorded(
    real: RealService, folder: Path
) -> None:
    async def story() -> None:
        distribution, viewer = real.service.distribution, PeerClient()
        session = await real.sessions.begin(None)
        assert [info.state for info in real.sessions.all()] == ["live"]
        output = await distribution.open_output(session, "file", "all.mp4")
        recording = await real.service.recordings.start(session)
        try:
            answer = await distribution.watch(session, await viewer.offer())
            await viewer.accept(answer.sdp)
            await viewer.watch(3)
            await real.say(session)
            await viewer.until_heard(10)
            await real.until(lambda: not real.speech.is_speaking(session))
            await state(real, output.id, "live")
            assert real.registry.find(session).viewers == 1
            await distribution.unwatch(session, answer.viewer)
            with pytest.raises(UnknownViewer):
                await distribution.unwatch(session, answer.viewer)
            done = await real.service.recordings.end(session)
            assert (done.id, done.state) == (recording.id, "done")
            assert watch(await real.service.recordings.film(done.id)).pictures
        finally:
            await viewer.close()
        await distribution.close_output(output.id)
        with pytest.raises(UnknownOutput):
            await distribution.close_output(output.id)
        await real.sessions.close(session)
        with pytest.raises(UnknownSession):
            await distribution.watch(session, "v=0")

    real.tell(story)
    with av.open(str(folder / "all.mp4")) as file:
        assert {stream.codec_context.name for stream in file.streams} == {"h264", "aac"}
        assert sum(1 for _ in file.decode(video=0)) > 25


def test_outputs_are_bounded_and_end_with_their_session(real: RealService) -> None:
    async def story() -> None:
        distribution = real.service.distribution
        session = await real.sessions.begin(None)
        for name in ("a.mkv", "b.mkv"):
            output = await distribution.open_output(session, "file", name)
        await distribution.close_output(output.id)
        with pytest.raises(OutputRefused, match=r"'a\.mkv' is sent to already"):
            await distribution.open_output(session, "file", "a.mkv")
        await distribution.open_output(session, "file", "d.mkv")
        with pytest.raises(TooManyOutputs, match="max_outputs"):
            await distribution.open_output(session, "file", "c.mkv")
        assert {info.sessionid for info in distribution.outputs(session)} == {session}
        await real.sessions.close(session)
        assert distribution.outputs() == []
        with pytest.raises(UnknownSession):
            distribution.outputs(session)

    real.tell(story)


def test_a_session_without_a_caller_outlives_egress(real: RealService, folder: Path) -> None:
    async def story() -> None:
        distribution, viewer = real.service.distribution, PeerClient()
        session = await real.sessions.begin(None)
        closed = "rtmp://127.0.0.1:1/live/key"
        output = await distribution.open_output(session, "rtmp", closed)
        await state(real, output.id, "waiting")
        film = await distribution.open_output(session, "file", "cut.mp4")
        await state(real, film.id, "live")
        recordings = real.service.recordings
        row = await recordings.start(session)
        with real.events.follow(session, 0) as follower:
            await until(follower, "recording", state="recording")
            await real.say(session)
            await until(follower, "end")
            await real.killed("egress")
            told = await until(follower, "recording", state="cut")
        why = {one["output"]: one["why"] for one in named(told, "output")}
        assert why == {
            output.id: "the process that sends it died",
            film.id: "the process that sends it died; what was written plays",
        }
        assert [info.sessionid for info in real.sessions.all()] == [session]
        await state(real, output.id, "waiting")
        await state(real, film.id, "failed")
        with pytest.raises(NotRecording):
            await recordings.end(session)
        assert watch(await recordings.film(row.id)).pictures
        await recordings.start(session)
        try:
            answer = await distribution.watch(session, await viewer.offer())
            await viewer.accept(answer.sdp)
            await viewer.watch(3)
            await real.say(session)
            await viewer.until_heard(10)
            assert (await recordings.end(session)).state == "done"
        finally:
            await viewer.close()

    real.tell(story)
    with av.open(str(folder / "cut.mp4")) as file:
        assert sum(1 for _ in file.decode(video=0)) > 10


def test_a_transport_begins_the_session_of_its_own(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache = cache_with(tmp_path_factory.mktemp("cache"))
    url = "rtmp://127.0.0.1:1/live/secret"
    real = RealService(settings(cache, transport="rtmp", push_url=url))

    async def story() -> None:
        assert [info.sessionid for info in real.sessions.all()] == [PUSHED]
        (output,) = real.service.distribution.outputs(PUSHED)
        assert output.url == "rtmp://127.0.0.1:1/live/…"
        await real.say(PUSHED)
        await real.until(lambda: real.registry.find(PUSHED).speaking)

    try:
        real.tell(story)
    finally:
        real.stop()

    async def without() -> None:
        with pytest.raises(OutputRefused, match="rtmp://"):
            await a_service(settings(cache, transport="rtmp")).start()

    uvloop.run(without())
