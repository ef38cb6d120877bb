"""What an operator is told, and where nobody is."""

from typing import Any

import pytest
import uvloop

from data.services import TtsService
from runtime.settings import Settings
from server.sessions.service import SessionInfo
from tests.server.service_recorder import Recorder, running


def get(path: str, service: Recorder | None = None, **settings: Any) -> tuple[int, Any]:
    async def body() -> tuple[int, Any]:
        async with running(service or Recorder(), Settings(**settings)) as client:
            answer = await client.get(path, headers={"Host": "localhost"})
        return answer.status_code, answer.json()

    return uvloop.run(body())


def test_sessions_as_livetalking_shows_them() -> None:
    service = Recorder()
    service.infos = [
        SessionInfo("7", "anna", "live", True, 1.23456, "wav2lip", "vivian", recording=True)
    ]
    status, answer = get("/api/admin/sessions", service)
    assert (status, answer["code"], answer["msg"]) == (200, 0, "ok")
    assert answer["data"]["sessions"] == [
        {
            "sessionid": "7",
            "speaking": True,
            "recording": True,
            "model": "wav2lip",
            "avatar_id": "anna",
            "REF_FILE": "vivian",
            "transport": "webrtc",
            "batch_size": 1,
            "customopt": [],
            "state": "live",
            "seconds": 1.235,
        }
    ]


def test_config_has_livetalkings_options_and_no_secret() -> None:
    service = TtsService("mine", "openai", "http://u:hush@h:1/v1", "hush", voice="vivian")
    status, answer = get(
        "/api/admin/config", voice="mine", tts=[service], max_calls=3, cache_dir="/srv/hush"
    )
    config = answer["data"]["config"]
    assert status == 200
    assert "hush" not in str(answer)
    options: dict[str, Any] = {
        "tts": "openai",
        "REF_FILE": "vivian",
        "REF_TEXT": None,
        "TTS_SERVER": "http://***@h:1/v1",
        "max_session": 3,
        "listenport": 8010,
        "fps": 25,
        "customopt": [],
    }
    assert {name: config[name] for name in options} == options
    assert config["ringtalk"]["max_calls"] == 3


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, 200),
        ({"admin": "off"}, 403),
        ({"host": "0.0.0.0"}, 403),
        ({"host": "0.0.0.0", "admin": "on"}, 200),
        ({"allowed_hosts": ["localhost"]}, 403),
        ({"allowed_hosts": ["localhost"], "admin": "on"}, 200),
    ],
)
@pytest.mark.parametrize("path", ["/api/admin/sessions", "/api/admin/config"])
def test_where_others_can_ask_it_is_closed_until_it_is_opened(
    path: str, settings: dict[str, Any], status: int
) -> None:
    found, answer = get(path, **settings)
    assert found == status
    assert status == 200 or 'admin = "on"' in answer["msg"]
