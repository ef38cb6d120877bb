import asyncio
import io
import json
import wave
from typing import Any

import numpy as np
import pytest

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.engines import open_transcriber
from models.hearing.openai_asr import OpenAiAsr, wav
from models.service_error import ServiceError
from tests.models.chat.scripted_service import EVENTS, Call, Script, serving

KEY = "sk-secret-0123456789"
SOUND = np.sin(np.arange(FEATURE_RATE) / 10).astype(np.float32)


def whole(status: int, kind: str, text: str, *more: str) -> Script:
    async def script(call: Call) -> None:
        await call.whole(status, kind, text, *more)

    return script


def streaming(*events: dict[str, Any] | str) -> Script:
    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        for event in events:
            data = event if isinstance(event, str) else json.dumps(event)
            await call.chunk(f"data: {data}\n\n")
        await call.end()

    return script


def heard(
    script: Script, told: list[str] | None = None, language: str = "", seconds: float = 20
) -> tuple[str, list[Call]]:
    async def body() -> tuple[str, list[Call]]:
        async with asyncio.timeout(30), serving(script) as service:
            settings = AsrService("openai", "small", service.url, KEY, seconds=seconds)
            engine = OpenAiAsr(settings)
            try:
                listener = None if told is None else told.append
                text = await engine.transcribe(SOUND, language, listener)
                return text, service.calls
            finally:
                await engine.close()

    return asyncio.run(body())


def test_a_sound_becomes_text() -> None:
    text, calls = heard(whole(200, "application/json", '{"text": " Hello [noise] there. "}'))
    assert text == "Hello there."
    assert calls[0].head.startswith("POST /v1/audio/transcriptions ")
    assert f"Bearer {KEY}" in calls[0].head
    body = calls[0].body
    assert b'name="model"\r\n\r\nsmall\r\n' in body
    assert b'name="stream"' not in body
    assert b'name="language"' not in body
    assert wav(SOUND) in body


def test_the_language_is_sent_as_whisper_knows_it() -> None:
    _, calls = heard(whole(200, "application/json", '{"text": ""}'), language="zh-CN")
    assert b'name="language"\r\n\r\nzh\r\n' in calls[0].body


def test_a_stream_is_told_as_it_grows() -> None:
    told: list[str] = []
    text, calls = heard(
        streaming(
            {"type": "transcript.text.delta", "delta": "Hel"},
            {"type": "transcript.text.delta", "delta": "lo."},
            {"type": "transcript.text.done", "text": "Hello!"},
            "[DONE]",
        ),
        told,
    )
    assert (text, told) == ("Hello!", ["Hel", "Hello."])
    assert b'name="stream"\r\n\r\ntrue\r\n' in calls[0].body


def test_a_stream_of_bare_texts() -> None:
    told: list[str] = []
    text, _ = heard(streaming({"text": "One"}, {"text": " two."}, "[DONE]"), told)
    assert (text, told) == ("One two.", ["One", "One two."])


def test_a_service_that_does_not_stream_gives_the_whole() -> None:
    told: list[str] = []
    assert heard(whole(200, "application/json", '{"text": "Hi."}'), told)[0] == "Hi."
    assert told == []


async def never(call: Call) -> None:
    await call.until_left()


async def broken(call: Call) -> None:
    await call.head_of(200, EVENTS)
    await call.chunk('data: {"type": "transcript.text.delta", "delta": "Hel"}\n\n')
    call.writer.transport.abort()


async def endless(call: Call) -> None:
    await call.head_of(200, "application/json")
    while not call.reader.at_eof():
        await call.chunk(" " * 100_000)


DELTA = {"type": "transcript.text.delta", "delta": "x"}


@pytest.mark.parametrize(
    ("script", "reason", "words"),
    [
        (never, "slow", "0.3 seconds"),
        (broken, "cut", "connection broke"),
        (streaming(DELTA), "cut", "half way"),
        (endless, "nonsense", "bytes"),
        (streaming("{oh no"), "nonsense", "oh no"),
        (streaming({"error": {"message": f"{KEY} has no money"}}), "down", "money"),
        (whole(200, "text/html", "<html>Welcome</html>"), "nonsense", "Welcome"),
        (whole(200, "application/json", '{"text": 5}'), "nonsense", "no transcription"),
        (whole(401, "application/json", f'{{"error": "key {KEY}"}}'), "refused", "401"),
        (whole(404, "application/json", "{}"), "refused", "404"),
        (whole(429, "application/json", "{}", "Retry-After: 7"), "busy", "429"),
        (whole(502, "text/html", "Bad gateway"), "down", "502"),
    ],
)
def test_a_service_that_does_not_answer(script: Script, reason: str, words: str) -> None:
    with pytest.raises(ServiceError) as caught:
        heard(script, [], seconds=0.3 if reason == "slow" else 20)
    error = caught.value
    assert error.reason == reason
    assert words in str(error)
    assert KEY not in str(error)
    assert error.retry_after == (7 if reason == "busy" else None)


def test_nobody_there() -> None:
    async def body() -> None:
        async with serving(never) as service:
            url = service.url
        engine = await open_transcriber(AsrService("openai", "m", url))
        with pytest.raises(ServiceError, match="cannot be reached") as caught:
            await engine.transcribe(SOUND)
        assert caught.value.reason == "down"
        await engine.close()

    asyncio.run(body())


def test_cancelling_closes_the_connection_and_partials_do_not_wait() -> None:
    waiting, left = asyncio.Event(), asyncio.Event()

    async def script(call: Call) -> None:
        waiting.set()
        await call.until_left()
        left.set()

    async def body() -> None:
        async with asyncio.timeout(30), serving(script) as service:
            engine = OpenAiAsr(AsrService("openai", "m", service.url))
            task = asyncio.create_task(engine.transcribe(SOUND))
            await waiting.wait()
            assert await engine.partial(SOUND) is None
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await left.wait()
            await engine.close()

    asyncio.run(body())


def test_sounds_that_are_too_short_or_too_long_are_not_sent() -> None:
    async def body() -> None:
        engine = OpenAiAsr(AsrService("openai", "m", "http://127.0.0.1:9"))
        assert await engine.transcribe(SOUND[:100]) == ""
        with pytest.raises(ValueError, match="at most 60 s"):
            await engine.transcribe(np.zeros(61 * FEATURE_RATE, np.float32))
        await engine.close()

    asyncio.run(body())


@pytest.mark.parametrize(
    ("service", "name"),
    [(AsrService(model="m"), "url"), (AsrService(url="http://localhost/v1"), "model")],
)
def test_settings_that_leave_something_out(service: AsrService, name: str) -> None:
    with pytest.raises(ValueError, match=f"asr.{name}"):
        OpenAiAsr(service)


def test_a_wav_file_is_clipped_and_not_wrapped() -> None:
    with wave.open(io.BytesIO(wav(np.array([0, 2, -2, 0.5], np.float32)))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16000, 1, 2)
        assert np.frombuffer(file.readframes(4), "<i2").tolist() == [0, 32767, -32767, 16383]
