"""What a real session tells, down every way out, and sound that is poured into it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
import pytest

from data.services import SpeechStyle
from runtime.errors import NotConfigured, RingtalkError, UnknownSession
from server.sessions.event_log import Follower
from server.sessions.pcm_stream import PcmStream
from server.sessions.session import Session
from tests.server.peer_client import SILENT
from tests.server.real_service import LONG, SENTENCE, RealService, cache_with, settings

RATE = 24000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0))
    yield made
    made.stop()


def tone(seconds: float) -> bytes:
    """A loud buzz, int16 at RATE."""
    times = np.arange(round(seconds * RATE)) / RATE
    sound = 8000 * np.sin(2 * np.pi * 220 * times) + 4000 * np.sin(2 * np.pi * 660 * times)
    return bytes(sound.astype("<i2"))


async def until(follower: Follower, status: str, **fields: Any) -> list[dict[str, Any]]:
    """The events up to the first of this status with these fields."""
    found: list[dict[str, Any]] = []
    while lines := await follower.next():
        for line in lines:
            found.append(json.loads(line.text))
            if found[-1] | fields | {"status": status} == found[-1]:
                return found
    raise AssertionError(f"the session ended before {status!r}: {found}")


def named(events: list[dict[str, Any]], status: str) -> list[dict[str, Any]]:
    return [event for event in events if event["status"] == status]


def test_a_text_is_told_of_as_it_is_heard(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            with service.events.follow(session, 0) as follower:
                await service.say(session, "Good morning. Welcome to the house.")
                events = await until(follower, "state", state="idle")
                events += await until(follower, "state", state="idle")
            assert [event["id"] for event in events] == list(range(1, len(events) + 1))
            states = [event["state"] for event in named(events, "state")]
            assert states == ["idle", "speaking", "idle"]
            [start], [end] = named(events, "start"), named(events, "end")
            sentences, words = named(events, "sentence"), named(events, "word")
            assert [one["text"] for one in sentences] == ["Good morning.", "Welcome to the house."]
            assert [one["text"].strip(".") for one in words] == [
                *("Good", "morning", "Welcome", "to", "the", "house")
            ]
            assert start["utterance"] == end["utterance"] == 1
            for one in (*sentences, *words):
                due = start["tick"] + one["start_ms"] // 40
                assert one["tick"] >= due, "later only where the sound itself had to wait"
            assert [one["tick"] for one in words] == sorted(one["tick"] for one in words)
            assert words[-1]["tick"] < end["tick"]
            [turn] = named(events, "turn")
            assert (turn["utterance"], turn["turn"]) == (1, 0)
            parts = dict(turn["ms"])
            total = parts.pop("total")
            assert set(parts) == {"tts", "face"}
            assert sum(parts.values()) == pytest.approx(total, abs=0.2)
            await client.until(lambda: len(client.told) >= len(events))
            assert [json.loads(text) for text in client.told] == events

    service.tell(story)


def test_turns_are_in_the_metrics(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            with service.events.follow(session, 0) as follower:
                await service.say(session)
                await until(follower, "turn")
            text = (await service.health.metrics()).decode()
            for part in ("tts", "face", "total"):
                assert f'ringtalk_turn_seconds_count{{part="{part}"}}' in text

    service.tell(story)


def test_an_interrupt_is_told_and_nothing_of_the_utterance_follows(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            with service.events.follow(session, 0) as follower:
                await service.say(session, LONG)
                await service.say(session, LONG)
                await until(follower, "word")
                service.speech.interrupt(session)
                events = await until(follower, "interrupted", utterance=1)
                await service.say(session)
                events += await until(follower, "end")
            after = events[events.index(named(events, "interrupted")[0]) :]
            assert {event.get("utterance", 3) for event in after} <= {1, 3}
            assert [event["utterance"] for event in named(after, "start")] == [3]
            assert [event["utterance"] for event in named(after, "interrupted")] == [1]
            assert not service.registry.find(session).pending

    service.tell(story)


def test_what_a_client_holds_goes_on_where_it_was(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            with service.events.follow(session, 0) as follower:
                await service.say(session)
                await client.until_heard(5)
                service.speech.hold(session)
                service.speech.hold(session)
                assert max((await client.listen(60))[-30:]) < SILENT
                assert service.speech.is_speaking(session)
                service.speech.resume(session)
                told = await until(follower, "end")
            kinds = [event["status"] for event in told]
            assert (kinds.count("held"), kinds.count("resumed")) == (1, 1)
            assert kinds.index("held") < kinds.index("resumed")
            words = [event["text"] for event in named(told, "word")]
            assert len(words) == len(SENTENCE.split())

    service.tell(story)


def test_an_interrupt_ends_what_a_client_held(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            await service.say(session, LONG)
            await client.until_heard(5)
            service.speech.hold(session)
            service.speech.interrupt(session)
            await service.say(session)
            await client.until_heard()

    service.tell(story)


def told_of(session: Session, status: str) -> list[int]:
    """The utterances of all events of this status, in order."""
    events = (json.loads(line.text) for line in session.log._lines)
    return [event["utterance"] for event in events if event["status"] == status]


@pytest.mark.parametrize("begun", [True, False])
def test_each_accepted_utterance_that_is_interrupted_is_told(
    service: RealService, begun: bool
) -> None:
    async def story() -> None:
        async with service.session() as (name, _):
            session = service.registry.find(name)
            with service.events.follow(name, 0) as follower:
                for _ in range(3):
                    await service.say(name, LONG)
                if begun:
                    await until(follower, "word")
                service.speech.interrupt(name)
                await service.say(name, "Yes.")
                await until(follower, "end", utterance=4)
            assert told_of(session, "interrupted") == [1, 2, 3]
            assert told_of(session, "start") == ([1, 4] if begun else [4])

    service.tell(story)


def test_what_is_interrupted_on_its_way_is_told_if_it_was_accepted(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (name, _):
            session = service.registry.find(name)
            with service.events.follow(name, 0) as follower:
                saying = asyncio.ensure_future(service.say(name, LONG))
                await asyncio.wait([saying], timeout=0)
                service.speech.interrupt(name)
                with suppress(RingtalkError):
                    await saying
                await service.say(name, "Yes.")
                await until(follower, "end", utterance=2)
            assert told_of(session, "interrupted") == ([] if saying.exception() else [1])

    service.tell(story)


def test_the_end_of_the_call_is_its_last_event(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            with service.events.follow(session, 0) as follower:
                await service.sessions.close(session)
                events = await until(follower, "closed")
                assert await follower.next() == []
            assert [event["status"] for event in events] == ["state", "closed"]
            with pytest.raises(UnknownSession):
                service.events.follow(session, 0)
            with pytest.raises(UnknownSession):
                service.speech.epoch(session)

    service.tell(story)


def test_a_chat_without_a_model_and_a_guide_says_how_to_get_one(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, _):
            with pytest.raises(NotConfigured, match=r"llm\.url.*RINGTALK_LLM__URL") as caught:
                await service.speech.chat(session, "Who?", style=SpeechStyle(), interrupt=False)
            assert (caught.value.status, caught.value.retry_after) == (503, None)
            assert not service.registry.find(session).pending

    service.tell(story)


@asynccontextmanager
async def streaming(service: RealService, session: str) -> AsyncIterator[PcmStream]:
    """A client's sound on its way, as a WebSocket brings it."""
    troubles: list[str] = []

    async def trouble(why: str) -> None:
        troubles.append(why)

    async def begin(name: str) -> socket.socket:
        return (await service.speech.stream(session, RATE)).end

    stream = PcmStream(
        begin,
        lambda: service.speech.epoch(session),
        trouble,
        30 * 2 * RATE,
    )
    running = asyncio.ensure_future(stream.run())
    yield stream
    stream.finish()
    await running
    assert troubles == []


@pytest.mark.parametrize("live", [True, False], ids=["live", "at once"])
def test_poured_sound_is_heard_whole(service: RealService, live: bool) -> None:
    async def story() -> None:
        async with service.session() as (session, client), streaming(service, session) as stream:
            sound, piece = tone(1.2), RATE // 50 * 2
            loud = client.loud
            with service.events.follow(session, 0) as follower:
                for begin in range(0, len(sound), piece):
                    await stream.put(sound[begin : begin + piece])
                    if live:
                        await client.listen(1)  # the pace of the ear
                stream.commit()
                events = await until(follower, "end")
            [start], [end] = named(events, "start"), named(events, "end")
            assert end["tick"] - start["tick"] >= 30
            await client.until(lambda: client.loud - loud >= 55)
            assert max((await client.listen(40))[-20:]) < SILENT
            if not live:  # what comes live may have pauses, in which the last sound fades
                assert client.loud - loud < 65
            assert not service.registry.find(session).pending

    service.tell(story)


def test_poured_sound_is_interrupted_and_what_comes_then_is_new(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client), streaming(service, session) as stream:
            with service.events.follow(session, 0) as follower:
                await stream.put(tone(20))
                await client.until_heard(5)
                service.speech.interrupt(session)
                await until(follower, "interrupted", utterance=1)
                assert max((await client.listen(40))[-20:]) < SILENT
                assert not service.registry.find(session).pending
                await stream.put(tone(0.4))
                stream.commit()
                events = await until(follower, "end")
            assert [event["utterance"] for event in named(events, "start")] == [2]

    service.tell(story)


def test_a_call_that_ends_ends_the_pouring(service: RealService) -> None:
    async def story() -> None:
        async with service.session() as (session, client):
            _, _, end = await service.speech.stream(session, RATE)
            with end:
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(end, tone(0.5))
                await client.until_heard(5)
                await service.sessions.close(session)
                with pytest.raises(OSError, match="pipe"):
                    while True:
                        await loop.sock_sendall(end, tone(1))

    service.tell(story)
