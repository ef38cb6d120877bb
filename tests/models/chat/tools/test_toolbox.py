"""Tools that are HTTP endpoints, called over real HTTP."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from data.services import LlmService
from data.tools import HttpTool
from models.chat.tools.call import ToolCall, ToolResult
from models.chat.tools.toolbox import Toolbox
from tests.models.chat.scripted_service import Call, Script, Service, serving

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
}


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall("c1", name, json.dumps(arguments))


async def sunny(asked: Call) -> None:
    await asked.whole(200, "application/json", '{"sky": "clear"}')


def used(
    script: Script,
    use: Callable[[Toolbox, Service], Coroutine[Any, Any, None]],
    path: str = "/weather",
    **settings: Any,
) -> None:
    """Run `use` with a toolbox whose one tool is at a server that follows the script."""

    async def body() -> None:
        async with asyncio.timeout(30), serving(script) as service:
            url = service.url.removesuffix("/v1") + path
            tool = HttpTool("weather", "The weather.", url, CITY, **settings)
            toolbox = Toolbox(LlmService(tools=(tool,)))
            try:
                await use(toolbox, service)
            finally:
                await toolbox.close()

    asyncio.run(body())


def result(script: Script, path: str = "/weather", **settings: Any) -> tuple[ToolResult, Service]:
    """What a call for Oslo gives."""
    found: list[Any] = []

    async def use(toolbox: Toolbox, service: Service) -> None:
        found.extend([await toolbox.call(call("weather", city="Oslo", days=2)), service])

    used(script, use, path, **settings)
    return found[0], found[1]


def test_arguments_go_as_json_and_the_answer_comes_back() -> None:
    found, service = result(sunny)
    assert found == ToolResult('{"sky": "clear"}')
    assert service.calls[0].head.startswith("POST /weather HTTP/1.1")
    assert json.loads(service.calls[0].body) == {"city": "Oslo", "days": 2}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_those_without_a_body_put_them_into_the_query(method: str) -> None:
    async def use(toolbox: Toolbox, service: Service) -> None:
        assert (await toolbox.call(call("weather", city="Åre & co", days=2))).outcome == "done"
        assert "/weather?key=k&city=%C3%85re+%26+co&days=2 HTTP" in service.calls[0].head

    used(sunny, use, "/weather?key=k", method=method)


def test_arguments_that_stand_in_the_url_go_there_and_nowhere_else() -> None:
    async def use(toolbox: Toolbox, service: Service) -> None:
        await toolbox.call(call("weather", city="a/../b?c#d", days=2))
        assert service.calls[0].head.startswith("PUT /cities/a%2F..%2Fb%3Fc%23d/sky HTTP")
        assert json.loads(service.calls[0].body) == {"days": 2}

    used(sunny, use, "/cities/{city}/sky", method="PUT")


def test_headers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEATHER_TOKEN", "abc")
    _, service = result(sunny, headers={"Authorization": "Bearer ${WEATHER_TOKEN}", "X": "$y"})
    assert "authorization: bearer abc" in service.calls[0].head.lower()
    assert "\r\nx: $y" in service.calls[0].head.lower()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"headers": {"A": "${NOT_SET_HERE}"}}, "headers.A needs the environment variable NOT_SET"),
        ({"url": "http://x/${NOT_SET_HERE}"}, "url needs the environment variable NOT_SET"),
        ({"url": "ftp://x"}, "has to begin with http"),
        ({"url": "http://x/{days}"}, "{days}, which has to be a required parameter"),
        ({"parameters": {"type": "nothing"}}, "tool t: parameters"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any], told: str) -> None:
    usual: dict[str, Any] = {"name": "t", "description": "", "url": "http://x", "parameters": CITY}
    tool = HttpTool(**usual | settings)
    with pytest.raises(ValueError, match=told.replace("{", r"\{")):
        Toolbox(LlmService(tools=(tool,)))


def test_two_tools_cannot_share_a_name() -> None:
    tool = HttpTool("t", "", "http://x")
    with pytest.raises(ValueError, match="called t"):
        Toolbox(LlmService(tools=(tool, tool)))


@pytest.mark.parametrize(
    ("status", "outcome"), [(302, "refused"), (404, "refused"), (422, "refused"), (503, "failed")]
)
def test_a_status_is_told_to_the_model_and_its_text_to_nobody_else(
    status: int, outcome: str
) -> None:
    async def script(asked: Call) -> None:
        await asked.whole(status, "text/plain", "no such city", "Location: /elsewhere")

    found, service = result(script)
    assert json.loads(found.text) == {"error": f"status {status}: no such city"}
    assert (found.outcome, found.detail) == (outcome, f"status {status}")
    assert len(service.calls) == 1


def test_an_answer_that_is_no_text_is_a_failure() -> None:
    async def script(asked: Call) -> None:
        await asked.whole(200, "image/png", "PNG")

    assert "image/png" in json.loads(result(script)[0].text)["error"]


def test_a_long_answer_is_cut_and_an_endless_one_ended() -> None:
    async def long(asked: Call) -> None:
        await asked.whole(200, "text/plain", "x" * 50_000)

    async def endless(asked: Call) -> None:
        await asked.head_of(200, "text/plain")
        while True:
            await asked.chunk("x" * 100_000)

    found = result(long)[0]
    assert len(found.text) < 20_020 and found.text.endswith("(cut)")
    assert result(endless)[0].outcome == "failed"


def test_a_service_that_is_not_there_is_a_result() -> None:
    async def story() -> None:
        toolbox = Toolbox(LlmService(tools=(HttpTool("t", "", "http://127.0.0.1:9/"),)))
        found = await toolbox.call(ToolCall("c", "t", "{}"))
        assert "cannot be reached" in found.text
        assert (found.outcome, found.detail) == ("failed", "ConnectError")
        await toolbox.close()

    asyncio.run(story())


def test_what_takes_too_long_is_a_result_and_its_connection_is_closed() -> None:
    async def script(asked: Call) -> None:
        await asked.until_left()
        left.set()

    async def use(toolbox: Toolbox, _: Service) -> None:
        found = await toolbox.call(call("weather", city="Oslo"))
        assert (found.outcome, "0.2 seconds" in found.text) == ("slow", True)
        await left.wait()

    left = asyncio.Event()
    used(script, use, seconds=0.2)


def test_who_is_cancelled_leaves_at_once() -> None:
    async def script(asked: Call) -> None:
        arrived.set()
        await asked.until_left()
        left.set()

    async def use(toolbox: Toolbox, _: Service) -> None:
        task = asyncio.ensure_future(toolbox.call(call("weather", city="Oslo")))
        await arrived.wait()
        task.cancel()
        await left.wait()
        assert task.cancelled()

    arrived, left = asyncio.Event(), asyncio.Event()
    used(script, use)


def test_wrong_arguments_and_unknown_names_reach_no_service() -> None:
    async def use(toolbox: Toolbox, service: Service) -> None:
        wrong = await toolbox.call(call("weather", town="Oslo"))
        assert "'city' is a required property" in wrong.text
        unknown = await toolbox.call(call("wetter"))
        assert "there is no tool 'wetter'; there are weather" in unknown.text
        assert {wrong.outcome, unknown.outcome} == {"refused"}
        assert service.calls == []

    used(sunny, use)
