"""GET /sse against a real uvicorn: what is sent, who comes back, who is refused."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvloop

from runtime.settings import Settings
from server.api.routes import events as module
from server.cli.serve import listen, serve
from server.sessions.event_log import MOST_FOLLOWERS, EventLog
from server.sessions.event_types import Error
from tests.server.service_recorder import Recorder, running


def scene(act: Callable[[httpx.AsyncClient, EventLog], Awaitable[None]], **changes: Any) -> None:
    async def within() -> None:
        service = Recorder()
        log = service.logs["abc"] = EventLog()
        async with asyncio.timeout(60), running(service, Settings(**changes)) as client:
            await act(client, log)

    uvloop.run(within())


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, after: int | None = None, last: int | None = None
) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a stream."""
    params: dict[str, Any] = {"sessionid": "abc"} | ({} if after is None else {"after": after})
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    async with client.stream("GET", "/sse", params=params, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        yield answer.aiter_lines()


async def events(lines: AsyncIterator[str], count: int) -> list[tuple[int, dict[str, Any]]]:
    """The next events: the number of the `id:` line, and the JSON behind `data:`."""
    found: list[tuple[int, dict[str, Any]]] = []
    number = 0
    while len(found) < count:
        line = await anext(lines)
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("data: "):
            found.append((number, json.loads(line[6:])))
    return found


def tell(log: EventLog, count: int = 1) -> None:
    for _ in range(count):
        log.tell(Error(utterance=3, text="what\nwent wrong"))


def test_events_come_as_they_are_told_and_the_stream_ends_with_the_call() -> None:
    async def act(client: httpx.AsyncClient, log: EventLog) -> None:
        tell(log)
        async with following(client) as lines:
            expected = {"id": 1, "status": "error", "utterance": 3, "text": "what\nwent wrong"}
            assert await events(lines, 1) == [(1, expected)]
            tell(log)
            assert (await events(lines, 1))[0][0] == 2
            log.close()
            assert await events(lines, 1) == [(3, {"id": 3, "status": "closed"})]
            assert [line async for line in lines] == [""]

    scene(act)


@pytest.mark.parametrize("header", [True, False])
def test_who_comes_back_loses_nothing(header: bool) -> None:
    async def act(client: httpx.AsyncClient, log: EventLog) -> None:
        async with following(client) as lines:
            tell(log, 3)
            assert [number for number, _ in await events(lines, 2)] == [1, 2]
        tell(log, 200)
        back = following(client, after=0, last=2) if header else following(client, after=2)
        async with back as lines:
            found = await events(lines, 201)
            assert [number for number, _ in found] == list(range(3, 204))

    scene(act)


def test_a_quiet_stream_says_that_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP_ALIVE_SECONDS", 0.01)

    async def act(client: httpx.AsyncClient, log: EventLog) -> None:
        async with following(client) as lines:
            assert await anext(lines) == ": still here"
            tell(log)
            assert (await events(lines, 1))[0][0] == 1

    scene(act)


def test_a_stream_that_is_left_gives_up_its_place() -> None:
    async def act(client: httpx.AsyncClient, log: EventLog) -> None:
        for _ in range(MOST_FOLLOWERS + 1):
            async with following(client) as lines:
                tell(log)
                await events(lines, 1)

    scene(act)


@pytest.mark.parametrize(
    ("params", "status", "told"),
    [
        ({"sessionid": "nobody"}, 404, "'nobody'"),
        ({}, 422, "sessionid: field required"),
        ({"sessionid": "abc", "after": "-1"}, 422, "after: input should be greater"),
        ({"sessionid": "abc", "after": "x"}, 422, "after: input should be a valid integer"),
    ],
)
def test_what_is_refused(params: dict[str, str], status: int, told: str) -> None:
    async def act(client: httpx.AsyncClient, log: EventLog) -> None:
        answer = await client.get("/sse", params=params)
        assert answer.status_code == status
        assert told in answer.json()["msg"]

    scene(act)


def test_too_many_streams_are_refused() -> None:
    async def act(client: httpx.AsyncClient, log: EventLog) -> None:
        places = [log.follow(0) for _ in range(MOST_FOLLOWERS)]
        answer = await client.get("/sse", params={"sessionid": "abc"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
        assert len(places) == MOST_FOLLOWERS

    scene(act)


def test_a_stream_goes_on_while_the_calls_drain_and_ends_with_them() -> None:
    async def within() -> None:
        service, url = Recorder(), asyncio.get_running_loop().create_future()
        log = service.logs["abc"] = EventLog()
        with listen(Settings(port=0)) as sock:
            served = asyncio.ensure_future(serve(service, Settings(), sock, url.set_result))
            async with (
                asyncio.timeout(60),
                httpx.AsyncClient(base_url=await url, trust_env=False) as client,
                following(client) as lines,
            ):
                service.may_stop.clear()
                signal.raise_signal(signal.SIGTERM)
                await service.stopping.wait()
                tell(log)
                assert (await events(lines, 1))[0][0] == 1
                service.may_stop.set()
                assert (await events(lines, 1))[0][1]["status"] == "closed"
            assert await served == 0

    uvloop.run(within())
