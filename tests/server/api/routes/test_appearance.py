"""/avatars, /backgrounds and /background against a real uvicorn."""

from typing import Any

import httpx
import pytest
import uvloop

from runtime.errors import (
    BadBackground,
    FixedBackground,
    NotReady,
    OtherShape,
    PictureTooLarge,
    RingtalkError,
    UnknownAvatar,
    UnknownBackground,
    UnknownSession,
    UnreadablePicture,
)
from runtime.settings import Settings
from tests.server.api.test_app import OK, post
from tests.server.service_recorder import Recorder, running
from tests.server.sessions.test_background_store import a_picture


def upload(service: Recorder, **request: Any) -> httpx.Response:
    async def body() -> httpx.Response:
        async with running(service, Settings()) as client:
            return await client.post("/backgrounds", **request)

    return uvloop.run(body())


def test_everyone_who_can_be_shown_is_listed() -> None:
    async def body() -> httpx.Response:
        async with running(Recorder(), Settings()) as client:
            return await client.get("/avatars")

    answer = uvloop.run(body())
    assert answer.status_code == 200
    assert [row["name"] for row in answer.json()["data"]] == ["mira", "anna"]
    assert answer.json()["data"][0] == {
        "name": "mira",
        "width": 512,
        "height": 512,
        "engine": "builtin",
        "replaceable": True,
        "prepared": False,
        "broken": "",
        "builtin": True,
        "sheet": False,
        "default": True,
        "actions": [{"name": "nod", "faces": True, "loop": False, "number": 0, "sound": False}],
    }


def test_a_picture_is_kept_as_it_came() -> None:
    service, picture = Recorder(), a_picture(".jpg")
    answer = upload(service, files={"file": ("../my wall.txt", picture, "text/plain")})
    assert (answer.status_code, answer.json()) == (
        200,
        {**OK, "data": {"id": "0123456789abcdef" * 2}},
    )
    assert ("keep_background", picture) in service.asked


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        ({"files": {"file": ("a.png", b"")}}, 415, "'a.png' is empty"),
        ({"files": {"picture": ("a.png", b"1")}}, 422, "the picture, as a file"),
        ({"files": {"file": ("a.png", bytes(8_000_001))}}, 413, "larger than 8 MB; nothing"),
        ({"files": {"file": ("a.png", bytes(9_000_000))}}, 413, "larger than 8 MB; nothing"),
        ({"json": {"file": "a.png"}}, 415, "allowed: multipart/form-data"),
    ],
)
def test_a_form_that_is_no_picture_is_refused(
    request_: dict[str, Any], status: int, says: str
) -> None:
    service = Recorder()
    answer = upload(service, **request_)
    assert (answer.status_code, says in answer.json()["msg"]) == (status, True), answer.text
    assert service.asked == [("start",)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnreadablePicture("file: is no picture"), 415),
        (PictureTooLarge("file: is 5000 x 5000"), 413),
        (BadBackground("file: is 2 x 2"), 422),
    ],
)
def test_a_picture_that_the_house_refuses_is_refused(error: RingtalkError, status: int) -> None:
    service = Recorder()

    async def body() -> httpx.Response:
        async with running(service, Settings()) as client:
            service.refusal = error
            return await client.post("/backgrounds", files={"file": ("a.png", b"1")})

    answer = uvloop.run(body())
    assert (answer.status_code, answer.json()) == (status, {"code": -1, "msg": str(error)})


@pytest.mark.parametrize(
    ("given", "told"), [("#204060", "#204060"), ("", ""), (None, ""), ("f" * 32, "f" * 32)]
)
def test_a_call_s_background_is_changed(given: str | None, told: str) -> None:
    status, answer, service = post("/background", {"sessionid": 7, "background": given})
    assert (status, answer) == (200, OK)
    assert service.asked == [("set_background", "7", told)]


def test_a_session_is_given_another_avatar() -> None:
    status, answer, service = post("/avatar", {"sessionid": 7, "avatar": "anna"})
    assert (status, answer) == (200, OK)
    assert service.asked == [("set_avatar", "7", "anna")]
    for sent, says in (
        ({"sessionid": "7"}, "avatar: field required"),
        ({"sessionid": "7", "avatar": None}, "avatar: "),
        ({"sessionid": "7", "avatar": "x" * 300}, "avatar: "),
    ):
        status, answer, service = post("/avatar", sent)
        assert (status, answer["msg"].startswith(says), service.asked) == (422, True, [])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownSession.named("7"), 404),
        (UnknownAvatar("no avatar is called 'anna'"), 422),
        (OtherShape("'anna' is 1280 x 720, this session is 512 x 512"), 409),
        (NotReady("it is being restarted"), 503),
    ],
)
def test_an_avatar_that_cannot_be_shown_has_its_status(error: RingtalkError, status: int) -> None:
    service = Recorder()

    async def body() -> httpx.Response:
        async with running(service, Settings()) as client:
            service.refusal = error
            return await client.post("/avatar", json={"sessionid": "7", "avatar": "anna"})

    answer = uvloop.run(body())
    assert (answer.status_code, answer.json()["msg"]) == (status, str(error))


def test_a_change_names_what_is_wanted() -> None:
    status, answer, service = post("/background", {"sessionid": "7"})
    assert (status, answer["msg"], service.asked) == (422, "background: field required", [])


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnknownSession.named("7"), 404),
        (UnknownBackground("no such picture"), 404),
        (FixedBackground("it is part of its pictures"), 409),
        (BadBackground("neither a colour"), 422),
        (NotReady("it is being restarted"), 503),
    ],
)
def test_what_the_house_refuses_has_its_status(error: RingtalkError, status: int) -> None:
    async def body(path: str, sent: object) -> httpx.Response:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = error
            return await client.post(path, json=sent)

    for path, sent in (
        ("/background", {"sessionid": "7", "background": "#204060"}),
        ("/offer", {"sdp": "v=0", "type": "offer", "background": "#204060"}),
    ):
        answer = uvloop.run(body(path, sent))
        assert (answer.status_code, answer.json()["msg"]) == (status, str(error))


def test_an_offer_says_what_is_behind() -> None:
    offer = {"sdp": "v=0", "type": "offer", "avatar": "anna"}
    *_, service = post("/offer", {**offer, "background": "#204060"})
    assert service.asked == [("open", "v=0", "offer", "anna", "#204060")]
    *_, service = post("/offer", {**offer, "background": None})
    assert service.asked == [("open", "v=0", "offer", "anna")]
