"""An actor process is killed; the session goes on, or ends where it must."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data.services import LlmService, SpeechStyle
from runtime.errors import NotReady
from runtime.supervisor import Worker
from server.sessions.session import Session
from tests.e2e.model_server import model_in_a_thread
from tests.server.peer_client import SILENT, PeerClient
from tests.server.real_service import LONG, SENTENCE, RealService, cache_with, settings
from tests.server.sessions.test_manager_events import until


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
            with service.events.follow(session, 0) as follower:
                await service.killed("egress")
                [*_, closed] = await until(follower, "closed")
            assert "which held its connection, died" in closed["reason"]
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


def ends(client: PeerClient) -> list[tuple[int, str]]:
    """Which utterances ended how, as the client was told."""
    told = [json.loads(text) for text in client.told]
    kinds = ("end", "interrupted", "error")
    return [(event["utterance"], event["status"]) for event in told if event["status"] in kinds]


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
            await client.until(lambda: len(ends(client)) >= 3)
            await client.listen(20)
            last = "end" if kept else "interrupted"
            assert ends(client) == [(1, "interrupted"), (2, last), (3, last)]

    try:
        made.tell(story)
    finally:
        made.stop()


def test_the_model_is_told_what_was_said_before_its_process_died(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    cache = cache_with(tmp_path_factory.mktemp("cache"))
    with model_in_a_thread(lambda messages: "Hello Ada, it is good to see you.") as model:
        service = LlmService(url=f"{model.url}/v1", model="m")
        made = RealService(settings(cache, drain_seconds=0, llm=service))

        async def ask(session: str, text: str) -> None:
            await made.speech.chat(session, text, style=SpeechStyle(), interrupt=False)

        async def story() -> None:
            async with made.session() as (session, client):
                await ask(session, "My name is Ada.")
                await client.until(lambda: not made.registry.find(session).pending)
                await ask(session, "And who are you?")
                await client.until(lambda: made.speech.is_speaking(session))
                await client.until_heard(20)
                await made.killed("ingest")
                await ask(session, "What is my name?")
                await client.until(lambda: len(model.asked) == 3)
                messages = [(one["role"], one["content"]) for one in model.asked[-1]][1:]
                assert messages[:2] == [
                    ("user", "My name is Ada."),
                    ("assistant", "Hello Ada, it is good to see you."),
                ]
                assert messages[2] == ("user", "And who are you?")
                role, cut = messages[3]
                assert role == "assistant"
                assert cut.startswith("Hello Ada")
                assert cut.endswith("…")
                assert messages[4:] == [("user", "What is my name?")]

        try:
            made.tell(story)
        finally:
            made.stop()


def test_a_session_that_ends_while_a_voice_comes_back_keeps_no_other_from_it(
    service: RealService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with (
            service.session() as (first, _),
            service.session() as (second, client),
            service.session() as (third, last),
        ):
            for session in (first, second, third):
                await service.say(session, LONG)
                await service.say(session, SENTENCE)
            await client.until_heard(5)
            reopen = service.service._client.reopen

            async def closing(session: Session, worker: Worker) -> None:
                await reopen(session, worker)
                if session.id == first:
                    await service.sessions.close(second)

            monkeypatch.setattr(service.service._client, "reopen", closing)
            await service.killed("ingest")
            await last.until(lambda: (2, "end") in ends(last))
            await service.say(third)
            await last.until(lambda: (3, "end") in ends(last))
            assert ends(last) == [(1, "interrupted"), (2, "end"), (3, "end")]

    service.tell(story)


def test_an_interrupt_while_texts_are_handed_over_ends_them_all(
    service: RealService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.say(session, LONG)
            for _ in range(4):
                await service.say(session, SENTENCE)
            await client.until_heard(5)
            request = service.service._client.request

            async def interrupted(*given: Any, restoring: bool = False) -> Any:
                answer = await request(*given, restoring=restoring)
                if restoring:
                    service.speech.interrupt(session)
                return answer

            monkeypatch.setattr(service.service._client, "request", interrupted)
            await service.killed("ingest")
            await client.until(lambda: len(ends(client)) >= 5)
            assert max((await client.listen(60))[-40:]) < SILENT
            assert ends(client) == [(number, "interrupted") for number in range(1, 6)]

    service.tell(story)
