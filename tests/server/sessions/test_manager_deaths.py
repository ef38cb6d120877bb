"""An actor process is killed; the call goes on, or ends where it must."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import NotReady
from tests.server.peer_client import SILENT
from tests.server.real_service import LONG, SENTENCE, RealHouse, cache_with, settings


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHouse]:
    made = RealHouse(settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0))
    yield made
    made.stop()


def test_the_call_goes_on_without_its_voice(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            await house.say(session, LONG)
            await client.until_heard(10)
            restarts = house.calls.health().actors["ingest"].restarts
            house.kill("ingest")
            await client.until(lambda: not house.calls.is_speaking(session))
            assert max((await client.listen(40))[-20:]) < SILENT, "what it was saying is over"
            assert not house.calls._calls[session].pending
            await client.watch(10)
            await house.until(lambda: house.calls.health().ready)
            await house.say(session)
            await client.until_heard(20)
            assert house.calls.health().actors["ingest"].restarts == restarts + 1

    house.tell(story)


def test_while_a_voice_restarts_nothing_can_be_said_and_no_call_begins(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            house.kill("ingest")
            await client.until(lambda: not house.calls.health().ready)
            with pytest.raises(NotReady) as caught:
                await house.say(session)
            assert (caught.value.status, caught.value.retry_after) == (503, 1)
            assert not house.calls._calls[session].pending
            with pytest.raises(NotReady):
                await house.calls.open("v=0", "offer", None)
            await house.until(lambda: house.calls.health().ready)
            await house.say(session)
            await client.until_heard()

    house.tell(story)


def test_the_call_goes_on_without_its_face_and_so_does_what_it_says(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            await house.say(session, f"{SENTENCE} {SENTENCE} {SENTENCE}")
            await client.until_heard(10)
            await house.killed("inference")
            await client.watch(10)
            await client.until_heard(20)
            await client.until(lambda: not house.calls._calls[session].pending)
            assert not house.calls.is_speaking(session), "its end was heard too"
            await house.say(session, "I am back.")
            await client.until_heard(5)

    house.tell(story)


def test_an_interrupt_while_the_face_is_away_is_kept(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, client):
            await house.say(session, LONG)
            await client.until_heard(10)
            house.kill("inference")
            await house.until(lambda: not house.calls.health().ready)
            house.calls.interrupt(session)
            await house.until(lambda: house.calls.health().ready)
            await client.watch(5)
            assert max((await client.listen(30))[-20:]) < SILENT
            await house.say(session)
            await client.until_heard()

    house.tell(story)


def test_a_call_that_ends_while_the_face_is_away_keeps_nobody_from_going_on(
    house: RealHouse,
) -> None:
    async def story() -> None:
        async with house.call() as (first, _), house.call() as (second, client):
            house.kill("inference")
            await house.until(lambda: not house.calls.health().ready)
            await house.calls.close(first)
            await house.until(lambda: house.calls.health().ready)
            await client.watch(5)
            await house.say(second)
            await client.until_heard()

    house.tell(story)


def test_calls_end_with_the_process_that_holds_their_connection(house: RealHouse) -> None:
    async def story() -> None:
        async with house.call() as (session, _):
            await house.killed("egress")
            await house.until(lambda: not house.calls.sessions())
        async with house.call() as (session, client):
            await house.say(session)
            await client.until_heard()

    house.tell(story)


@pytest.mark.parametrize("actor", ["ingest", "compositor", "egress"])
def test_a_recording_fails_with_any_of_its_actors(
    house: RealHouse, tmp_path: Path, actor: str
) -> None:
    async def story() -> None:
        call = await house.calls.record(tmp_path / "said.mp4")
        await house.say(call.id, " ".join([LONG] * 8))
        await house.until(lambda: house.calls.is_speaking(call.id))
        house.kill(actor)
        await call.finished.wait()
        assert "died in the middle of the recording" in call.failure
        await house.until(lambda: house.calls.health().ready)
        await house.calls.close(call.id)
        assert not (tmp_path / "said.mp4").exists()

    house.tell(story)
