"""OpenAI's Responses over real HTTP and SSE."""

import json
from typing import Any

import pytest

from models.chat.endpoint import ChatEndpoint
from models.chat.tools.call import NO_TOOLS, ToolCall, ToolRequest, ToolRound, ToolSpec, ToolUse
from models.service_error import ServiceError
from tests.models.chat.scripted_service import Script
from tests.models.chat.test_chat_endpoint import HELLO, KEY, asked, says

SPEC = ToolSpec("weather", "The weather.", {"type": "object", "properties": {}})


def event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, 'sequence_number': 1, **fields})}\n\n"


def delta(text: Any) -> str:
    return event("response.output_text.delta", delta=text, item_id="m", output_index=0)


def response(status: str, **fields: Any) -> str:
    whole = {"id": "r", "object": "response", "status": status, "output": [], **fields}
    return event(f"response.{status}", response=whole)


def item(**fields: Any) -> str:
    return event("response.output_item.done", output_index=0, item=fields)


BEGUN = response("created") + response("in_progress")
DONE = response("completed")
CALL = {"type": "function_call", "id": "fc_1", "status": "completed"}


def answer(script: Script, use: ToolUse = NO_TOOLS) -> list[str | ToolRequest]:
    found: list[str | ToolRequest] = []

    async def ask(endpoint: ChatEndpoint, _: Any) -> None:
        found.extend([piece async for piece in endpoint.stream(HELLO, use)])

    asked(script, ask, api="responses")
    return found


def failure(script: Script) -> ServiceError:
    with pytest.raises(ServiceError) as failed:
        answer(script)
    assert KEY not in str(failed.value)
    return failed.value


def test_an_answer_comes_as_it_is_written() -> None:
    script = says(BEGUN, delta("Hel"), event("response.something.new", x=1), delta("lo."), DONE)
    assert answer(script) == ["Hel", "lo."]


def test_a_refusal_is_said_and_a_thought_is_not() -> None:
    refused = event("response.refusal.delta", delta="I will not.", item_id="m")
    thought = event("response.reasoning_text.delta", delta="Hm.", item_id="m")
    assert answer(says(BEGUN, thought, delta("<think>Hm.</think>"), refused, DONE)) == [
        "I will not."
    ]


def test_an_answer_without_room_to_end_is_what_it_said() -> None:
    cut = response("incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert answer(says(BEGUN, delta("Once upon"), cut)) == ["Once upon"]


def test_what_is_asked_is_what_the_settings_say() -> None:
    turn = [CALL | {"call_id": "a", "name": "weather", "arguments": "{}"}]
    done = ToolRound(ToolRequest((ToolCall("a", "weather", "{}"),), turn), ("sunny",))

    async def ask(endpoint: ChatEndpoint, service: Any) -> None:
        use = ToolUse((SPEC,), (done,), allowed=False)
        assert [piece async for piece in endpoint.stream(HELLO, use)] == ["Hi"]
        sent = json.loads(service.calls[0].body)
        assert "POST /v1/responses" in service.calls[0].head
        assert sent["instructions"] == "Be brief."
        assert sent["input"] == [
            {"role": "user", "content": "Hello?"},
            *turn,
            {"type": "function_call_output", "call_id": "a", "output": "sunny"},
        ]
        assert (sent["model"], sent["temperature"], sent["store"]) == ("small", 0.25, False)
        assert sent["tools"][0]["name"] == "weather" and sent["tool_choice"] == "none"

    asked(says(BEGUN, delta("Hi"), DONE), ask, api="responses", temperature=0.25)


def test_calls_come_whole_and_go_back_without_their_ids() -> None:
    script = says(
        BEGUN,
        item(type="reasoning", id="rs_1", summary=[]),
        item(type="reasoning", id="rs_2", summary=[], encrypted_content="x"),
        item(**CALL, call_id="a", name="weather", arguments='{"city": "Oslo"}'),
        item(**CALL, call_id="b", name="time", arguments="{}"),
        DONE,
    )
    [request] = answer(script, ToolUse((SPEC,)))
    assert isinstance(request, ToolRequest)
    weather, time = ToolCall("a", "weather", '{"city": "Oslo"}'), ToolCall("b", "time", "{}")
    assert request.calls == (weather, time)
    assert [one["type"] for one in request.turn] == ["reasoning"] + ["function_call"] * 2
    assert not any("id" in one or "status" in one for one in request.turn)


@pytest.mark.parametrize(
    ("events", "reason", "words"),
    [
        ([BEGUN, delta("Once")], "cut", "half way"),
        ([BEGUN, item(**CALL, call_id="a", name="w", arguments="{}")], "cut", "half way"),
        ([BEGUN, DONE], "nonsense", "without a word"),
        ([BEGUN, delta(7), DONE], "nonsense", "int as text"),
        ([event("response.output_item.done", item=7)], "nonsense", "event of a response"),
        (["data: 5\n\n"], "nonsense", "event of a response"),
        (["data: {oh no\n\n"], "nonsense", "event of a response"),
        (['data: {"type": 7}\n\n'], "nonsense", "event of a response"),
        ([BEGUN, response("failed", error={"message": f"{KEY} is out"})], "down", "is out"),
        ([BEGUN, response("failed", error=None)], "down", "no reason"),
        ([event("error", message=f"{KEY} busy", code="x")], "down", "busy"),
    ],
)
def test_what_goes_wrong_is_told(events: list[str], reason: str, words: str) -> None:
    error = failure(says(*events))
    assert (error.reason, words in str(error)) == (reason, True)
