"""What the server says that it can do, before anybody presses."""

import base64
import hmac
import time
from typing import Any

import pytest
import uvloop

from data.services import AsrService, LlmService
from runtime.settings import IceServer, Settings
from tests.server.service_recorder import Recorder, running

MODEL = LlmService(url="http://localhost/v1", model="m")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, {"answers": "guide", "hears": True, "language": "en"}),
        ({"llm": MODEL}, {"answers": "model", "hears": True, "language": "en"}),
        (
            {"guide": False, "asr": AsrService(kind="")},
            {"answers": "nothing", "hears": False, "language": ""},
        ),
        (
            {"asr": AsrService(kind="openai", url="http://localhost/v1", model="m")},
            {"answers": "guide", "hears": True, "language": ""},
        ),
    ],
)
def test_the_page_knows_who_answers_and_what_is_heard(
    settings: dict[str, Any], told: dict[str, Any]
) -> None:
    async def story() -> dict[str, Any]:
        async with running(Recorder(), Settings(**settings)) as client:
            found: dict[str, Any] = (await client.get("/config")).json()
            return found

    assert uvloop.run(story()) == {
        "code": 0,
        "msg": "ok",
        "data": {**told, "ice_servers": [], "ice_seconds": 0, "max_text": 5000},
    }


def test_browsers_get_the_servers_with_credentials_that_end() -> None:
    async def story() -> None:
        settings = Settings(
            turn_secret="north",
            turn_seconds=600,
            ice_servers=[IceServer(urls=["stun:a.example"]), IceServer(urls=["turns:b.example"])],
        )
        async with running(Recorder(), settings) as client:
            answer = await client.get("/config")
        told = answer.json()["data"]
        stun, turn = told["ice_servers"]
        assert stun == {"urls": ["stun:a.example"]}
        assert told["ice_seconds"] == 600
        until = int(turn["username"].partition(":")[0])
        assert 0 < until - time.time() <= 600
        mac = hmac.digest(b"north", turn["username"].encode(), "sha1")
        assert turn["credential"] == base64.b64encode(mac).decode()
        assert "north" not in answer.text
        assert answer.headers["cache-control"] == "no-store"

    uvloop.run(story())
