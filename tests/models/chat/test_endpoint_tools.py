"""Function calling as OpenAI's chat completions stream it, and as others do."""

import json
from typing import Any

import pytest

from models.chat.endpoint import ChatEndpoint
from models.chat.tools.call import ToolCall, ToolRequest, ToolRound, ToolSpec, ToolUse
from models.service_error import ServiceError
from tests.models.chat.scripted_service import Script
from tests.models.chat.test_chat_endpoint import DONE, HELLO, asked, event, says

SPEC = ToolSpec("weather", "The weather.", {"type": "object", "properties": {}})
USE = ToolUse((SPEC,))


def piece(index: int | None, id_: str | None, name: str | None, arguments: str) -> str:
    call: dict[str, Any] = {"function": {"name": name, "arguments": arguments}}
    call |= {} if index is None else {"index": index}
    call |= {} if id_ is None else {"id": id_, "type": "function"}
    return event(tool_calls=[call])


def answer(script: Script, use: ToolUse = USE) -> list[str | ToolRequest]:
    found: list[str | ToolRequest] = []

    async def ask(endpoint: ChatEndpoint, _: Any) -> None:
        found.extend([piece async for piece in endpoint.stream(HELLO, use)])

    asked(script, ask)
    return found


def calls(*events: str, finish: str = "tool_calls") -> tuple[ToolCall, ...]:
    [request] = answer(says(*events, event(finish=finish), DONE))
    assert isinstance(request, ToolRequest)
    return request.calls


def test_calls_come_in_pieces_several_at_once_and_after_words() -> None:
    script = says(
        event("Let me look. "),
        piece(0, "a", "weather", ""),
        piece(0, None, None, '{"city"'),
        piece(1, "b", "time", "{}"),
        piece(0, None, None, ': "Oslo"}'),
        event(finish="tool_calls"),
        DONE,
    )
    words, request = answer(script)
    assert words == "Let me look. "
    assert isinstance(request, ToolRequest)
    assert request.calls == (
        ToolCall("a", "weather", '{"city": "Oslo"}'),
        ToolCall("b", "time", "{}"),
    )
    assert request.turn["content"] == "Let me look. "
    assert [call["id"] for call in request.turn["tool_calls"]] == ["a", "b"]


def test_services_that_give_every_call_the_same_index() -> None:
    found = calls(piece(0, "a", "weather", "{}"), piece(0, "b", "time", "{}"))
    assert [call.name for call in found] == ["weather", "time"]


def test_services_that_give_neither_index_nor_id() -> None:
    [call] = calls(piece(None, None, "weather", "{}"), finish="stop")
    assert (call.name, call.arguments) == ("weather", "{}") and call.id


def test_what_else_a_service_says_of_a_call_goes_back_to_it() -> None:
    signed = event(
        reasoning_content="Hm.",
        tool_calls=[
            {
                "index": 0,
                "id": "a",
                "function": {"name": "weather", "arguments": "{}"},
                "extra_content": {"google": {"thought_signature": "s"}},
            }
        ],
    )
    [request] = answer(says(signed, event(finish="tool_calls"), DONE))
    assert isinstance(request, ToolRequest)
    assert request.turn["tool_calls"][0]["extra_content"]["google"]["thought_signature"] == "s"
    assert request.turn["reasoning_content"] == "Hm."


def test_what_is_sent_names_the_tools_and_what_they_gave() -> None:
    turn = {"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]}
    done = ToolRound(ToolRequest((ToolCall("a", "weather", "{}"),), turn), ("sunny",))

    async def ask(endpoint: ChatEndpoint, service: Any) -> None:
        assert [piece async for piece in endpoint.stream(HELLO, ToolUse((SPEC,), (done,), False))]
        sent = json.loads(service.calls[0].body)
        assert sent["tools"][0]["function"]["name"] == "weather"
        assert sent["tool_choice"] == "none"
        assert sent["messages"] == [
            *HELLO,
            turn,
            {"role": "tool", "tool_call_id": "a", "content": "sunny"},
        ]
        assert [piece async for piece in endpoint.stream(HELLO)]
        assert "tools" not in json.loads(service.calls[1].body)

    asked(says(event("Hi"), event(finish="stop"), DONE), ask)


@pytest.mark.parametrize(
    "events",
    [
        [piece(0, "a", "weather", '{"ci')],
        [event("Let me look."), piece(0, "a", "weather", "{}")],
    ],
)
def test_a_request_that_is_cut_off_calls_nothing(events: list[str]) -> None:
    with pytest.raises(ServiceError, match="half way"):
        answer(says(*events))


@pytest.mark.parametrize(
    "calls", [7, [7], [{"index": 0}, {"index": 0, "function": 3}], [{"function": {"name": 3}}]]
)
def test_calls_that_are_none_are_nonsense(calls: Any) -> None:
    with pytest.raises(ServiceError) as nonsense:
        answer(says(event(tool_calls=calls), event(finish="tool_calls"), DONE))
    assert nonsense.value.reason == "nonsense"
