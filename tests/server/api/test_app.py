"""Every route against a real uvicorn: what the service is asked, and what the client is told."""

import json
import logging
from typing import Any

import pytest
import uvloop

from data.services import SpeechStyle
from runtime.errors import (
    AtCapacity,
    BadOffer,
    BrokenSound,
    CannotSpeak,
    NotConfigured,
    NotReady,
    QueueFull,
    RingtalkError,
    SoundTooLong,
    TextRefused,
    UnknownSession,
    UnreadableSound,
)
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

OK = {"code": 0, "msg": "ok"}
ECHO = {"sessionid": "7", "type": "echo", "text": "hi"}


def post(
    path: str, sent: Any, service: Recorder | None = None, **settings: Any
) -> tuple[int, Any, Recorder]:
    """One POST to a server of its own: status, body, and the service that was asked."""

    async def body() -> tuple[int, Any, Recorder]:
        asked = service or Recorder()
        async with running(asked, Settings(**settings)) as client:
            answer = await client.post(path, json=sent)
        asked.asked.remove(("start",))
        return answer.status_code, answer.json(), asked

    return uvloop.run(body())


def test_human_hands_everything_on() -> None:
    tts = {
        "voice": "hibari",
        "speed": 1.5,
        "emotion": "glad",
        "reference": "anna",
        "reference_text": "Hello.",
        "language": "en",
        "unheard_of": 7,
    }
    said = {**ECHO, "interrupt": True, "tts": tts, "extra": {"a": 1}}
    status, answer, service = post("/human", said)
    assert (status, answer) == (200, OK)
    style = SpeechStyle("hibari", 1.5, "glad", "anna", "Hello.", "en")
    assert service.asked == [("say", "7", "hi", style, True, "strip")]


def test_human_takes_the_voice_as_livetalking_spells_it() -> None:
    tts = {
        "ref_file": "vivian",
        "ref_text": "Hello.",
        "instructions": "gladly",
        "task_type": "Base",
        "language": "Chinese",
        "speed": "1.2",
    }
    service = Recorder()
    service.notes = ["task_type: no voice here takes one"]
    status, answer, _ = post("/human", {**ECHO, "tts": tts}, service)
    assert (status, answer) == (200, {"code": 0, "msg": "ok; task_type: no voice here takes one"})
    style = SpeechStyle("", 1.2, "gladly", "", "Hello.", "zh", "vivian", "Base")
    assert service.asked == [("say", "7", "hi", style, False, "strip")]
    assert service.tts == {**tts, "speed": 1.2}


def test_offer_hands_the_session_its_voice() -> None:
    service = Recorder()
    service.notes = ["ref_file 'a.wav': no"]
    sent = {"sdp": "v=0", "type": "offer", "refaudio": "a.wav", "reftext": "Hello."}
    status, answer, _ = post("/offer", sent, service)
    assert (status, answer["msg"]) == (200, "ref_file 'a.wav': no")
    style = SpeechStyle(ref_file="a.wav", reference_text="Hello.")
    assert service.asked == [("open", "v=0", "offer", None, style)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UnknownSession.named("7"), "session not found"),
        (AtCapacity(3, 5), "Maximum session limit reached (3/3)"),
        (NotConfigured("no model"), "no model"),
        (RingtalkError("a bug"), "internal error"),
    ],
)
@pytest.mark.parametrize("path", ["/human", "/interrupt_talk", "/offer", "/is_speaking"])
def test_failures_as_livetalking_has_them(error: RingtalkError, said: str, path: str) -> None:
    service = Recorder()
    sent = {**ECHO, "sdp": "v=0", "type": "offer" if path == "/offer" else "echo"}

    async def body() -> None:
        async with running(service, Settings(livetalking_status=True)) as client:
            service.refusal = error
            answer = await client.post(path, json=sent)
            service.refusal = None
        assert (answer.status_code, answer.json()["code"]) == (200, -1)
        assert answer.json()["msg"].startswith(said)

    uvloop.run(body())


def test_what_is_not_livetalkings_keeps_its_status() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings(livetalking_status=True)) as client:
            headers = {"Origin": "http://evil.example"}
            foreign = await client.post("/human", json=ECHO, headers=headers)
            elsewhere = await client.post("/human", json=ECHO, headers={"Host": "evil.example"})
            broken = await client.post("/human", content=b"{")
            nowhere = await client.post("/nowhere", json={})
            service.refusal = UnknownSession.named("7")
            closed = await client.post("/close", json={"sessionid": "7"})
            service.refusal = None
        codes = [foreign, elsewhere, broken, nowhere, closed]
        assert [one.status_code for one in codes] == [403, 421, 200, 404, 404]
        assert all(one.json()["code"] == -1 for one in codes)

    uvloop.run(body())


def test_human_may_keep_the_markup() -> None:
    status, answer, service = post("/human", {**ECHO, "markup": "keep"})
    assert (status, answer) == (200, OK)
    assert service.asked == [("say", "7", "hi", SpeechStyle(), False, "keep")]


def test_human_hands_a_chat_on() -> None:
    status, answer, service = post("/human", {**ECHO, "type": "chat", "tts": {"voice": "hibari"}})
    assert (status, answer) == (200, OK)
    assert service.asked == [("chat", "7", "hi", SpeechStyle("hibari"), False)]


@pytest.mark.parametrize("sessionid", [7, "7", 7.0])
@pytest.mark.parametrize("more", [{}, {"interrupt": None, "tts": None}, {"tts": {}}])
def test_human_as_livetalking_clients_send_it(sessionid: object, more: dict[str, Any]) -> None:
    status, answer, service = post("/human", {**ECHO, "sessionid": sessionid, **more})
    assert (status, answer) == (200, OK)
    assert service.asked == [("say", "7", "hi", SpeechStyle(), False, "strip")]


@pytest.mark.parametrize(
    ("change", "status", "told"),
    [
        ({"type": "sing"}, 422, "type: input should be 'echo' or 'chat'"),
        ({"type": None}, 422, "type: input should be 'echo' or 'chat'"),
        ({"type": "chat", "text": ""}, 422, "text: is empty"),
        ({"text": ""}, 422, "text: is empty"),
        ({"text": " \n\t"}, 422, "text: is empty"),
        ({"text": "x" * 51}, 422, "text: has 51 characters; allowed are 50"),
        ({"text": 5}, 422, "text: input should be a valid string"),
        ({"sessionid": True}, 422, "sessionid: input should be a valid string"),
        ({"sessionid": None}, 422, "sessionid: input should be a valid string"),
        ({"interrupt": "perhaps"}, 422, "interrupt: input should be a valid boolean"),
        ({"tts": {"speed": 9}}, 422, "tts.speed: input should be less than or equal to 2"),
        ({"tts": {"speed": float("1e400")}}, 422, "tts.speed"),
        ({"tts": "loud"}, 422, "tts: "),
    ],
)
def test_human_refuses(change: dict[str, Any], status: int, told: str) -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings(max_text=50)) as client:
            text = json.dumps({**ECHO, **change})
            answer = await client.post(
                "/human", content=text, headers={"Content-Type": "application/json"}
            )
        assert answer.status_code == status
        failure = answer.json()
        assert failure["code"] == -1
        assert told in failure["msg"]
        assert service.asked == [("start",)]

    uvloop.run(body())


@pytest.mark.parametrize(
    ("raw", "status", "told"),
    [
        (b'{"sessionid": 7', 400, "the body is no JSON: "),
        (b"\xff\xfe", 400, "body"),
        (b"[" * 100_000, 400, "body"),
        (b"[]", 422, "must be a JSON object"),
        (b"null", 422, "must be a JSON object"),
        (b"", 422, "must be a JSON object"),
        (b"{}", 422, "sessionid: field required; type: field required; text: field required"),
        (b'{"sessionid":"\\ud800","type":"echo","text":"a"}', 422, "sessionid: has half of a"),
        (b'{"sessionid":"1","type":"echo","text":"a\\udc00"}', 422, "text: has half of a"),
    ],
)
def test_human_refuses_what_is_no_request(raw: bytes, status: int, told: str) -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            answer = await client.post(
                "/human", content=raw, headers={"Content-Type": "application/json"}
            )
        assert answer.status_code == status
        assert told in answer.json()["msg"]

    uvloop.run(body())


def test_a_body_in_another_charset_is_refused_in_words() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            headers = {"Content-Type": "application/json; charset=latin-1"}
            sent = '{"sessionid": "7", "text": "Grüße"}'.encode("latin-1")
            answer = await client.post("/human", content=sent, headers=headers)
        assert answer.status_code == 400
        assert answer.json()["msg"] == "the body cannot be read: JSON in UTF-8 is wanted"

    uvloop.run(body())


@pytest.mark.parametrize(
    ("error", "status", "retry"),
    [
        (UnknownSession.named("7"), 404, None),
        (BadOffer("no m-lines"), 400, None),
        (AtCapacity(12, 5), 503, "5"),
        (QueueFull("64 wait"), 429, "1"),
        (TextRefused("no words"), 422, None),
        (CannotSpeak("no voice"), 422, None),
        (UnreadableSound("no sound"), 415, None),
        (BrokenSound("cut"), 422, None),
        (SoundTooLong("700 s"), 413, None),
        (NotReady("ingest restarts"), 503, "1"),
        (NotConfigured("no model"), 503, None),
    ],
)
def test_each_refusal_has_its_status(error: RingtalkError, status: int, retry: str | None) -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = error
            for path, sent in (
                ("/human", ECHO),
                ("/interrupt_talk", {"sessionid": "7"}),
                ("/is_speaking", {"sessionid": "7"}),
                ("/close", {"sessionid": "7"}),
                ("/offer", {"sdp": "v=0", "type": "offer"}),
            ):
                answer = await client.post(path, json=sent)
                assert answer.status_code == status, path
                assert answer.json() == {"code": -1, "msg": str(error)}
                assert answer.headers.get("Retry-After") == retry

    uvloop.run(body())


def test_interrupt_talk() -> None:
    status, answer, service = post("/interrupt_talk", {"sessionid": 7})
    assert (status, answer) == (200, OK)
    assert service.asked == [("interrupt", "7")]


@pytest.mark.parametrize("speaking", [True, False])
def test_is_speaking(speaking: bool) -> None:
    service = Recorder()
    service.speaking = speaking
    assert post("/is_speaking", {"sessionid": "7"}, service)[:2] == (200, {**OK, "data": speaking})


def test_offer_answers_plainly() -> None:
    sent = {"sdp": "v=0", "type": "offer", "avatar": "anna", "unheard_of": "x"}
    status, answer, service = post("/offer", sent)
    assert (status, answer) == (
        200,
        {"sdp": "v=0 answer", "type": "answer", "sessionid": "abc"},
    )
    assert service.asked == [("open", "v=0", "offer", "anna")]


@pytest.mark.parametrize("lost", [1234567890123456, "1234567890123456"])
def test_an_offer_names_the_session_that_was_lost(lost: int | str) -> None:
    service = post("/offer", {"sdp": "v=0", "type": "offer", "resume": lost})[2]
    assert service.asked == [("open", "v=0", "offer", None, "", "1234567890123456")]
    service = post("/offer", {"sdp": "v=0", "type": "offer", "resume": None})[2]
    assert service.asked == [("open", "v=0", "offer", None)]


def test_offer_without_avatar_and_of_another_type() -> None:
    assert post("/offer", {"sdp": "v=0", "type": "offer"})[2].asked[0][3] is None
    status, answer, _ = post("/offer", {"sdp": "v=0", "type": "answer"})
    assert status == 422
    assert answer["msg"] == "type: input should be 'offer'"


def test_close_as_a_beacon_of_a_bare_string() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            answer = await client.post(
                "/close",
                content=b'{"sessionid":"7"}',
                headers={"Content-Type": "text/plain;charset=UTF-8"},
            )
        assert answer.json() == OK
        assert ("close", "7") in service.asked

    uvloop.run(body())


def test_health_and_metrics() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            well = await client.get("/healthz")
            service.ready = False
            ill = await client.get("/healthz")
            metrics = await client.get("/metrics")
        actor = {"pid": 17, "state": "running", "restarts": 2}
        data = {
            "ready": True,
            "sessions": 1,
            "capacity": 12,
            "actors": {"egress": actor},
            "lacking": "",
        }
        assert (well.status_code, well.json()) == (200, {**OK, "data": data})
        assert ill.status_code == 503
        assert ill.json()["msg"] == "not ready: egress is restarting"
        assert ill.json()["data"]["actors"]["egress"]["state"] == "restarting"
        assert metrics.content.startswith(b"ticks_total 7\n")
        assert metrics.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"

    uvloop.run(body())


def test_readyz_says_why_not() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            well = await client.get("/readyz")
            service.ready = False
            ill = await client.get("/readyz")
        assert (well.status_code, well.json()) == (200, OK)
        assert (ill.status_code, ill.headers["retry-after"]) == (503, "1")
        assert ill.json() == {"code": -1, "msg": "not ready: egress is restarting"}

    uvloop.run(body())


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/nothing", 404, "there is no GET /nothing"),
        ("POST", "/nothing", 404, "there is no POST /nothing"),
        ("GET", "/%2e%2e/settings.py", 404, "there is no GET"),
        ("GET", "/human", 405, "/human takes POST, not GET"),
        ("DELETE", "/healthz", 405, "/healthz takes GET, not DELETE"),
    ],
)
def test_unknown_routes(method: str, path: str, status: int, told: str) -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            answer = await client.request(method, path)
        assert answer.status_code == status
        assert answer.json()["code"] == -1
        assert told in answer.json()["msg"]

    uvloop.run(body())


def test_the_page_is_checked_by_its_etag() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            first = await client.get("/")
            again = await client.get("/", headers={"If-None-Match": first.headers["ETag"]})
        assert first.status_code == 200
        assert first.headers["Content-Type"].startswith("text/html")
        assert first.headers["Cache-Control"] == "no-cache"
        assert "default-src 'self'" in first.headers["Content-Security-Policy"]
        assert (again.status_code, again.content) == (304, b"")

    uvloop.run(body())


def test_who_may_frame_the_pages_is_named_and_anybody_may_load_the_element() -> None:
    async def body() -> None:
        shop = "https://shop.example"
        for ancestors, told in (([], "'self'"), ([shop], f"'self' {shop}")):
            async with running(Recorder(), Settings(frame_ancestors=ancestors)) as client:
                page, element = await client.get("/"), await client.get("/ringtalk.js")
            assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors {told}")
            assert "Access-Control-Allow-Origin" not in page.headers
            assert element.status_code == 200
            assert element.headers["Access-Control-Allow-Origin"] == "*"
            assert "javascript" in element.headers["Content-Type"]

    uvloop.run(body())


def test_the_face_alone_is_a_view_of_the_page() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            whole, face = await client.get("/?view=all"), await client.get("/?view=face&start=1")
        assert "main.js" in whole.text
        assert "face_view.js" in face.text
        assert "main.js" not in face.text

    uvloop.run(body())


def test_the_docs_need_no_other_server() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            page = await client.get("/docs")
            assert page.status_code == 200
            assert "http://" not in page.text
            assert "https://" not in page.text
            for asset in ("swagger-ui-bundle.js", "swagger-ui.css"):
                assert f'"static-offline-docs/{asset}"' in page.text
                found = await client.get(f"/static-offline-docs/{asset}")
                assert found.status_code == 200
            assert (await client.get("/openapi.json")).json()["info"]["title"] == "ringtalk"

    uvloop.run(body())


def test_a_bug_is_told_by_an_id_that_the_log_has(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> dict[str, Any]:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = ZeroDivisionError("secret")
            answer = await client.post("/human", json=ECHO)
            service.refusal = None
            assert (await client.post("/human", json=ECHO)).status_code == 200
        assert answer.status_code == 500
        told: dict[str, Any] = answer.json()
        return told

    with caplog.at_level(logging.ERROR):
        told = uvloop.run(body())
    assert told["code"] == -1
    assert "secret" not in str(told)
    [record] = caplog.records
    assert told["msg"].rpartition(" ")[2] in record.getMessage()
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])
