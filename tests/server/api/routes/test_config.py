"""What the server says that it can do, before anybody presses."""

from typing import Any

import pytest
import uvloop

from data.services import AsrService, LlmService
from runtime.settings import Settings
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

    assert uvloop.run(story()) == {"code": 0, "msg": "ok", "data": told}
