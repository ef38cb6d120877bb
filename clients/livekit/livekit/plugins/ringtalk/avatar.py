"""A ringtalk face for a LiveKit agent.

`AvatarSession.start` before `AgentSession.start`. In: the agent's session and room. Out: a face in
the room, through which the agent speaks. Two modes: "room", in which the ringtalk server joins the
room as a participant of its own, and "local", in which it runs on the agent's machine and the agent
publishes what it makes. Runs in the agent's process; owns the ringtalk session and the agent's
audio output, until `aclose`.
"""

import asyncio
import os
import secrets
from contextlib import suppress
from typing import Any, Final, Literal

from livekit import api, rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    AgentSession,
    APIConnectOptions,
    NotGivenOr,
    get_job_context,
    utils,
)
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF
from livekit.agents.voice.avatar import AvatarSession as BaseAvatarSession
from livekit.plugins.ringtalk.errors import RingtalkException
from livekit.plugins.ringtalk.local_face import LocalFace
from livekit.plugins.ringtalk.local_output import LocalAudioOutput
from livekit.plugins.ringtalk.log import logger
from livekit.plugins.ringtalk.room_output import RoomAudioOutput
from livekit.plugins.ringtalk.server import RingtalkServer

DEFAULT_URL: Final = "http://localhost:8010"
SAMPLE_RATE: Final = 24_000
"""Of the sound that the face is sent; the agent resamples what its voice makes."""
AVATAR_NAME: Final = "ringtalk"

Mode = Literal["room", "local"]
Events = Literal["metrics_collected"]


class AvatarSession(BaseAvatarSession[Events]):
    """A face for one agent session."""

    def __init__(
        self,
        *,
        avatar: str | None = None,
        background: str = "",
        mode: Mode = "room",
        url: NotGivenOr[str] = NOT_GIVEN,
        api_key: NotGivenOr[str] = NOT_GIVEN,
        avatar_participant_identity: NotGivenOr[str] = NOT_GIVEN,
        avatar_participant_name: str = AVATAR_NAME,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> None:
        """avatar: who is shown, None for the server's own; background: "" for the avatar's own,
        `#rrggbb`, or a picture's id. url: of the ringtalk server (or RINGTALK_URL; else
        DEFAULT_URL), api_key: one of its keys (or RINGTALK_API_KEY; else none). The identity is one
        of its own for each session unless it is given; in local mode it is the agent's."""
        super().__init__()
        self._avatar, self._background, self._mode = avatar, background, mode
        self._url = _given(url, "RINGTALK_URL") or DEFAULT_URL
        self._key = _given(api_key, "RINGTALK_API_KEY")
        self._identity = _given(avatar_participant_identity, "") or (
            f"{AVATAR_NAME}-{secrets.token_hex(4)}"
        )
        self._name, self._options = avatar_participant_name, conn_options
        self._server: RingtalkServer | None = None
        self._sessionid = ""
        self._face: LocalFace | None = None
        self._output: RoomAudioOutput | None = None
        self._publishing: asyncio.Task[None] | None = None

    @property
    def avatar_identity(self) -> str:
        """The participant that publishes the face."""
        if self._mode == "local" and self._room is not None and self._room.isconnected():
            return self._room.local_participant.identity
        return self._identity

    @property
    def provider(self) -> str:
        """For metrics."""
        return "ringtalk"

    @property
    def sessionid(self) -> str:
        """The session at the ringtalk server, "" before `start`."""
        return self._sessionid

    async def start(
        self,
        agent_session: AgentSession[Any],
        room: rtc.Room,
        *,
        livekit_url: NotGivenOr[str] = NOT_GIVEN,
        livekit_api_key: NotGivenOr[str] = NOT_GIVEN,
        livekit_api_secret: NotGivenOr[str] = NOT_GIVEN,
    ) -> None:
        """Bring the face up, and have the agent speak through it. What is not given of LiveKit's
        server comes from LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET.

        Raises RingtalkException."""
        await super().start(agent_session, room)
        self._server = RingtalkServer(self._url, self._key, self._options)
        try:
            if self._mode == "local":
                await self._start_here(agent_session, room)
                return
            await self._join(
                agent_session,
                room,
                _given(livekit_url, "LIVEKIT_URL"),
                _given(livekit_api_key, "LIVEKIT_API_KEY"),
                _given(livekit_api_secret, "LIVEKIT_API_SECRET"),
            )
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """The face leaves; may be called twice."""
        face, self._face = self._face, None
        server, self._server = self._server, None
        output, self._output = self._output, None
        if output is not None:
            await output.aclose()
        if face is not None:
            await face.aclose()
        elif server is not None and self._sessionid:
            await _close(server, self._sessionid)
        self._sessionid = ""
        if server is not None:
            await server.aclose()
        if self._publishing is not None:
            await utils.aio.cancel_and_wait(self._publishing)
        if self._mode == "local" and self._room is not None:
            # the base would remove the participant of `avatar_identity`, which is the agent
            self._room.off("connection_state_changed", self._on_connection_state_changed)
            self._room.off("connection_state_changed", self._connected)
            self._room = None
        await super().aclose()

    async def _start_here(self, agent_session: AgentSession[Any], room: rtc.Room) -> None:
        """Local mode: the agent's own tracks, once the room is connected."""
        assert self._server is not None
        begun = LocalFace.begin(self._server, SAMPLE_RATE, self._avatar, self._background)
        face = self._face = await begun
        self._sessionid = face.sessionid
        if room.isconnected():
            await face.publish(room)
        else:
            room.on("connection_state_changed", self._connected)
        output = LocalAudioOutput(face, sample_rate=SAMPLE_RATE)
        agent_session.output.replace_audio_tail(output)

    def _connected(self, state: rtc.ConnectionState.ValueType) -> None:
        if state == rtc.ConnectionState.CONN_CONNECTED and self._publishing is None:
            assert self._face is not None and self._room is not None
            publishing = self._face.publish(self._room)
            self._publishing = asyncio.create_task(publishing)
            self._publishing.add_done_callback(_tell)

    async def _join(
        self, agent_session: AgentSession[Any], room: rtc.Room, url: str, key: str, secret: str
    ) -> None:
        """Room mode: the server joins with a token of its own."""
        assert self._server is not None
        if not (url and key and secret):
            raise RingtalkException(
                "livekit_url, livekit_api_key and livekit_api_secret must be given, or be in "
                "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET"
            )
        token = self._token(key, secret, *_whose(room))
        fields = {"avatar": self._avatar, "background": self._background}
        begun = await self._server.post("/livekit", url=url, token=token, **fields)
        self._sessionid = str(begun["sessionid"])
        self._output = RoomAudioOutput(room, face=self._identity, sample_rate=SAMPLE_RATE)
        agent_session.output.replace_audio_tail(self._output)

    def _token(self, key: str, secret: str, room: str, agent: str) -> str:
        """What the face joins with: it may publish on the agent's behalf, in this room alone."""
        return (
            api.AccessToken(api_key=key, api_secret=secret)
            .with_kind("agent")
            .with_identity(self._identity)
            .with_name(self._name)
            .with_grants(api.VideoGrants(room_join=True, room=room))
            .with_attributes({ATTRIBUTE_PUBLISH_ON_BEHALF: agent})
            .to_jwt()
        )


def _given(value: NotGivenOr[str], variable: str) -> str:
    """What was given, or is in this variable of the environment; "" if neither."""
    return value if utils.is_given(value) else os.environ.get(variable, "")


def _whose(room: rtc.Room) -> tuple[str, str]:
    """The name of the room and the agent's identity, also before the room is connected."""
    if room.isconnected():
        return room.name, room.local_participant.identity
    job = get_job_context(required=False)
    if job is None:
        raise RingtalkException(
            "connect the room first: outside a job nobody knows the agent's name"
        )
    return job.job.room.name, job.local_participant_identity


def _tell(publishing: asyncio.Task[None]) -> None:
    if not publishing.cancelled() and (error := publishing.exception()) is not None:
        logger.error("the face cannot be published", exc_info=error)


async def _close(server: RingtalkServer, sessionid: str) -> None:
    """End the session; one that has ended, or whose server is gone, needs nothing more."""
    with suppress(RingtalkException):
        await server.post("/close", sessionid=sessionid)
