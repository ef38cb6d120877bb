"""WS /api/asr as FunASR's clients speak it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from data.services import AsrService
from runtime.errors import ServiceFailed
from runtime.settings import Settings
from server.api.funasr_socket import LONGEST_SECONDS
from tests.server.service_recorder import Recorder, running

BEGIN = {"chunk_size": [5, 10, 5], "wav_name": "h5", "is_speaking": True, "mode": "2pass"}
END = {"is_speaking": False}
SOUND = b"\1\0" * 16_000
HEARS = AsrService("faster-whisper", "tiny")


def talk(
    script: Callable[[ClientConnection], Awaitable[None]],
    service: Recorder | None = None,
    **settings: Any,
) -> None:
    async def body() -> None:
        given = Settings(**{"asr": HEARS, **settings})
        async with running(service or Recorder(), given) as client, socket(client) as ws:
            await script(ws)

    uvloop.run(body())


def socket(client: httpx.AsyncClient, **headers: str) -> connect:
    url = f"ws://{client.base_url.host}:{client.base_url.port}/api/asr"
    return connect(url, additional_headers=headers, proxy=None)


async def said(ws: ClientConnection, *messages: dict[str, Any] | bytes | str) -> Any:
    for message in messages:
        await ws.send(json.dumps(message) if isinstance(message, dict) else message)
    return json.loads(await ws.recv())


def test_a_sound_becomes_words() -> None:
    service = Recorder()

    async def script(ws: ClientConnection) -> None:
        answer = {"mode": "2pass-offline", "is_final": True, "timestamp": None}
        heard = await said(ws, BEGIN, SOUND[:5], SOUND[5:], b"\7", END)
        assert heard == {"text": "hello there", **answer}
        assert await said(ws, BEGIN, b"\0" * 639, END) == {"text": "", **answer}
        heard = await said(ws, "no json", "[1]", '{"mode": 7}', SOUND, {**END, "mode": "offline"})
        assert (heard["mode"], heard["text"]) == ("offline", "hello there")

    talk(script, service)
    assert service.asked.count(("transcribe", SOUND)) == 2


def test_what_was_sent_before_the_beginning_is_not_heard() -> None:
    async def script(ws: ClientConnection) -> None:
        assert (await said(ws, SOUND, BEGIN, END))["text"] == ""

    talk(script)


def test_a_failure_is_told_and_the_socket_lives() -> None:
    service = Recorder()

    async def script(ws: ClientConnection) -> None:
        service.refusal = ServiceFailed("whisper: busy")
        heard = await said(ws, BEGIN, SOUND, END)
        assert (heard["text"], heard["error"], heard["is_final"]) == ("", "whisper: busy", True)
        service.refusal = None
        assert (await said(ws, BEGIN, SOUND, END))["text"] == "hello there"

    talk(script, service)


def test_a_sound_has_an_end() -> None:
    async def script(ws: ClientConnection) -> None:
        for _ in range(LONGEST_SECONDS // 30 + 1):
            await ws.send(b"\0" * 960_000)
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "120 s" in closed.value.rcvd.reason) == (1009, True)

    talk(script)


def test_where_nothing_transcribes_it_closes_with_the_reason() -> None:
    async def script(ws: ClientConnection) -> None:
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "asr.kind" in closed.value.rcvd.reason) == (1011, True)

    talk(script, asr=AsrService(kind=""))


def test_no_more_are_listened_to_than_sessions() -> None:
    async def body() -> None:
        given = Settings(asr=HEARS, max_calls=1)
        async with running(Recorder(), given) as client, socket(client) as first:
            assert (await said(first, BEGIN, SOUND, END))["text"]
            async with socket(client) as second:
                with pytest.raises(ConnectionClosed) as closed:
                    await second.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013

    uvloop.run(body())


def test_pages_of_other_origins_are_refused() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings(asr=HEARS)) as client:
            with pytest.raises(InvalidStatus) as refused:
                async with socket(client, Origin="http://evil.example"):
                    pass
            assert refused.value.response.status_code == 403

    uvloop.run(body())
