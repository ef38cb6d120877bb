"""/avatars/{name}/…: pictures of avatars, new names, their end."""

from typing import Any

import httpx
import pytest
import uvloop

from runtime.errors import AvatarKept, NoSuchAvatar
from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running


def asked(service: Recorder, method: str, path: str, **request: Any) -> httpx.Response:
    async def body() -> httpx.Response:
        async with running(service, Settings()) as client:
            return await client.request(method, path, **request)

    return uvloop.run(body())


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("sheet", "image/png"),
        ("poster", "image/jpeg"),
        ("preview", "video/mp4"),
        ("report", "application/json"),
    ],
)
def test_a_picture_is_sent_once(what: str, kind: str) -> None:
    service = Recorder()
    first = asked(service, "GET", f"/avatars/anna/{what}")
    assert (first.headers["Content-Type"], first.content) == (kind, f"a {what}".encode())
    assert service.asked[1:] == [(what, "anna")]
    seen = {"If-None-Match": first.headers["ETag"]}
    again = asked(Recorder(), "GET", f"/avatars/anna/{what}", headers=seen)
    assert (again.status_code, again.content) == (304, b"")


def test_an_avatar_is_deleted_and_renamed() -> None:
    service = Recorder()
    assert asked(service, "DELETE", "/avatars/anna").json() == {"code": 0, "msg": "ok"}
    assert ("remove", "anna") in service.asked
    renamed = asked(service, "POST", "/avatars/anna/rename", json={"name": "bea"})
    assert renamed.json() == {"code": 0, "msg": "ok"}
    assert ("rename", "anna", "bea") in service.asked


@pytest.mark.parametrize(("kind", "status"), [(NoSuchAvatar, 404), (AvatarKept, 409)])
def test_a_refusal_is_told(kind: type[Exception], status: int) -> None:
    class Refusing(Recorder):
        async def remove(self, name: str) -> None:
            raise kind(f"{name}: no")

    answer = asked(Refusing(), "DELETE", "/avatars/mira")
    assert (answer.status_code, answer.json()) == (status, {"code": -1, "msg": "mira: no"})


def test_a_new_name_has_a_length() -> None:
    service = Recorder()
    answer = asked(service, "POST", "/avatars/anna/rename", json={"name": "b" * 65})
    assert answer.status_code == 422
    assert service.asked == [("start",)]
