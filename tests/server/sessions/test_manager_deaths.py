"""An actor process is killed; the session goes on, or ends where it must."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import NotReady
from tests.server.peer_client import SILENT
from tests.server.real_service import LONG, SENTENCE, RealService, cache_with, settings


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0))
    yield made
    made.stop()


def test_the_call_goes_on_without_its_voice(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.say(session, LONG)
            await client.until_heard(10)
            restarts = service.health.state().actors["ingest"].restarts
            service.kill("ingest")
            await client.until(lambda: not service.speech.is_speaking(session))
            assert max((await client.listen(40))[-20:]) < SILENT, "what it was saying is over"
            assert not service.registry.find(session).pending
            await client.watch(10)
            await service.until(lambda: service.health.state().ready)
            await service.say(session)
            await client.until_heard(20)
            assert service.health.state().actors["ingest"].restarts == restarts + 1

    service.tell(story)


def test_while_a_voice_restarts_nothing_can_be_said_and_no_call_begins(
    service: RealService,
) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            service.kill("ingest")
            await client.until(lambda: not service.health.state().ready)
            with pytest.raises(NotReady) as caught:
                await service.say(session)
            assert (caught.value.status, caught.value.retry_after) == (503, 1)
            assert not service.registry.find(session).pending
            with pytest.raises(NotReady):
                await service.sessions.open("v=0", "offer", None)
            await service.until(lambda: service.health.state().ready)
            await service.say(session)
            await client.until_heard()

    service.tell(story)


def test_the_call_goes_on_without_its_face_and_so_does_what_it_says(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.say(session, f"{SENTENCE} {SENTENCE} {SENTENCE}")
            await client.until_heard(10)
            await service.killed("inference")
            await client.watch(10)
            await client.until_heard(20)
            await client.until(lambda: not service.registry.find(session).pending)
            assert not service.speech.is_speaking(session), "its end was heard too"
            await service.say(session, "I am back.")
            await client.until_heard(5)

    service.tell(story)


def test_an_interrupt_while_the_face_is_away_is_kept(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.say(session, LONG)
            await client.until_heard(10)
            service.kill("inference")
            await service.until(lambda: not service.health.state().ready)
            service.speech.interrupt(session)
            await service.until(lambda: service.health.state().ready)
            await client.watch(5)
            assert max((await client.listen(30))[-20:]) < SILENT
            await service.say(session)
            await client.until_heard()

    service.tell(story)


def test_a_call_that_ends_while_the_face_is_away_keeps_nobody_from_going_on(
    service: RealService,
) -> None:
    async def story() -> None:
        async with service.session() as (first, _), service.session() as (second, client):
            service.kill("inference")
            await service.until(lambda: not service.health.state().ready)
            await service.sessions.close(first)
            await service.until(lambda: service.health.state().ready)
            await client.watch(5)
            await service.say(second)
            await client.until_heard()

    service.tell(story)


def test_calls_end_with_the_process_that_holds_their_connection(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            await service.killed("egress")
            await service.until(lambda: not service.sessions.all())
        async with service.session() as (session, client):
            await service.say(session)
            await client.until_heard()

    service.tell(story)


@pytest.mark.parametrize("actor", ["ingest", "compositor", "egress"])
def test_a_recording_fails_with_any_of_its_actors(
    service: RealService, tmp_path: Path, actor: str
) -> None:
    async def story() -> None:
        session = await service.sessions.record(tmp_path / "said.mp4")
        await service.say(session.id, " ".join([LONG] * 8))
        await service.until(lambda: service.speech.is_speaking(session.id))
        service.kill(actor)
        await session.finished.wait()
        assert "died in the middle of the recording" in session.failure
        await service.until(lambda: service.health.state().ready)
        await service.sessions.close(session.id)
        assert not (tmp_path / "said.mp4").exists()

    service.tell(story)


@pytest.mark.parametrize("kept", [True, False])
def test_each_text_ends_once_though_its_voice_died(
    tmp_path_factory: pytest.TempPathFactory, kept: bool
) -> None:
    made = RealService(
        settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0, keep_texts=kept)
    )

    async def story() -> None:
        async with made.session() as (session, client):
            await made.say(session, LONG)
            await made.say(session, SENTENCE)
            await made.say(session, "And this is the third.")
            await client.until_heard(10)
            await made.killed("ingest")
            await client.until(lambda: not made.registry.find(session).pending)
            told = [json.loads(text) for text in client.told]
            ends = {
                number: [event["status"] for event in told if event.get("utterance") == number]
                for number in (1, 2, 3)
            }
            assert ends[1][-1] == "interrupted"
            for number in (2, 3):
                over = [kind for kind in ends[number] if kind in ("end", "interrupted", "error")]
                assert over == (["end"] if kept else ["interrupted"])

    try:
        made.tell(story)
    finally:
        made.stop()
