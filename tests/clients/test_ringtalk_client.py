"""The Python client, both ways, against the real server."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from ringtalk_client import AsyncClient, Client, Refused, Unreachable

from tests.e2e.conftest import Served, serve

KEY = "a-key-of-a-python-program"
RATE = 24000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    keys = json.dumps([{"name": "program", "key": KEY, "scopes": ["call", "operate"]}])
    folder = str(tmp_path_factory.mktemp("recordings"))
    running = serve(RINGTALK_API_KEYS=keys, RINGTALK_RECORDING__FOLDER=folder)
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


def tone(seconds: float) -> bytes:
    wave = 0.3 * np.sin(2 * np.pi * 220 * np.arange(round(seconds * RATE)) / RATE)
    return (wave * 32767).astype("<i2").tobytes()


def test_a_program_begins_a_session_speaks_listens_and_keeps_it(
    served: Served, tmp_path: Path
) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.frombuffer(tone(0.5), "<i2"), RATE)
    with Client(served.url, key=KEY) as client, client.begin(avatar="pip") as session:
        assert "pip" in [one["name"] for one in client.avatars()]
        assert session.id in [one["sessionid"] for one in client.sessions()]
        session.record()
        session.say("Hello.", tts={"speed": 1.5})
        session.say_file(path)
        told = []
        for event in session.events():
            told.append(event)
            if [one.status for one in told].count("end") == 2:
                break
        assert told[0].id == 1
        assert [one["text"] for one in told if one.status == "sentence"] == ["Hello."]
        again = next(session.events(after=told[-2].id))
        assert again.id == told[-1].id
        session.say("This is never heard whole, for it is stopped before that.")
        for event in session.events(after=told[-1].id):
            if event.status == "start":
                assert session.is_speaking()
                session.interrupt()
            if event.status == "interrupted":
                break
        session.stop_recording()
        for event in session.events(after=told[-1].id):
            if event.status == "recording" and event["state"] == "done":
                break
        with av.open(str(session.save_recording(tmp_path / "kept.mp4"))) as film:
            assert film.streams.video[0].width == 512
        assert session.id in [one["sessionid"] for one in client.recordings()]


def test_sound_is_spoken_as_it_is_made(served: Served) -> None:
    async def story(sound: bytes) -> list[str]:
        told: list[str] = []
        async with (
            AsyncClient(served.url, key=KEY) as client,
            await client.begin(avatar="pip") as session,
            session.stream(RATE) as stream,
        ):
            for piece in range(0, len(sound), 1000):
                await stream.send(sound[piece : piece + 1000])
            await stream.commit()
            async for event in stream.events():
                told.append(event.status)
                if event.status == "end":
                    break
        return told

    told = asyncio.run(asyncio.wait_for(story(tone(0.6)), 120))
    assert "start" in told


def test_with_a_visitors_token_one_speaks_and_does_not_operate(served: Served) -> None:
    async def story() -> None:
        async with AsyncClient(served.url, key=KEY) as owner:
            token = await owner.token(seconds=30)
            session = await owner.begin(avatar="pip")
            async with AsyncClient(served.url, key=token) as visitor:
                assert await visitor.avatars()
                with pytest.raises(Refused) as refused:
                    await visitor.sessions()
                assert refused.value.status == 403
            await session.close()
            with pytest.raises(Refused) as gone:
                await session.say("Is anybody there?")
            assert gone.value.status == 404

    asyncio.run(asyncio.wait_for(story(), 120))


def test_what_is_refused_is_told_in_the_servers_words(served: Served) -> None:
    with Client(served.url) as stranger, pytest.raises(Refused, match="asks for a key") as refused:
        stranger.begin()
    assert refused.value.status == 401
    with Client(served.url, key=KEY) as client:
        with pytest.raises(Refused, match="'nobody'"):
            client.begin(avatar="nobody")
        session = client.session("12345")
        for asked in (session.interrupt, lambda: next(session.events())):
            with pytest.raises(Refused) as refused:
                asked()
            assert refused.value.status == 404
        with pytest.raises(Refused, match="12345"), session.stream():
            pass


def test_a_server_that_is_not_there_is_said_so() -> None:
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"),
    ):
        client.avatars()
