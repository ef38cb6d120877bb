"""Each refusal is one line, with who asked and why; nothing that was shown is in it."""

import logging
from typing import Any

import pytest
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from runtime.api_keys import ApiKey
from runtime.errors import AtCapacity
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

KEY = "a-key-that-holds-calls"
OFFER = {"sdp": "v=0", "type": "offer"}


def test_refusals_are_told_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        recorder = Recorder()
        settings = Settings(api_keys=[ApiKey(name="kiosk", key=KEY)])
        async with running(recorder, settings) as client:
            shown = {"X-API-Key": KEY}
            await client.post("/offer", json=OFFER)
            await client.get("/metrics", headers=shown)
            preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
            await client.options("/offer", headers=preflight)
            recorder.refusal = AtCapacity(1, 5)
            await client.post("/offer", json=OFFER, headers=shown)
            recorder.refusal = None
            with pytest.raises(InvalidStatus):
                url = f"ws://localhost:{client.base_url.port}/ws?sessionid=abc"
                async with connect(url, proxy=None):
                    pass
            recorder.ready = False
            await client.get("/healthz")
            await client.post("/offer", json={}, headers=shown)
            await client.get("/nowhere")

    with caplog.at_level(logging.INFO, "server.api.refusal_log"):
        uvloop.run(story())
    lines: list[dict[str, Any]] = [
        record.__dict__["fields"]
        for record in caplog.records
        if record.message == "a request is refused"
    ]
    assert [(line["method"], line["path"], line["status"], line.get("key")) for line in lines] == [
        ("POST", "/offer", 401, None),
        ("GET", "/metrics", 403, None),
        ("OPTIONS", "/offer", 403, None),
        ("POST", "/offer", 503, "kiosk"),
        ("WebSocket", "/ws", 401, None),
    ]
    assert "'kiosk' allows call" in lines[1]["why"]
    assert "all 1 sessions are taken" in lines[3]["why"]
    assert all(line["address"] == "127.0.0.1" for line in lines)
    assert KEY not in caplog.text
