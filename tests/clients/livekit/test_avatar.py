"""How a face comes into a room and leaves it: what the ringtalk server is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from livekit.agents import AgentSession, APIConnectOptions, Plugin
from livekit.api import TokenVerifier
from livekit.plugins.ringtalk import AvatarSession, RingtalkException, __version__
from livekit.plugins.ringtalk.room_output import RoomAudioOutput

from tests.actors.egress.outputs.room.fake_room import FakeRoom, FakeServer
from tests.clients.livekit.test_room_output import told

SECRET = "a-secret-of-thirty-two-characters!"
CREDENTIALS: dict[str, Any] = {
    "livekit_url": "ws://localhost:7880",
    "livekit_api_key": "key",
    "livekit_api_secret": SECRET,
}
ONCE = APIConnectOptions(max_retry=1, retry_interval=0.0)


class Asked:
    """A server that answers as ringtalk does, and what it was asked."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any], str]] = []
        self.answers: dict[str, tuple[int, object]] = {
            "/livekit": (200, {"code": 0, "msg": "ok", "data": {"sessionid": "17"}}),
            "/close": (200, {"code": 0, "msg": "ok"}),
        }
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        key = request.headers.get("Authorization", "")
        self.requests.append((request.path, await request.json(), key))
        status, body = self.answers[request.path]
        return web.json_response(body, status=status)


@asynccontextmanager
async def asked() -> AsyncIterator[Asked]:
    it = Asked()
    app = web.Application()
    app.router.add_post("/{tail:.*}", it.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    it.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield it
    finally:
        await runner.cleanup()


async def an_agent() -> tuple[FakeRoom, "AgentSession[None]"]:
    return await FakeServer().join("agent-7"), AgentSession(vad=None)


def test_the_server_joins_with_a_token_for_this_room_and_agent() -> None:
    async def story() -> None:
        async with asked() as it:
            room, session = await an_agent()
            face = AvatarSession(url=it.url + "/", api_key="k", avatar="mira", background="#102030")
            await face.start(session, room.real, **CREDENTIALS)
            [(path, body, key)] = it.requests
            token = body.pop("token")
            assert (path, key) == ("/livekit", "Bearer k")
            assert body == {
                "url": "ws://localhost:7880", "avatar": "mira", "background": "#102030",
            }  # fmt: skip
            claims = TokenVerifier("key", SECRET).verify(token)
            assert claims.identity == face.avatar_identity and claims.kind == "agent"
            assert claims.attributes == {"lk.publish_on_behalf": "agent-7"}
            assert claims.video is not None
            assert claims.video.room_join and claims.video.room == "a-room"
            assert face.sessionid == "17" and face.provider == "ringtalk"
            output = session.output.audio
            assert isinstance(output, RoomAudioOutput) and output.can_pause
            assert output.sample_rate == 24_000
            await face.aclose()
            await face.aclose()
            assert it.requests[1:] == [("/close", {"sessionid": "17"}, "Bearer k")]

    told(story())


def test_each_face_has_an_identity_of_its_own_unless_it_is_given() -> None:
    first, second = AvatarSession(), AvatarSession()
    assert first.avatar_identity != second.avatar_identity
    assert AvatarSession(avatar_participant_identity="f").avatar_identity == "f"


def test_what_is_not_given_is_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with asked() as it:
            monkeypatch.setenv("RINGTALK_URL", it.url)
            monkeypatch.setenv("RINGTALK_API_KEY", "from-there")
            for name, value in CREDENTIALS.items():
                monkeypatch.setenv(name.upper(), value)
            room, session = await an_agent()
            face = AvatarSession()
            await face.start(session, room.real)
            assert it.requests[0][2] == "Bearer from-there"
            await face.aclose()

    told(story())


def test_without_credentials_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name.upper(), raising=False)

    async def story() -> None:
        async with asked() as it:
            room, session = await an_agent()
            with pytest.raises(RingtalkException, match="LIVEKIT_URL"):
                await AvatarSession(url=it.url).start(session, room.real)
            assert it.requests == [] and session.output.audio is None

    told(story())


@pytest.mark.parametrize(
    ("status", "asked_times"), [(422, 1), (401, 1), (502, 2), (503, 2), (500, 1)]
)
def test_a_refusal_says_what_the_server_says(status: int, asked_times: int) -> None:
    async def story() -> None:
        async with asked() as it:
            msg = "livekit: a LiveKit room needs livekit: pip install 'ringtalk[livekit]'"
            it.answers["/livekit"] = (status, {"code": -1, "msg": msg})
            room, session = await an_agent()
            face = AvatarSession(url=it.url, conn_options=ONCE)
            with pytest.raises(RingtalkException, match=r"ringtalk\[livekit\]") as refused:
                await face.start(session, room.real, **CREDENTIALS)
            assert refused.value.status == status
            assert len(it.requests) == asked_times
            assert session.output.audio is None

    told(story())


def test_a_server_that_is_none_or_away_is_told() -> None:
    async def story() -> None:
        async with asked() as it:
            it.answers["/livekit"] = (200, ["something else"])
            room, session = await an_agent()
            for url, why in ((it.url, "no ringtalk server"), ("http://127.0.0.1:9", "not answer")):
                face = AvatarSession(url=url, conn_options=ONCE)
                with pytest.raises(RingtalkException, match=why):
                    await face.start(session, room.real, **CREDENTIALS)

    told(story())


def test_outside_a_job_the_room_is_connected_first() -> None:
    async def story() -> None:
        async with asked() as it:
            room = FakeRoom(FakeServer(), "agent")
            face = AvatarSession(url=it.url)
            with pytest.raises(RingtalkException, match="connect the room first"):
                await face.start(AgentSession(vad=None), room.real, **CREDENTIALS)

    told(story())


def test_it_is_registered_as_a_plugin() -> None:
    found = [one for one in Plugin.registered_plugins if one.package == "livekit.plugins.ringtalk"]
    assert [(one.title, one.version) for one in found] == [
        ("livekit.plugins.ringtalk", __version__)
    ]
    assert asyncio.iscoroutinefunction(AvatarSession.start)
