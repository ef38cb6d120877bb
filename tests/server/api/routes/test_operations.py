"""What an operator watches: a stream of looks, for whom the setting `admin` lets."""

import json

import httpx
import pytest
import uvloop

from runtime.errors import QueueFull
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running


def get(service: Recorder, settings: Settings) -> httpx.Response:
    async def body() -> httpx.Response:
        async with running(service, settings) as client:
            return await client.get("/operations")

    return uvloop.run(body())


def test_one_look_after_another_until_the_service_stops() -> None:
    service = Recorder()
    answer = get(service, Settings())
    assert answer.headers["content-type"].startswith("text/event-stream")
    looks = [json.loads(part.removeprefix("data: ")) for part in answer.text.split("\n\n") if part]
    assert (
        looks == [{"ready": True, "lacking": "", "capacity": 12, "sessions": [], "actors": []}] * 3
    )
    assert service.asked[1:] == [("watching",), ("look",), ("look",), ("look",)]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 200),
        ({"admin": "off"}, 403),
        ({"host": "0.0.0.0"}, 403),
        ({"allowed_hosts": ["localhost", "127.0.0.1", "a.example"]}, 403),
        ({"host": "0.0.0.0", "admin": "on"}, 200),
    ],
)
def test_who_may_watch(given: dict[str, object], status: int) -> None:
    answer = get(Recorder(), Settings(**given))  # type: ignore[arg-type]
    assert answer.status_code == status
    assert status == 200 or "admin" in answer.json()["msg"]


def test_too_many_who_watch_are_told() -> None:
    service = Recorder()

    async def body() -> httpx.Response:
        async with running(service, Settings()) as client:
            service.refusal = QueueFull("16 pages watch the operations already")
            return await client.get("/operations")

    answer = uvloop.run(body())
    assert (answer.status_code, answer.json()["msg"]) == (429, str(service.refusal))
