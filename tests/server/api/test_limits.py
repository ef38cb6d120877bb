"""No field of any request may be longer than its limit, and the limits are documented."""

import copy
import re
from typing import Any

import msgspec
import pytest
import uvloop
from pydantic import BaseModel

from data.services import SpeechStyle
from runtime import limits
from runtime.messages import AnswerText, Envelope, SayText, SdpAnswer, SdpOffer
from runtime.packets import PACKET_LIMIT
from runtime.settings import Settings
from server.api import requests
from server.api.app import create_api
from server.api.websocket_messages import KINDS, BadMessage, parse
from tests.server.service_recorder import Recorder, running

LONG = "x" * 200_000
BODIES: dict[str, dict[str, Any]] = {
    "/offer": {"sdp": "v=0", "type": "offer", "avatar": "a", "background": "b"},
    "/close": {"sessionid": "7"},
    "/background": {"sessionid": "7", "background": "b"},
    "/human": {
        "sessionid": "7",
        "type": "echo",
        "text": "t",
        "markup": "strip",
        "tts": {
            "voice": "v",
            "emotion": "e",
            "reference": "r",
            "reference_text": "t",
            "language": "en",
        },
    },
    "/interrupt_talk": {"sessionid": "7"},
    "/is_speaking": {"sessionid": "7"},
}


def fields(body: dict[str, Any], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, value in body.items():
        path = (*before, name)
        found += fields(value, path) if isinstance(value, dict) else [path]
    return found


PLACES = [(route, place) for route, body in BODIES.items() for place in fields(body)]


def with_long(route: str, place: tuple[str, ...], letter: str = "x") -> dict[str, Any]:
    body = copy.deepcopy(BODIES[route])
    inner = body
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = letter * len(LONG)
    return body


def test_a_string_that_is_too_long_is_refused_by_its_name_in_every_field() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            for route, place in PLACES:
                answer = await client.post(route, json=with_long(route, place))
                told = answer.json()["msg"]
                assert answer.status_code == 422, (route, place, told)
                assert told.startswith(f"{'.'.join(place)}: "), (route, place, told)
                if place[-1] not in ("type", "markup"):  # of a few words, which it tells
                    assert re.search(
                        r"at most \d+ characters|\d+ are allowed|allowed are \d+", told
                    )
                assert len(told) < 500
        assert service.asked == [("start",)]

    uvloop.run(body())


@pytest.mark.parametrize("path", ["/sse", "/ws"])
def test_a_long_session_id_of_a_query_is_refused(path: str) -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            upgrade = (
                {}
                if path == "/sse"
                else {
                    "Connection": "Upgrade",
                    "Upgrade": "websocket",
                    "Sec-WebSocket-Version": "13",
                    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
                }
            )
            answer = await client.get(path, params={"sessionid": "7" * 65}, headers=upgrade)
            assert answer.status_code == 422
            assert "sessionid: string should have at most 64" in answer.json()["msg"]

    uvloop.run(body())


def test_a_long_session_id_of_an_upload_is_refused() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            answer = await client.post(
                "/humanaudio", data={"sessionid": "7" * 65}, files={"file": b"RIFF"}
            )
            assert answer.status_code == 422
            assert answer.json()["msg"] == "sessionid: has 65 characters; 64 are allowed"

    uvloop.run(body())


@pytest.mark.parametrize("kind", ["say", "chat"])
@pytest.mark.parametrize("field", fields(BODIES["/human"]["tts"]))
def test_a_long_string_of_a_websocket_is_refused(kind: str, field: tuple[str]) -> None:
    message = {"type": kind, "text": "Hello.", "tts": {field[0]: LONG}}
    with pytest.raises(BadMessage, match=rf"tts\.{field[0]}: string should have at most"):
        parse(msgspec.json.encode(message).decode())


def test_what_is_told_of_a_bad_message_is_short() -> None:
    with pytest.raises(BadMessage) as caught:
        parse(msgspec.json.encode({"type": LONG}).decode())
    assert len(str(caught.value)) <= 500


def test_every_string_of_the_document_has_its_limit() -> None:
    """Of what clients send: the bodies' fields, the parameters, and the messages of the socket."""
    api = create_api().openapi()
    unlimited: list[str] = []

    def look(where: str, schema: dict[str, Any]) -> None:
        if schema.get("type") == "string":
            known = {"maxLength", "enum", "const"} & schema.keys() or schema.get("format")
            unlimited.extend([] if known else [where])
        for name, inner in schema.get("properties", {}).items():
            look(f"{where}.{name}", inner)
        for inner in schema.get("anyOf", []):
            look(where, inner)

    bodies = (requests.Human, requests.Offer, requests.SetBackground, requests.Voice)
    kinds: list[type[BaseModel]] = [*bodies, *KINDS]
    for kind in kinds:
        look(kind.__name__, kind.model_json_schema())
    for path, methods in api["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                look(f"{path}?{parameter['name']}", parameter["schema"])
            form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
            look(path, form["schema"] if form else {})
    assert unlimited == []


WIDEST = "\N{GRINNING FACE}"
"""Four bytes in UTF-8, as many as a character can have."""


def test_the_largest_request_fits_the_control_channel() -> None:
    style = SpeechStyle(
        voice=WIDEST * limits.VOICE,
        emotion=WIDEST * limits.INSTRUCTIONS,
        reference=WIDEST * limits.REFERENCE,
        ref_file=WIDEST * limits.REFERENCE,
        task_type=WIDEST * limits.VOICE,
        reference_text=WIDEST * limits.REFERENCE_TEXT,
        language=WIDEST * limits.LANGUAGE,
    )
    session, text = "1" * 16, WIDEST * limits.TEXT
    for message in (
        SayText(session, 2**63, 2**63, text, style),
        AnswerText(session, 2**63, 2**63, text, style, 2**63),
        SdpOffer(session, "x" * limits.SDP_BYTES, "offer"),
        SdpAnswer("x" * limits.SDP_ANSWER_BYTES, "answer"),
    ):
        packet = msgspec.msgpack.encode(Envelope(2**63, False, "ingest", message))
        assert len(packet) < PACKET_LIMIT


def test_an_offer_is_counted_in_bytes() -> None:
    with pytest.raises(ValueError, match=f"{limits.SDP_BYTES} are allowed"):
        requests.Offer(sdp=WIDEST * (limits.SDP_BYTES // 2), type="offer")


def test_the_longest_text_of_the_settings_is_the_longest_of_the_document() -> None:
    assert Settings(max_text=limits.TEXT).max_text == limits.TEXT
    with pytest.raises(ValueError, match="less than or equal"):
        Settings(max_text=limits.TEXT + 1)
