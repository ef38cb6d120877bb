"""Recordings of real sessions: what a viewer was sent is in the film."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import (
    AlreadyRecording,
    NotRecording,
    StillRecording,
    UnknownRecording,
    UnknownSession,
)
from server.sessions.event_log import Follower
from server.sessions.recording_store import RecordingRow
from tests.actors.egress.recording.studio import watch
from tests.server.peer_client import PeerClient
from tests.server.real_service import SENTENCE, RealService, cache_with, settings


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache"))))
    yield made
    made.stop()


async def state(follower: Follower, wanted: str) -> None:
    """Wait until a recording of the session is told to be in this state."""
    while True:
        for line in await follower.next():
            if '"status":"recording"' in line.text and f'"state":"{wanted}"' in line.text:
                return


def told(real: RealService, session: str) -> Follower:
    return real.events.follow(session, 0)


def film(real: RealService, row: RecordingRow) -> Path:
    return real.runner.run(real.service.recordings.film(row.id))


def test_a_session_is_recorded_and_told_of(real: RealService) -> None:
    done: list[RecordingRow] = []

    async def story() -> None:
        recordings = real.service.recordings
        async with real.session() as (session, viewer):
            with told(real, session) as follower:
                with pytest.raises(NotRecording, match="start_record"):
                    await recordings.end(session)
                with pytest.raises(UnknownRecording, match="no recording of session"):
                    await recordings.film_of(session)
                begun = await recordings.start(session)
                with pytest.raises(AlreadyRecording, match="already"):
                    await recordings.start(session)
                assert [info.recording for info in real.sessions.all()] == [True]
                await state(follower, "recording")
                with pytest.raises(StillRecording, match="end_record"):
                    await recordings.film(begun.id)
                with pytest.raises(StillRecording):
                    await recordings.remove(begun.id)
                await real.say(session)
                await viewer.until_heard(10)
                await real.until(lambda: not real.speech.is_speaking(session))
                done.append(await recordings.end(session))
                assert [info.recording for info in real.sessions.all()] == [False]
                await state(follower, "done")
            assert await recordings.film_of(session) == await recordings.film(begun.id)
        assert await recordings.film_of(session) == await recordings.film(begun.id)
        with pytest.raises(UnknownSession):
            await recordings.start(session)

    real.tell(story)
    (row,) = done
    seen = watch(film(real, row))
    assert row.state == "done"
    assert row.kind == "mp4"
    assert row.bytes == film(real, row).stat().st_size
    assert seen.seconds == pytest.approx(row.seconds, abs=0.1)
    assert len(seen.pictures) > 20
    assert " ".join(text.replace("\n", " ") for _, _, text in seen.captions) == SENTENCE
    begin, end, _ = seen.captions[0]
    level = abs(seen.sound)
    middle = level[int(begin * 48_000) : int(end * 48_000)]
    assert middle.mean() > 10 * level[: max(1, int(begin * 48_000) - 4800)].mean()


def test_a_recording_ends_with_its_session(real: RealService) -> None:
    rows: list[RecordingRow] = []

    async def story() -> None:
        async with real.session() as (session, viewer):
            with told(real, session) as follower:
                rows.append(await real.service.recordings.start(session))
                await state(follower, "recording")
            await viewer.watch(30)
            await real.sessions.close(session)

    real.tell(story)
    (row,) = rows
    assert row.state == "done"
    assert len(watch(film(real, row)).pictures) > 10


def test_without_a_client_there_is_nothing_to_keep(real: RealService) -> None:
    async def story() -> None:
        client = PeerClient()
        try:
            answer = await real.sessions.open(await client.offer(), "offer", None)
            before = len(await real.service.recordings.all())
            await real.service.recordings.start(answer.sessionid)
            with pytest.raises(NotRecording, match="no client that is connected"):
                await real.service.recordings.end(answer.sessionid)
            assert len(await real.service.recordings.all()) == before
        finally:
            await client.close()

    real.tell(story)


def test_egress_is_killed_and_what_it_wrote_stays(real: RealService) -> None:
    rows: list[RecordingRow] = []

    async def story() -> None:
        async with real.session() as (session, viewer):
            rows.append(await real.service.recordings.start(session))
            path = real.service.recordings._store.stem(rows[0].id).with_suffix(".mp4")
            while not path.exists() or path.stat().st_size < 60_000:
                await viewer.watch(5)
            await real.killed("egress")
        await real.service._tasks.finished()
        states = {one.id: one.state for one in await real.service.recordings.all()}
        assert states[rows[0].id] == "cut"

    real.tell(story)
    (row,) = rows
    assert len(watch(film(real, row)).pictures) > 10
    real.tell(lambda: real.service.recordings.remove(row.id))
    with pytest.raises(UnknownRecording):
        film(real, row)


def test_many_at_once(real: RealService) -> None:
    async def story() -> None:
        async with real.session() as (one, first), real.session() as (two, second):
            rows = await asyncio.gather(*map(real.service.recordings.start, (one, two)))
            await asyncio.gather(first.watch(40), second.watch(40))
            ended = await asyncio.gather(*map(real.service.recordings.end, (two, one)))
            assert {row.id for row in ended} == {row.id for row in rows}
            assert {row.state for row in ended} == {"done"}

    real.tell(story)
