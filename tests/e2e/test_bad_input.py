"""What callers get wrong: a clear 4xx, and the same call still speaks."""

import asyncio
import io
import struct
import wave
from typing import Any

import httpx
import numpy as np
import pytest
import uvloop

from tests.e2e.caller import Caller
from tests.e2e.conftest import Served
from tests.models.sound.conftest import encoded
from tests.models.sound.lying_headers import LIES


def wav(seconds: float, rate: int = 16_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        tone = 9_000 * np.sin(2 * np.pi * 300 * np.arange(int(seconds * rate)) / rate)
        file.writeframes(tone.astype("<i2").tobytes())
    return buffer.getvalue()


def two_hours() -> bytes:
    """The header of a 2-hour recording at 8 kHz, 8 bit, and all of its 57.6 MB."""
    size = 2 * 3600 * 8000
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return (
        struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE")
        + form
        + struct.pack("<4sI", b"data", size)
        + bytes([128]) * size
    )


UPLOADS = {
    "a text file": (b"This is no sound at all, it is a letter to my aunt.\n" * 20, 415, "wav"),
    "an empty file": (b"", 422, "empty"),
    "a truncated wav": (wav(2.0)[:20_000], 422, "sound.wav"),
    "a 2-hour wav": (two_hours(), 413, "1800 s"),
}


@pytest.mark.parametrize("what", UPLOADS)
def test_a_bad_upload_is_refused_with_a_reason(served: Served, what: str) -> None:
    content, status, reason = UPLOADS[what]

    async def story() -> None:
        async with Caller(served.url) as caller:
            answer = await caller.upload(content)
            assert answer.status_code == status
            assert answer.json()["code"] == -1
            assert reason in answer.json()["msg"]
            assert (await caller.say("I am still here.")).json()["code"] == 0
            await caller.hear()

    uvloop.run(story())


BODIES: dict[str, tuple[dict[str, Any], int, str]] = {
    "an unknown type": ({"type": "sing", "text": "la"}, 422, "echo"),
    "no text": ({"type": "echo"}, 422, "text"),
    "empty text": ({"type": "echo", "text": " "}, 422, "text"),
    "text without words": ({"type": "echo", "text": "?!…"}, 422, "nothing to speak"),
    "text too long": ({"type": "echo", "text": "word " * 2000}, 422, "5000"),
    "an unknown voice": (
        {"type": "echo", "text": "Hi.", "tts": {"voice": "caruso"}},
        422,
        "hibari",
    ),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_bad_request_is_refused_with_what_is_allowed(served: Served, what: str) -> None:
    body, status, allowed = BODIES[what]

    async def story() -> None:
        async with Caller(served.url) as caller:
            answer = await caller.post("/human", {"sessionid": caller.sessionid, **body})
            assert answer.status_code == status, answer.text
            assert allowed in answer.json()["msg"]
            assert (await caller.say("I am still here.")).json()["code"] == 0
            await caller.hear()

    uvloop.run(story())


def test_malformed_json_and_unknown_sessions_are_told_apart(served: Served) -> None:
    malformed = httpx.post(f"{served.url}/human", content=b'{"sessionid": ')
    assert (malformed.status_code, malformed.json()["code"]) == (400, -1)
    for path in ("/human", "/interrupt_talk", "/is_speaking"):
        body = {"sessionid": "0000", "type": "echo", "text": "Hello."}
        unknown = httpx.post(f"{served.url}{path}", json=body)
        assert unknown.status_code == 404
        assert "'0000'" in unknown.json()["msg"]


def test_garbage_offers_leave_no_session(served: Served) -> None:
    for sdp in ("garbage", "v=0\r\n", "", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 3):
        answer = httpx.post(f"{served.url}/offer", json={"sdp": sdp, "type": "offer"})
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["code"] == -1
    assert httpx.get(f"{served.url}/healthz").json()["data"]["sessions"] == 0


def test_an_interrupt_right_behind_the_request_is_never_heard(served: Served) -> None:
    async def story() -> None:
        async with Caller(served.url) as caller:
            await asyncio.wait_for(caller.quiet.wait(), 60)
            for _ in range(10):
                says = asyncio.ensure_future(caller.say("This must never be heard."))
                await says
                await caller.post("/interrupt_talk", {"sessionid": caller.sessionid})
                with pytest.raises(TimeoutError):
                    await caller.hear(0.3)

    uvloop.run(story())


@pytest.mark.parametrize("name", ["a" * 300, "é" * 64, "😀" * 64, "\0", "..", "x/../..", " "])
def test_an_avatar_that_there_is_not_is_refused_without_a_path(served: Served, name: str) -> None:
    body = {"sdp": "v=0", "type": "offer", "avatar": name}
    answer = httpx.post(f"{served.url}/offer", json=body, timeout=60)
    assert answer.status_code == 422, answer.text
    assert "/avatars" not in answer.text
    assert "avatar" in answer.json()["msg"]


@pytest.mark.parametrize("size", [40_000, 196_000, 250_000])
@pytest.mark.parametrize("field", ["voice", "reference_text", "language"])
def test_a_string_that_is_too_long_is_refused_at_once(
    served: Served, field: str, size: int
) -> None:
    body = {"sessionid": "0000", "type": "echo", "text": "Hi.", "tts": {field: "x" * size}}
    answer = httpx.post(f"{served.url}/human", json=body, timeout=5)
    assert answer.status_code == 422, answer.text
    assert f"tts.{field}: " in answer.json()["msg"]


def test_a_header_that_tells_of_less_is_not_believed(served: Served) -> None:
    """The other containers: tests/models/sound/test_packet_length.py."""
    fmt, codec, lie = LIES["FLAC"]
    long, short = (encoded(fmt, codec, 48_000, 1, seconds) for seconds in (1900.0, 30.0))

    async def story() -> None:
        async with Caller(served.url) as caller:
            refused = await caller.upload(lie(long, 10.0))
            assert refused.status_code == 413, refused.text
            assert "longer than the 1800 s" in refused.json()["msg"]
            taken = await caller.upload(lie(short, 10.0))
            assert taken.json()["data"]["seconds"] == pytest.approx(30.0, abs=0.1)
            await caller.hear()

    uvloop.run(story())


def test_a_session_speaks_from_when_its_text_is_accepted(served: Served) -> None:
    async def story() -> None:
        async with Caller(served.url) as caller:
            await caller.say("I am about to speak.")
            asked = {"sessionid": caller.sessionid}
            while not caller.loud.is_set():
                answer = await caller.post("/is_speaking", asked)
                if answer.status_code == 429:  # enough was asked
                    await caller.hear()
                else:
                    assert answer.json()["data"] is True
            await caller.post("/interrupt_talk", asked)
            await asyncio.wait_for(caller.quiet.wait(), 60)

    uvloop.run(story())
