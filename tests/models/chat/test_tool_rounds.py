"""Answers for which a model calls tools: a real model's protocol, and tools over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from data.services import LlmService
from data.tools import HttpTool
from models.chat.endpoint import ChatEndpoint
from models.chat.history import Message
from models.chat.tool_rounds import MOST_CALLS, RoundMark, ToolRounds
from models.chat.tools.call import ToolNews
from models.chat.tools.toolbox import Toolbox
from models.service_error import ServiceError
from tests.actors.session_rig import told, turn
from tests.models.chat.scripted_service import EVENTS, Call, serving
from tests.models.chat.test_chat_endpoint import DONE, event
from tests.models.chat.test_endpoint_tools import piece

ASKED: list[Message] = [{"role": "user", "content": "Well?"}]
Answer = Callable[[list[dict[str, Any]], dict[str, Any]], list[str]]


def wants(*names: str, arguments: str = "{}") -> list[str]:
    """Events of a turn that calls these."""
    pieces = [piece(at, f"c{at}", name, arguments) for at, name in enumerate(names)]
    return [*pieces, event(finish="tool_calls"), DONE]


def words(text: str) -> list[str]:
    return [event(text), event(finish="stop"), DONE]


@dataclass
class Kitchen:
    """Tools `quick`, `slow` (until `go`) and `write` (which changes something)."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)
    arrived: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    left: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    sure: asyncio.Event = field(default_factory=asyncio.Event)
    news: list[ToolNews] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, news: ToolNews) -> None:
        self.news.append(news)
        if news.phase == "end":
            self.ended.set()

    async def serve(self, call: Call) -> None:
        name = call.head.split()[1].removeprefix("/")
        self.asked.append(name)
        self.arrived.put_nowait(name)
        if name == "slow":
            gone = asyncio.ensure_future(call.until_left())
            go = asyncio.ensure_future(self.go.wait())
            await asyncio.wait([gone, go], return_when="FIRST_COMPLETED")
            if gone.done():
                self.left.put_nowait(name)
                return
            gone.cancel()
        await call.whole(200, "text/plain", f"{name} is done")


@asynccontextmanager
async def rounds(
    answer: Answer, slow_ms: int = 0, most: int = 3
) -> AsyncIterator[tuple[ToolRounds, Kitchen]]:
    kitchen = Kitchen()
    kitchen.sure.set()

    async def model(call: Call) -> None:
        request = json.loads(call.body)
        kitchen.sent.append(request)
        await call.head_of(200, EVENTS)
        for one in answer(request["messages"], request):
            await call.chunk(one)
        await call.end()

    async with serving(model) as service, serving(kitchen.serve) as tools:
        base = tools.url.removesuffix("/v1")
        settings = LlmService(
            url=service.url,
            model="m",
            tools=(
                HttpTool("quick", "", f"{base}/quick", read_only=True),
                HttpTool("slow", "", f"{base}/slow", read_only=True),
                HttpTool("write", "", f"{base}/write"),
            ),
        )
        endpoint, toolbox = ChatEndpoint(settings), Toolbox(settings)
        try:
            yield (
                ToolRounds(endpoint, toolbox, most, slow_ms, kitchen.sure, kitchen.tell),
                kitchen,
            )
        finally:
            await endpoint.close()
            await toolbox.close()


async def whole(it: ToolRounds) -> list[str | RoundMark]:
    return [piece async for piece in it.answer(ASKED)]


def test_calls_of_a_round_run_at_once_and_the_model_goes_on_with_what_they_gave() -> None:
    def answer(messages: list[dict[str, Any]], _: Any) -> list[str]:
        if len(messages) == 1:
            return [event("One look. "), *wants("slow", "quick", "write")]
        return words(" & ".join(one["content"] for one in messages if one["role"] == "tool"))

    async def story() -> None:
        async with rounds(answer) as (it, kitchen):
            task = asyncio.ensure_future(whole(it))
            assert {await kitchen.arrived.get() for _ in range(3)} == {"slow", "quick", "write"}
            kitchen.go.set()
            assert await task == [
                "One look. ",
                RoundMark.CALLS,
                "slow is done & quick is done & write is done",
            ]
            assert [one.name for one in kitchen.news if one.phase == "start"] == [
                "slow",
                "quick",
                "write",
            ]
            ends = [one for one in kitchen.news if one.phase == "end"]
            assert {one.outcome for one in ends} == {"done"} and len(ends) == 3

    told(story())


def test_errors_are_told_to_the_model_which_may_mend_them() -> None:
    def answer(messages: list[dict[str, Any]], _: Any) -> list[str]:
        given = [one["content"] for one in messages if one["role"] == "tool"]
        match len(given):
            case 0:
                return wants("guess")
            case 1:
                return wants("quick", arguments='{"a')
            case _:
                return words(given[0] + given[1])

    async def story() -> None:
        async with rounds(answer) as (it, kitchen):
            said = str((await whole(it))[-1])
            assert "there is no tool 'guess'; there are quick, slow, write" in said
            assert "no JSON" in said
            assert [one.outcome for one in kitchen.news if one.phase == "end"] == ["refused"] * 2
            assert kitchen.asked == []

    told(story())


def test_rounds_are_bounded_and_the_last_one_may_not_call() -> None:
    def answer(_: Any, request: dict[str, Any]) -> list[str]:
        return words("Enough.") if request.get("tool_choice") == "none" else wants("quick")

    async def story() -> None:
        async with rounds(answer) as (it, kitchen):
            assert await whole(it) == [*[RoundMark.CALLS] * 3, "Enough."]
            assert kitchen.asked == ["quick"] * 3

    told(story())


def test_a_model_that_never_ends_to_call_is_told() -> None:
    async def story() -> None:
        async with rounds(lambda _, __: wants("quick"), most=2) as (it, kitchen):
            with pytest.raises(ServiceError, match="after 2 rounds"):
                await whole(it)
            assert len(kitchen.sent) == 3

    told(story())


def test_too_many_calls_at_once_are_refused() -> None:
    def answer(messages: list[dict[str, Any]], _: Any) -> list[str]:
        if len(messages) == 1:
            return wants(*["quick"] * (MOST_CALLS + 2))
        return words(messages[-1]["content"])

    async def story() -> None:
        async with rounds(answer) as (it, kitchen):
            assert f"at most {MOST_CALLS} calls" in str((await whole(it))[-1])
            assert len(kitchen.asked) == MOST_CALLS

    told(story())


def test_a_slow_tool_is_marked_once_a_quick_one_is_not() -> None:
    def answer(messages: list[dict[str, Any]], _: Any) -> list[str]:
        return (
            wants("quick")
            if len(messages) == 1
            else (wants("slow") if len(messages) == 3 else words("Done."))
        )

    async def story() -> None:
        async with rounds(answer, slow_ms=200) as (it, kitchen):
            found: list[str | RoundMark] = []
            async for one in it.answer(ASKED):
                found.append(one)
                if one is RoundMark.SLOW:
                    kitchen.go.set()
            assert found == [RoundMark.CALLS, RoundMark.CALLS, RoundMark.SLOW, "Done."]

    told(story())


def test_an_interrupt_ends_the_calls() -> None:
    async def story() -> None:
        async with rounds(lambda _, __: wants("slow", "slow")) as (it, kitchen):

            async def listen() -> None:
                async with aclosing(it.answer(ASKED)) as stream:
                    async for _ in stream:
                        pass

            task = asyncio.ensure_future(listen())
            assert [await kitchen.arrived.get() for _ in range(2)] == ["slow"] * 2
            task.cancel()
            assert [await kitchen.left.get() for _ in range(2)] == ["slow"] * 2
            await turn(20)
            assert [one.outcome for one in kitchen.news if one.phase == "end"] == ["cancelled"] * 2

    told(story())


def test_before_the_turn_is_sure_nothing_is_changed() -> None:
    def answer(messages: list[dict[str, Any]], _: Any) -> list[str]:
        return wants("write", "quick") if len(messages) == 1 else words("Written.")

    async def story() -> None:
        async with rounds(answer, slow_ms=1) as (it, kitchen):
            kitchen.sure.clear()
            task = asyncio.ensure_future(whole(it))
            assert await kitchen.arrived.get() == "quick"
            await kitchen.ended.wait()
            await turn(50)
            assert kitchen.asked == ["quick"] and not task.done()
            kitchen.sure.set()
            assert (await task)[-1] == "Written."
            assert kitchen.asked == ["quick", "write"]

    told(story())


def test_a_draft_that_is_thrown_away_has_changed_nothing() -> None:
    async def story() -> None:
        async with rounds(lambda _, __: wants("write", "quick")) as (it, kitchen):
            kitchen.sure.clear()
            task = asyncio.ensure_future(whole(it))
            assert await kitchen.arrived.get() == "quick"
            task.cancel()
            await asyncio.wait([task])
            kitchen.sure.set()
            await turn(50)
            assert kitchen.asked == ["quick"]

    told(story())
