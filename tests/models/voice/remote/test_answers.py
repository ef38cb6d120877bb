"""Lines and events, cut at any byte; errors and oddities that come with a status of 200."""

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.service_error import ServiceError
from models.voice.remote import edge, tencent
from models.voice.remote.answers import Hear, events, json_lines
from models.voice.remote.clouds import doubao_line, qwen_event
from models.voice.remote.errors import SpeakerFailed
from models.voice.remote.service_stream import StreamPart
from models.voice.speech import SpokenWord


def _heard(hear: Hear, data: bytes, cuts: list[int] | None = None) -> list[StreamPart]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts or [])})

    async def chunks() -> AsyncGenerator[bytes]:
        for a, b in pairwise(edges):
            yield data[a:b]

    async def run() -> list[StreamPart]:
        return [heard async for heard in hear("me", chunks())]

    return asyncio.run(run())


DOUBAO = (
    b'{"code":0,"data":"' + base64.b64encode(b"abc") + b'"}\r\n\n'
    b'{"code":0,"data":null,"sentence":{"words":[{"word":"a","startTime":0.1,"endTime":0.2}]}}\n'
    b'{"code":20000000,"message":"ok","data":null}'
)
QWEN = (
    b"id:1\nevent:result\n:HTTP_STATUS/200\n"
    b'data:{"output":{"audio":{"data":"' + base64.b64encode(b"abc") + b'"},'
    b'"finish_reason":"null"}}\n\n'
    b'data: {"output":{"audio":{"data":"","url":"http://x/y.wav"},"finish_reason":"stop"}}\r\n\r\n'
)
cut_anywhere = given(st.lists(st.integers(0, 400), max_size=10))


@settings(max_examples=40, deadline=None)
@cut_anywhere
def test_json_lines(cuts: list[int]) -> None:
    assert _heard(json_lines(doubao_line), DOUBAO, cuts) == [
        StreamPart(b"abc"), StreamPart(words=(SpokenWord("a", 0.1, 0.2),)), StreamPart(last=True),
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@cut_anywhere
def test_server_sent_events(cuts: list[int]) -> None:
    assert _heard(events(qwen_event), QWEN, cuts) == [StreamPart(b"abc"), StreamPart(last=True)]


@pytest.mark.parametrize(
    ("hear", "data"),
    [
        (json_lines(doubao_line), DOUBAO[:-48]),
        (events(qwen_event), QWEN[:-30]),
        (events(qwen_event), b""),
    ],
)
def test_no_end_is_a_cut(hear: Hear, data: bytes) -> None:
    with pytest.raises(ServiceError, match="ended before its end was told") as caught:
        _heard(hear, data)
    assert caught.value.reason == "cut"


def _line(**told: object) -> Callable[[], object]:
    return lambda: _heard(json_lines(doubao_line), json.dumps(told).encode())


def _event(**told: object) -> Callable[[], object]:
    return lambda: _heard(events(qwen_event), b"data:" + json.dumps(told).encode() + b"\n\n")


def _tencent(told: object) -> Callable[[], object]:
    return lambda: tencent.hear("me", json.dumps(told))


def _edge(message: str | bytes) -> Callable[[], object]:
    return lambda: edge.hear("me", message)


FAILURES: list[tuple[Callable[[], object], str, str]] = [
    (_line(code=45000010, message="load grant: not found"), "refused", "45000010.*load grant"),
    (_line(code=45000000, message="quota exceeded for types: concurrency"), "busy", "quota"),
    (_line(code=55000001, message="boom"), "down", "55000001"),
    (_line(code="x"), "nonsense", "JSON of another shape"),
    (_line(code=0, data="***"), "nonsense", "JSON of another shape"),
    (lambda: _heard(json_lines(doubao_line), b"<html>\n"), "nonsense", "no JSON object: <html>"),
    (lambda: _heard(json_lines(doubao_line), b"[1]\n"), "nonsense", "no JSON object"),
    (_event(code="InvalidApiKey", message="Invalid API-key"), "refused", "InvalidApiKey"),
    (_event(code="Throttling.RateQuota", message="later"), "busy", "Throttling"),
    (_event(code="InternalError.Algo", message="boom"), "down", "InternalError"),
    (_tencent({"code": 10003, "message": "鉴权失败"}), "refused", "10003.*鉴权失败"),
    (_tencent({"code": 10002, "message": "账号当前调用并发超限"}), "busy", "10002"),
    (_tencent({"code": "no"}), "nonsense", "JSON of another shape"),
    (_tencent([]), "nonsense", "no JSON object"),
    (_edge("Path:audio.metadata\r\n\r\n{}"), "nonsense", "metadata of another shape"),
    (_edge(b"\x00\x0bPath:other\r"), "nonsense", "no sound"),
    (_edge(b"\xff\xffPath:audio\r\n"), "nonsense", "no sound"),
    (_edge(b""), "nonsense", "no sound"),
]


@pytest.mark.parametrize(("play", "reason", "message"), FAILURES)
def test_errors_inside_an_answer_are_named(
    play: Callable[[], object], reason: str, message: str
) -> None:
    with pytest.raises(ServiceError, match=message) as caught:
        play()
    assert caught.value.reason == reason


def test_a_key_that_a_service_says_is_not_said_again() -> None:
    failure = ServiceError("me", "busy", "token k-3cret-1 is spent", 3.0)
    said = SpeakerFailed.of(failure, "k-3cret-1")
    assert str(said) == "me: token *** is spent"
    assert (said.service, said.reason, said.retry_after) == ("me", "busy", 3.0)


def test_messages_that_matter_not() -> None:
    assert edge.hear("me", "Path:turn.start\r\n\r\n{}") == StreamPart()
    assert tencent.hear("me", '{"code":0,"final":0,"result":null}') == StreamPart()
    assert edge.hear("me", 'Path:audio.metadata\r\n\r\n{"Metadata":[{"Type":"SessionEnd"}]}') == (
        StreamPart()
    )
