"""Nothing that a client is told names a folder of this machine, whatever it sends."""

import re
from pathlib import Path
from typing import Any

import pytest
import uvloop

from runtime.errors import BrokenSound, NotReady, RingtalkError, UnknownAvatar
from runtime.settings import Settings
from server.sessions.machine_paths import MachinePaths
from server.sessions.service import AvatarInfo
from tests.server.api.test_limits import BODIES, PLACES, with_long
from tests.server.service_recorder import Recorder, running

ODD: list[Any] = [
    None,
    True,
    7,
    1.5,
    -1,
    "",
    "\0",
    "../../etc/passwd",
    "a" * 300,
    "é" * 300,
    [],
    {},
]
FOLDER = re.compile(r"/(root|home|tmp|usr|opt|work|dev|proc|var|etc(?!/passwd))\b")


def named(body: str) -> list[str]:
    """The folders of this machine in it."""
    known = [str(Path.cwd()), str(Path.home()), str(Settings().cache_dir)]
    return [folder for folder in known if folder in body] + FOLDER.findall(body)


def test_whatever_is_sent() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            for route, place in PLACES:
                for odd in ODD:
                    sent = with_long(route, place)
                    inner = sent
                    for name in place[:-1]:
                        inner = inner[name]
                    inner[place[-1]] = odd
                    answer = await client.post(route, json=sent)
                    assert answer.status_code < 500, (route, place, odd, answer.text)
                    assert not named(answer.text), (route, place, odd, answer.text)
            for path in (
                "/nothing",
                "/../../etc/passwd",
                "/%2e%2e/x",
                "/docs/x",
                "/a%00b",
            ):
                for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
                    answer = await client.request(method, path)
                    assert answer.status_code in (404, 405), (method, path, answer.status_code)
                    assert not named(answer.text)

    uvloop.run(body())


REFUSALS = [
    RingtalkError("inference: [Errno 36] File name too long: '/root/.cache/ringtalk/avatars/xx'"),
    OSError(24, "Too many open files", "/dev/shm/x"),
    UnknownAvatar(f"{Settings().cache_dir}/avatars/x/clip.json: missing; prepare the avatar again"),
    NotReady(f"{Path.cwd()}/server: gone"),
    BrokenSound(f"{Path.home()}/a.wav is broken"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("route", BODIES)
def test_whatever_goes_wrong_inside(route: str, refusal: Exception) -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = refusal
            answer = await client.post(route, json=BODIES[route])
            service.refusal = None
        assert answer.status_code >= 400
        assert answer.json()["code"] == -1
        assert not named(answer.text), answer.text
        if answer.status_code == 500:
            assert "under fault" in answer.json()["msg"]

    uvloop.run(body())


def test_why_an_avatar_is_broken() -> None:
    class Broken(Recorder):
        async def avatars(self) -> list[AvatarInfo]:
            why = f"{Settings().cache_dir}/avatars/anna/frames.npy: missing"
            return [AvatarInfo("anna", 0, 0, "", False, False, broken=why)]

    async def body() -> None:
        async with running(Broken(), Settings()) as client:
            [row] = (await client.get("/avatars")).json()["data"]
        assert row["broken"] == "…/avatars/anna/frames.npy: missing"

    uvloop.run(body())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/cache/avatars/x: missing", "…/avatars/x: missing"),
        ("'/srv/cache'", "'…'"),
        ("POST /offer begins a new one", "POST /offer begins a new one"),
        ("see http://a.example/srv/cache/x", "see http://a.example/srv/cache/x"),
        ("/srv/cached is another", "/srv/cached is another"),
        ("/dev/shm has no room", "… has no room"),
        ("", ""),
    ],
)
def test_known_folders_are_hidden(text: str, told: str) -> None:
    assert MachinePaths(Path("/srv/cache")).hidden(text) == told
