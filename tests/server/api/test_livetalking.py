"""Every call of LiveTalking's documented API, sent to a real server: status, shape and types.

The table has facts of its docs/api.md, docs/admin_api.md, docs/avatar_api.md and server/routes.py
at commit a5a77f4. An answer may have more fields than LiveTalking's; none may be missing or of
another type.
"""

import asyncio
import io
import json
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from runtime.settings import Settings
from tests.server.peer_client import PeerClient
from tests.server.real_service import PATIENCE, a_service, cache_with, settings
from tests.server.service_recorder import running

SID: Final = "{sessionid}"
OK: Final = {"code": 0, "msg": str}
FAILED: Final = {"code": -1, "msg": str}
UNKNOWN: Final = {"code": -1, "msg": "session not found"}
CONFIG: Final = {
    **dict.fromkeys(("fps", "l", "m", "r", "batch_size", "modelres", "max_session"), int),
    **dict.fromkeys(("model", "avatar_id", "modelfile", "customvideo_config", "tts"), str),
    **dict.fromkeys(("REF_FILE", "TTS_SERVER", "transport", "push_url", "stun"), str),
    "REF_TEXT": (str, type(None)),
    "listenport": int,
    "customopt": list,
}
SESSION: Final = {
    **dict.fromkeys(("speaking", "recording"), bool),
    **dict.fromkeys(("sessionid", "model", "avatar_id", "REF_FILE", "transport"), str),
    "batch_size": int,
    "customopt": list,
}


class Call(NamedTuple):
    """One call: what is sent, and what LiveTalking answers. form: a file goes along."""

    method: str
    path: str
    sent: dict[str, Any] | None
    answer: Any
    status: int = 200
    real: int = 200
    """The status without the setting `livetalking_status`."""
    form: bool = False
    refused: Any = FAILED
    """The answer without that setting, where it is a refusal."""


ECHO: Final = {"sessionid": SID, "type": "echo", "text": "Good morning."}
CALLS: Final = (
    Call("POST", "/human", ECHO, OK),
    Call("POST", "/human", {**ECHO, "interrupt": True}, OK),
    Call("POST", "/human", {**ECHO, "tts": {"voice": "hibari", "emotion": "glad"}}, OK),
    Call("POST", "/human", {**ECHO, "tts": {"ref_file": "a.wav", "ref_text": "Hi."}}, OK),
    Call(
        "POST", "/human",
        {**ECHO, "tts": {"ref_file": "vivian", "language": "English", "speed": 1.1,
                         "instructions": "gladly", "task_type": "CustomVoice"}},
        OK,
    ),
    Call("POST", "/human", {**ECHO, "type": "chat"}, FAILED, real=503),
    Call("POST", "/human", {**ECHO, "sessionid": "none"}, UNKNOWN, real=404),
    Call("POST", "/human", {**ECHO, "tts": {"voice": "nobody"}}, OK, real=422),
    Call("POST", "/human", {**ECHO, "tts": {"speed": 9}}, OK, real=422),
    Call("POST", "/human", {**ECHO, "type": "sing"}, OK, real=422),
    Call("POST", "/human", {**ECHO, "text": ""}, OK, real=422),
    Call("POST", "/human", {**ECHO, "text": "Word. " * 1000}, OK, real=422),
    Call("POST", "/human", {"sessionid": SID, "type": "echo"}, FAILED, real=422),
    Call("POST", "/humanaudio", {"sessionid": SID}, OK, form=True),
    Call("POST", "/humanaudio", {"sessionid": "none"}, UNKNOWN, real=404, form=True),
    Call("POST", "/humanaudio", {"sessionid": SID}, FAILED, real=415),
    Call("POST", "/is_speaking", {"sessionid": SID}, {**OK, "data": bool}),
    Call("POST", "/is_speaking", {"sessionid": "none"}, UNKNOWN, real=404),
    Call("POST", "/interrupt_talk", {"sessionid": SID}, OK),
    Call("POST", "/interrupt_talk", {"sessionid": "none"}, UNKNOWN, real=404),
    Call("POST", "/record", {"sessionid": "none", "type": "start_record"}, UNKNOWN, real=404),
    Call("POST", "/record", {"sessionid": SID, "type": "end_record"}, OK, real=409),
    Call("POST", "/set_audiotype", {"sessionid": SID, "audiotype": 0}, OK),
    Call("POST", "/set_audiotype", {"sessionid": SID, "audiotype": 77}, FAILED, real=404),
    Call("POST", "/set_audiotype", {"sessionid": "none", "audiotype": 0}, UNKNOWN, real=404),
    Call("GET", "/api/avatar/tasks", None, {**OK, "data": {"tasks": list}}),
    Call("GET", "/api/avatar/task/none", None, {"code": 404}, real=404, refused={"code": 404}),
    Call("DELETE", "/api/avatar/task/none", None, FAILED, real=404),
    Call("POST", "/api/avatar/task", {"model": "wav2lip", "avatar_id": "a"}, FAILED, real=422),
    Call("GET", "/sse?sessionid=none", None, UNKNOWN, real=404),
    Call("GET", "/api/admin/config", None, {**OK, "data": {"config": CONFIG}}),
    Call("GET", "/api/admin/sessions", None, {**OK, "data": {"sessions": [SESSION]}}),
    Call("POST", "/offer", {"sdp": "v=0", "type": "offer"}, FAILED, real=400),
    Call("POST", "/offer", {"sdp": "", "type": "offer", "avatar": "nobody"}, FAILED, real=422),
)  # fmt: skip


def sound() -> bytes:
    """Half a second of silence, as a WAV."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(bytes(16_000))
    return file.getvalue()


def differs(answer: Any, shape: Any, where: str = "answer") -> list[str]:
    """In what the answer is not of this shape."""
    if isinstance(shape, dict):
        if not isinstance(answer, dict):
            return [f"{where} is no object"]
        missing = [f"{where}.{name} is missing" for name in shape if name not in answer]
        there = (name for name in shape if name in answer)
        return missing + [
            line for name in there for line in differs(answer[name], shape[name], f"{where}.{name}")
        ]
    if isinstance(shape, list):
        if not isinstance(answer, list) or not answer:
            return [f"{where} is no list with something in it"]
        return [line for one in answer for line in differs(one, shape[0], where)]
    if isinstance(shape, type | tuple):
        exact = isinstance(answer, shape) and (shape is bool or not isinstance(answer, bool))
        return [] if exact else [f"{where} is {answer!r}"]
    return [] if answer == shape else [f"{where} is {answer!r}, not {shape!r}"]


async def sent(client: httpx.AsyncClient, call: Call, sessionid: str, kind: str) -> httpx.Response:
    """The answer; kind: the Content-Type of JSON, "" for none."""
    path = call.path.replace(SID, sessionid)
    body = json.loads(json.dumps(call.sent).replace(SID, sessionid))
    if call.form:
        files = {"file": ("a.wav", sound(), "audio/wav")}
        return await client.request(call.method, path, data=body, files=files)
    if body is None:
        return await client.request(call.method, path)
    return await client.request(
        call.method, path, content=json.dumps(body), headers={"Content-Type": kind} if kind else {}
    )


def replay(given: Settings, kinds: tuple[str, ...], *, lenient: bool) -> dict[str, list[str]]:
    """All calls in one session; what differs, by call."""

    async def within(client: httpx.AsyncClient) -> dict[str, list[str]]:
        peer = PeerClient()
        offer = {"sdp": await peer.offer(), "type": "offer", "avatar": "builtin"}
        more = {"refaudio": "ref.wav", "reftext": "Hello.", "custom_config": ""}
        answer = await client.post("/offer", content=json.dumps({**offer, **more}))
        found = {}
        shape = {"sdp": str, "type": "answer", "sessionid": str}
        found["offer"] = differs(answer.json(), shape)
        sessionid = answer.json()["sessionid"]
        for call in CALLS:
            for kind in kinds:
                told = await sent(client, call, sessionid, kind)
                wrong = differs(
                    told.json(), call.answer if lenient or call.real == 200 else call.refused
                )
                status = call.status if lenient else call.real
                if told.status_code != status:
                    wrong.append(f"status {told.status_code}, not {status}: {told.text[:200]}")
                found[f"{call.method} {call.path} {call.sent} as {kind!r}"] = wrong
        await peer.close()
        return {name: wrong for name, wrong in found.items() if wrong}

    return uvloop.run(_served(given, within))


async def _served(given: Settings, story: Any) -> Any:
    async with asyncio.timeout(PATIENCE), running(a_service(given), given) as client:
        client.timeout = httpx.Timeout(PATIENCE)
        return await story(client)


def test_every_call_answers_as_livetalkings_does(tmp_path: Path) -> None:
    given = settings(cache_with(tmp_path), drain_seconds=0, livetalking_status=True)
    kinds = ("application/json", "", "text/plain", "application/x-www-form-urlencoded")
    assert replay(given, kinds, lenient=True) == {}


def test_real_statuses_stay_the_default(tmp_path: Path) -> None:
    given = settings(cache_with(tmp_path), drain_seconds=0)
    assert replay(given, ("application/json",), lenient=False) == {}


async def lines(answer: httpx.Response) -> AsyncIterator[str]:
    async for line in answer.aiter_lines():
        if line:
            yield line


def test_its_events_and_its_full_server(tmp_path: Path) -> None:
    """One session speaks and is followed as there; a second one finds no place."""
    given = settings(
        cache_with(tmp_path), drain_seconds=0, livetalking_status=True, max_calls=1
    )  # fmt: skip

    async def story(client: httpx.AsyncClient) -> None:
        peer = PeerClient()
        offer = {"sdp": await peer.offer(), "type": "offer"}
        answer = (await client.post("/offer", json=offer)).json()
        await peer.accept(answer["sdp"])
        await peer.watch(1)
        full = await client.post("/offer", json=offer)
        assert (full.status_code, full.json()["code"]) == (200, -1)
        assert re.fullmatch(r"Maximum session limit reached \(1/1\)", full.json()["msg"])
        about = {"sessionid": answer["sessionid"]}
        begun = await client.post("/record", json={**about, "type": "start_record"})
        assert (begun.status_code, differs(begun.json(), OK)) == (200, [])
        params = {**about, "style": "livetalking"}
        said = {**about, "type": "echo", "text": "Good morning. Welcome.", "tts": {"a": 1}}
        async with client.stream("GET", "/sse", params=params) as there:
            assert there.headers["content-type"].startswith("text/event-stream")
            await client.post("/human", json=said)
            await client.post("/humanaudio", data=about, files={"file": ("a.wav", sound())})
            told: list[str] = []
            source = lines(there)
            while len(told) < 6:
                told.append(await anext(source))
        pairs = [{"text": "Good morning.", "tts": {"a": 1}}, {"text": "Welcome.", "tts": {"a": 1}}]
        wanted = [
            {"status": status, **pair} for pair in (*pairs, {}) for status in ("start", "end")
        ]
        assert [json.loads(line.removeprefix("data: ")) for line in told] == wanted
        async with client.stream("GET", "/sse", params=about) as own:
            ids = [json.loads(one[6:]) async for one in _first(own, 40) if one.startswith("data: ")]
        start = next(event for event in ids if event["status"] == "start")
        end = next(event for event in ids if event["status"] == "end")
        for event in (start, end):
            assert (event["text"], event["tts"]) == (said["text"], said["tts"])
        ended = await client.post("/record", json={**about, "type": "end_record"})
        assert (ended.status_code, differs(ended.json(), OK)) == (200, [])
        film = await client.get(f"/record/{about['sessionid']}")
        assert (film.status_code, film.headers["content-type"]) == (200, "video/mp4")
        assert film.content[4:8] == b"ftyp"
        nobody = await client.get("/record/none")
        assert nobody.status_code == 404
        await peer.close()

    uvloop.run(_served(given, story))


async def _first(answer: httpx.Response, most: int) -> AsyncIterator[str]:
    """The first lines, up to the second `end`."""
    ends = 0
    async for line in lines(answer):
        ends += '"status":"end"' in line
        yield line
        if ends == 2:
            return


def test_its_recogniser_says_that_it_is_not_there(tmp_path: Path) -> None:
    given = settings(cache_with(tmp_path), drain_seconds=0)

    async def story(client: httpx.AsyncClient) -> None:
        async with connect(f"ws://localhost:{client.base_url.port}/api/asr", proxy=None) as ws:
            with pytest.raises(ConnectionClosed, match=r"asr\.kind"):
                await ws.recv()

    uvloop.run(_served(given, story))
