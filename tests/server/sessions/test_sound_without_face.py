"""The face is killed, or stands still; what is said is heard all the same, and it comes back."""

import asyncio
import io
import json
import os
import signal
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.server.peer_client import LOUD, PeerClient
from tests.server.real_service import RealService, cache_with, settings

pytestmark = pytest.mark.realtime

SECONDS = 8
PACKETS = SECONDS * 50


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0))
    yield made
    made.stop()


def tone(seconds: float) -> int:
    """A memfd with a tone that never pauses, as a WAV file."""
    rate = 16_000
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        sound = 9_000 * np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)
        file.writeframes(sound.astype("<i2").tobytes())
    memory = os.memfd_create("tone")
    os.write(memory, buffer.getvalue())
    os.lseek(memory, 0, os.SEEK_SET)
    return memory


def kinds(client: PeerClient) -> list[str]:
    """Of all that the client was told."""
    return [json.loads(text)["status"] for text in client.told]


@asynccontextmanager
async def calling(service: RealService) -> AsyncIterator[tuple[str, PeerClient]]:
    """A session, once the face is there: a test before may have had it replaced."""
    await service.until(lambda: service.health.state().ready)
    async with service.session() as made:
        yield made


async def heard_with(service: RealService, client: PeerClient, session: str) -> list[float]:
    """The loudness of the packets from the first to the last of the tone."""
    await client.until(lambda: not service.registry.find(session).pending)
    await client.listen(20)
    loud = [number for number, level in enumerate(client.levels) if level > LOUD]
    return client.levels[loud[0] : loud[-1] + 1]


def assert_whole(levels: list[float]) -> None:
    """All of the tone was heard, in one piece, but for what a busy machine is too late for."""
    quiet = sum(level < LOUD for level in levels)
    assert quiet <= 12, f"{quiet * 20} ms of silence within the tone"
    assert PACKETS - 10 <= len(levels) - quiet <= PACKETS + 4


def test_a_killed_face_is_not_waited_for_by_the_sound(service: RealService) -> None:
    async def story() -> None:
        async with calling(service) as (session, client):
            await service.speech.say_sound(session, tone(SECONDS), "tone.wav", interrupt=False)
            await client.until_heard(50)
            await service.killed("inference")
            await client.watch(10)
            assert_whole(await heard_with(service, client, session))

    service.tell(story)


def test_a_face_that_stands_still_is_not_waited_for_by_the_sound(service: RealService) -> None:
    async def story() -> None:
        async with calling(service) as (session, client):
            await service.speech.say_sound(session, tone(SECONDS), "tone.wav", interrupt=False)
            await client.until_heard(50)
            face = service.pid("inference")
            os.kill(face, signal.SIGSTOP)
            await client.until_heard(100)
            os.kill(face, signal.SIGCONT)
            await client.watch(10)
            assert_whole(await heard_with(service, client, session))

    service.tell(story)


def test_what_is_said_while_the_face_is_away_is_heard_and_told(service: RealService) -> None:
    async def story() -> None:
        async with calling(service) as (session, client):
            face = service.pid("inference")
            os.kill(face, signal.SIGSTOP)
            await client.listen(10)
            await service.say(session, "This is said without a face.")
            await client.until_heard(20)
            await client.until(lambda: "end" in kinds(client))
            assert kinds(client).count("start") == kinds(client).count("end") == 1
            assert "word" in kinds(client)
            os.kill(face, signal.SIGCONT)
            await client.watch(10)
            await service.say(session, "And this with one.")
            await client.until_heard(20)

    service.tell(story)


def test_what_was_heard_without_the_face_is_not_heard_again_with_it(service: RealService) -> None:
    async def story() -> None:
        async with calling(service) as (session, client):
            face = service.pid("inference")
            os.kill(face, signal.SIGSTOP)
            await service.say(session, "Yes.")
            await service.say(session, "No.")
            await client.until(lambda: kinds(client).count("end") == 2)
            os.kill(face, signal.SIGCONT)
            await client.watch(25)
            assert kinds(client).count("start") == kinds(client).count("end") == 2
            assert max((await client.listen(20))[-20:]) < LOUD

    service.tell(story)


def test_an_interrupt_while_the_face_stands_still_silences(service: RealService) -> None:
    async def story() -> None:
        async with calling(service) as (session, client):
            await service.speech.say_sound(session, tone(SECONDS), "tone.wav", interrupt=False)
            await client.until_heard(50)
            face = service.pid("inference")
            os.kill(face, signal.SIGSTOP)
            await client.until_heard(20)
            service.speech.interrupt(session)
            await client.listen(20)
            assert max((await client.listen(30))[-20:]) < LOUD
            os.kill(face, signal.SIGCONT)
            await asyncio.sleep(0)
            assert max((await client.listen(50))[-20:]) < LOUD

    service.tell(story)
