import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from data.services import LlmService
from models.chat.endpoint import ChatEndpoint
from models.chat.history import Message
from models.service_error import ServiceError
from tests.models.chat.scripted_service import EVENTS, Call, Script, serving

HELLO: list[Message] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello?"},
]
KEY = "sk-secret-0123456789"


def event(text: str | None = None, finish: str | None = None, **delta: Any) -> str:
    said = {"role": "assistant", **delta} | ({} if text is None else {"content": text})
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n"


DONE = "data: [DONE]\n\n"
USAGE = 'data: {"id":"1","choices":[],"usage":{"total_tokens":3}}\n\n'


def says(*events: str) -> Script:
    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        for one in events:
            await call.chunk(one)
        await call.end()

    return script


def asked(
    script: Script, use: Callable[[ChatEndpoint, Any], Coroutine[Any, Any, None]], **settings: Any
) -> None:
    """Run `use` with an Endpoint for a service that follows the script."""

    async def body() -> None:
        async with asyncio.timeout(30), serving(script) as service:
            told = LlmService(url=service.url, key=KEY, model="small", **settings)
            endpoint = ChatEndpoint(told)
            try:
                await use(endpoint, service)
            finally:
                await endpoint.close()

    asyncio.run(body())


def said(script: Script, **settings: Any) -> list[str]:
    found: list[str] = []

    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        found.extend([str(piece) async for piece in endpoint.stream(HELLO)])

    asked(script, use, **settings)
    return found


def failure(script: Script, **settings: Any) -> tuple[ServiceError, list[str]]:
    """The error that the answer ends with, and what was said before."""
    found: list[str] = []
    errors: list[ServiceError] = []

    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        try:
            async for piece in endpoint.stream(HELLO):
                found.append(str(piece))
        except ServiceError as error:
            errors.append(error)

    asked(script, use, **settings)
    assert len(errors) == 1
    assert KEY not in str(errors[0])
    return errors[0], found


def test_an_answer_comes_as_it_is_written() -> None:
    script = says(event(""), event("Hel"), event("lo."), event(finish="stop"), USAGE, DONE)
    assert said(script) == ["Hel", "lo."]


def test_what_is_asked_is_what_the_settings_say() -> None:
    async def use(endpoint: ChatEndpoint, service: Any) -> None:
        assert [piece async for piece in endpoint.stream(HELLO)] == ["Hi"]
        assert [piece async for piece in endpoint.stream(HELLO)] == ["Hi"]
        sent = json.loads(service.calls[0].body)
        assert sent["messages"] == HELLO
        assert (sent["model"], sent["temperature"], sent["stream"]) == ("small", 0.25, True)
        assert "POST /v1/chat/completions" in service.calls[0].head
        assert f"Bearer {KEY}" in service.calls[0].head
        assert service.connections == 1

    asked(says(event("Hi"), event(finish="stop"), DONE), use, temperature=0.25)


def test_the_temperature_may_be_left_to_the_endpoint() -> None:
    async def use(endpoint: ChatEndpoint, service: Any) -> None:
        assert [piece async for piece in endpoint.stream(HELLO)]
        assert "temperature" not in json.loads(service.calls[0].body)

    asked(says(event("Hi"), event(finish="stop"), DONE), use, temperature=-1)


def test_thoughts_are_not_said() -> None:
    script = says(
        event(reasoning_content="Hm. "),
        event("<thi"),
        event("nk>Let me see.</th"),
        event("ink>Four."),
        event(finish="stop"),
        DONE,
    )
    assert said(script) == ["Four."]


def test_pieces_come_before_the_answer_is_over() -> None:
    go_on = asyncio.Event()

    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        await call.chunk(event("One"))
        await go_on.wait()
        await call.chunk(event(" two") + event(finish="stop") + DONE)
        await call.end()

    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        found = []
        async for piece in endpoint.stream(HELLO):
            found.append(piece)
            go_on.set()
        assert found == ["One", " two"]

    asked(script, use)


def test_an_event_may_arrive_in_two_halves_inside_a_letter() -> None:
    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        raw = (event("x") + event(finish="stop") + DONE).replace('"x"', '"é你"').encode()
        cut = raw.index("你".encode()) + 1
        for half in (raw[:cut], raw[cut:]):
            await call.send(f"{len(half):x}\r\n".encode() + half + b"\r\n")
        await call.end()

    assert said(script) == ["é你"]


def test_a_server_that_keeps_the_connection_after_the_end_delays_nothing() -> None:
    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        await call.chunk(event("Hi.") + event(finish="stop"))
        await call.until_left()

    assert said(script) == ["Hi."]


def test_closing_the_stream_closes_the_connection() -> None:
    left = asyncio.Event()

    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        await call.chunk(event("One"))
        await call.until_left()
        left.set()

    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        stream = endpoint.stream(HELLO)
        assert await anext(stream) == "One"
        await stream.aclose()
        await left.wait()

    asked(script, use)


@pytest.mark.parametrize("head", [True, False])
def test_cancelling_who_waits_closes_the_connection(head: bool) -> None:
    waiting, left = asyncio.Event(), asyncio.Event()

    async def script(call: Call) -> None:
        if head:
            await call.head_of(200, EVENTS)
        waiting.set()
        await call.until_left()
        left.set()

    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        async def read() -> None:
            async for _ in endpoint.stream(HELLO):
                pass

        task = asyncio.create_task(read())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await left.wait()

    asked(script, use)


async def never(call: Call) -> None:
    await call.until_left()


async def no_first_token(call: Call) -> None:
    await call.head_of(200, EVENTS)
    await call.until_left()


async def only_comments(call: Call) -> None:
    await call.head_of(200, EVENTS)
    tick = asyncio.Event()
    loop = asyncio.get_running_loop()
    while not call.reader.at_eof():
        await call.chunk(": still here\n\n")
        loop.call_later(0.02, tick.set)
        await tick.wait()
        tick.clear()


async def pause(call: Call) -> None:
    await call.head_of(200, EVENTS)
    await call.chunk(event("One"))
    await call.until_left()


@pytest.mark.parametrize(
    ("script", "seconds", "before"),
    [
        (never, 0.2, []),
        (no_first_token, 0.2, []),
        (only_comments, 0.2, []),
        (pause, 1.5, ["One"]),
    ],
)
def test_a_slow_endpoint(script: Script, seconds: float, before: list[str]) -> None:
    error, found = failure(script, first_seconds=seconds)
    assert (error.reason, found) == ("slow", before)
    assert str(error) == f"llm: no token within {seconds:g} seconds"


async def broken(call: Call) -> None:
    await call.head_of(200, EVENTS)
    await call.chunk(event("One"))
    call.writer.transport.abort()


@pytest.mark.parametrize("script", [broken, says(event("One")), says(event("One"), ": bye\n\n")])
def test_an_answer_that_breaks_off(script: Script) -> None:
    error, found = failure(script)
    assert (error.reason, found) == ("cut", ["One"])


@pytest.mark.parametrize("done", [DONE, "data:[DONE]\n\n", ": hi\r\ndata: [DONE]\r\n\r\n"])
def test_an_answer_may_end_without_a_reason(done: str) -> None:
    assert said(says(event("One"), event(" two."), done)) == ["One", " two."]
    assert said(says(event("data: [DONE]"), done)) == ["data: [DONE]"]


def test_the_mark_of_the_end_may_come_in_pieces() -> None:
    async def script(call: Call) -> None:
        await call.head_of(200, EVENTS)
        await call.chunk(event("One"))
        for byte in DONE:
            await call.chunk(byte)
        await call.end()

    assert said(script) == ["One"]


def test_words_that_look_like_the_end_are_none() -> None:
    error, found = failure(says(event("data: [DONE]")))
    assert (error.reason, found) == ("cut", ["data: [DONE]"])


def test_a_model_that_opens_its_thoughts_silently_is_remembered() -> None:
    answers = [
        [event("Okay, the user"), event(" asks.</th"), event("ink>Four."), event(finish="stop")],
        [event("Two and two. "), event("</think>Five."), event(finish="stop")],
        [event("Two and two"), event(finish="length")],
        [event("Six."), event(finish="stop")],
    ]

    async def script(call: Call) -> None:
        await says(*answers.pop(0), DONE)(call)

    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        assert [piece async for piece in endpoint.stream(HELLO)] == ["Four."]
        assert [piece async for piece in endpoint.stream(HELLO)] == ["Five."]
        with pytest.raises(ServiceError, match="without a word"):
            await anext(endpoint.stream(HELLO))
        assert [piece async for piece in endpoint.stream(HELLO)] == ["Six."]

    asked(script, use)


def test_a_model_that_answers_at_once_is_never_waited_for_again() -> None:
    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        assert [piece async for piece in endpoint.stream(HELLO)] == [
            "Okay, let me see. It is noon."
        ]
        assert [piece async for piece in endpoint.stream(HELLO)] == [
            "Okay,",
            " let me see. It",
            " is noon.",
        ]

    pieces = ("Okay,", " let me see. It", " is noon.")
    asked(says(*map(event, pieces), event(finish="stop"), DONE), use)


def test_nobody_there() -> None:
    async def body() -> None:
        async with serving(never) as service:
            url = service.url
        endpoint = ChatEndpoint(LlmService(url=url, model="m"))
        with pytest.raises(ServiceError, match="cannot be reached") as caught:
            await anext(endpoint.stream(HELLO))
        assert caught.value.reason == "down"
        await endpoint.close()

    asyncio.run(body())


def answering(status: int, kind: str, text: str, *more: str) -> Script:
    async def script(call: Call) -> None:
        await call.whole(status, kind, text, *more)

    return script


REFUSAL = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}."}})


@pytest.mark.parametrize(
    ("script", "reason", "words"),
    [
        (answering(401, "application/json", REFUSAL), "refused", "401"),
        (answering(404, "application/json", '{"error":"model small not found"}'), "refused", "404"),
        (answering(429, "application/json", "{}", "Retry-After: 7"), "busy", "429"),
        (answering(503, "text/html", "<h1>Bad gateway</h1>"), "down", "503"),
        (answering(200, "text/html", "<html>Welcome</html>"), "nonsense", "text/html"),
        (answering(200, "application/json", '{"choices":[]}'), "nonsense", "application/json"),
        (says("data: {oh no\n\n"), "nonsense", "chunk"),
        (says("data: 5\n\n"), "nonsense", "chunk"),
        (says('data: {"choices": 7}\n\n'), "nonsense", "chunk"),
        (says('data: {"choices": [{"delta": {"content": 7}}]}\n\n'), "nonsense", "int as text"),
        (says(f'data: {{"error": {{"message": "{KEY} is out of money"}}}}\n\n'), "down", "money"),
        (says(event(finish="stop"), DONE), "nonsense", "without a word"),
        (says(event(" \n"), event(finish="length"), DONE), "nonsense", "length"),
        (says(event("<think>Hm"), event(finish="stop"), DONE), "nonsense", "without a word"),
        (says(event(reasoning_content="Hm"), event(finish="stop")), "nonsense", "without a word"),
    ],
)
def test_an_endpoint_that_does_not_answer(script: Script, reason: str, words: str) -> None:
    error, found = failure(script)
    assert error.reason == reason
    assert words in str(error)
    assert error.retry_after == (7 if reason == "busy" else None)
    assert "".join(found).strip() == ""


def test_closing_the_endpoint_ends_what_it_says() -> None:
    async def use(endpoint: ChatEndpoint, _: Any) -> None:
        stream = endpoint.stream(HELLO)
        assert await anext(stream) == "One"
        await endpoint.close()
        with pytest.raises(ServiceError):
            await anext(stream)

    asked(pause, use)


@pytest.mark.parametrize(
    ("service", "name"),
    [(LlmService(model="m"), "url"), (LlmService(url="http://localhost/v1"), "model")],
)
def test_settings_that_leave_something_out(service: LlmService, name: str) -> None:
    with pytest.raises(ValueError, match=f"llm.{name}"):
        ChatEndpoint(service)
