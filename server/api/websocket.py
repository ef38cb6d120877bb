"""One client's WebSocket: events down, sound and messages up.

In: binary messages, which are int16 little-endian mono, and texts (server.api.websocket_messages).
Out: the session's events, an error for every message that is not understood or carried out, a note
where it is carried out but for a part, and requests to the service. Runs in the supervisor's
process; owns three tasks while the socket is open.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, assert_never

from starlette import status
from starlette.websockets import (
    WebSocket,
    WebSocketDisconnect,
    WebSocketDisconnected,
    WebSocketState,
)

from runtime.errors import RingtalkError, TooManyRequests, UnknownSession
from runtime.settings import Settings
from server.api.requests import Voice, check_text
from server.api.safety.caller import Caller
from server.api.safety.visitors import CountText, shown_avatar
from server.api.websocket_messages import (
    AvatarMessage,
    BadMessage,
    BeginMessage,
    ChatMessage,
    ClearMessage,
    CommitMessage,
    HoldMessage,
    InterruptMessage,
    Note,
    PingMessage,
    Queued,
    ResumeMessage,
    SayMessage,
    SocketMessage,
    parse,
)
from server.sessions import event_types as kinds
from server.sessions.event_log import Follower
from server.sessions.machine_paths import MachinePaths
from server.sessions.pcm_stream import SECONDS_AHEAD, PcmStream
from server.sessions.rate_limit import RateLimit
from server.sessions.service import SessionService

SAMPLE_BYTES: Final = 2
PONG: Final = '{"status":"pong"}'


@dataclass(frozen=True, slots=True)
class SocketRights:
    """Who has the socket, and what counts its texts (it raises TooOften)."""

    caller: Caller
    count_text: CountText


class SessionSocket:
    """An accepted socket of one session; `run` until either side ends it."""

    def __init__(
        self,
        websocket: WebSocket,
        service: SessionService,
        settings: Settings,
        sessionid: str,
        rate: int,
        rights: SocketRights,
    ) -> None:
        self._socket = websocket
        self._service = service
        self._settings = settings
        self._id = sessionid
        self._rights = rights
        self._holds = False
        """Whether it asked for the session's speech to be held, and not for its end."""
        self._limit = RateLimit(settings.max_requests_per_second)
        self._paths = MachinePaths(settings.cache_dir)
        self._stream = PcmStream(
            self._begin_stream,
            lambda: service.speech.epoch(sessionid),
            self._trouble,
            SECONDS_AHEAD * rate * SAMPLE_BYTES,
            lambda name: self._queued(name, 0),
        )
        self._rate = rate
        self._name = ""

    async def run(self, follower: Follower) -> None:
        """Serve the socket. Sound that came before its end is still said, if the session goes
        on."""
        with follower:
            listening = asyncio.ensure_future(self._listen())
            telling = asyncio.ensure_future(self._tell(follower))
            streaming = asyncio.ensure_future(self._send_pcm())
            tasks = [listening, telling, streaming]
            try:
                await asyncio.wait([listening, telling], return_when=asyncio.FIRST_COMPLETED)
                self._stream.finish()
                if self._holds:
                    with suppress(UnknownSession):  # it has ended
                        self._resume()
                if not telling.done():
                    telling.cancel()
                    await asyncio.wait([streaming])
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _tell(self, follower: Follower) -> None:
        """Send the events; the socket is closed behind the last one."""
        try:
            while lines := await follower.next():
                for line in lines:
                    await self._socket.send_text(line.text)
            await self._socket.close(reason="the session has ended")
        except (WebSocketDisconnect, WebSocketDisconnected, OSError):
            return  # the client is gone, or _listen closes the socket: it ends as well

    async def _send_pcm(self) -> None:
        try:
            await self._stream.run()
        except UnknownSession:
            return  # the session has ended: _tell says so

    async def _listen(self) -> None:
        """Take messages until the client is gone, floods, or the session has ended."""
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                if (sound := message.get("bytes")) is not None:
                    await self._stream.put(sound, self._name)
                else:
                    self._limit.take()
                    await self._take(parse(message.get("text") or ""))
            except UnknownSession:
                return
            except TooManyRequests as error:
                await self._socket.close(status.WS_1008_POLICY_VIOLATION, reason=str(error))
                return
            except (BadMessage, RingtalkError) as error:
                await self._trouble(str(error))

    async def _take(self, message: SocketMessage) -> None:
        match message:
            case BeginMessage(name=name):
                self._stream.commit()
                self._name = name
            case CommitMessage():
                self._stream.commit()
                self._name = ""
            case ClearMessage() | InterruptMessage():
                self._holds = False
                self._service.speech.interrupt(self._id)
            case HoldMessage():
                self._holds = True
                self._service.speech.hold(self._id)
            case ResumeMessage():
                self._resume()
            case SayMessage(text=text, tts=tts, markup=markup):
                check_text(text, self._settings.max_text)
                await self._rights.count_text()
                voice, say = tts or Voice(), self._service.speech.say
                await self._note(
                    await say(
                        self._id,
                        text,
                        style=voice.style(),
                        interrupt=False,
                        markup=markup,
                        tts=voice.told(),
                    )
                )
            case ChatMessage(text=text, tts=tts):
                check_text(text, self._settings.max_text)
                await self._rights.count_text()
                voice, chat = tts or Voice(), self._service.speech.chat
                await self._note(
                    await chat(
                        self._id, text, style=voice.style(), interrupt=False, tts=voice.told()
                    )
                )
            case AvatarMessage(avatar=avatar):
                shown_avatar(self._rights.caller, avatar)
                await self._service.appearance.set_avatar(self._id, avatar)
            case PingMessage():
                await self._send(PONG)
            case _:
                assert_never(message)

    async def _begin_stream(self, name: str) -> socket.socket:
        """Queue the utterance of the sound that comes."""
        utterance, epoch, end = await self._service.speech.stream(self._id, self._rate)
        if name:
            await self._queued(name, utterance, epoch)
        return end

    async def _queued(self, name: str, utterance: int, epoch: int = 0) -> None:
        told = Queued(name=name, utterance=utterance, epoch=epoch)
        await self._send(told.model_dump_json())

    def _resume(self) -> None:
        self._holds = False
        self._service.speech.resume(self._id)

    async def _trouble(self, why: str) -> None:
        """For this client only: it has no number."""
        error = kinds.Error(utterance=0, text=self._paths.hidden(why))
        await self._send(error.model_dump_json(exclude={"id"}))

    async def _note(self, notes: Sequence[str]) -> None:
        """Say what the voice cannot use, if anything."""
        if notes:
            await self._send(Note(text="; ".join(notes)).model_dump_json())

    async def _send(self, text: str) -> None:
        if self._socket.application_state is not WebSocketState.CONNECTED:
            return  # it is closed already: the session has ended
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, OSError):
            return  # the client is gone: _listen ends
