"""A face on the agent's own machine: its ticks come here, and leave by the agent's own tracks.

In: ticks of a session (`ticks`), and what its WebSocket tells. Out: picture and sound in the room,
published by the agent itself; sound and wishes to the session. Nothing is encoded on the way, and
no sound goes through the room and back. Runs in the agent's process, one for each session; owns the
session, its socket, the sources and the tracks.
"""

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Self

import aiohttp
from livekit import rtc
from livekit.plugins.ringtalk.errors import RingtalkException
from livekit.plugins.ringtalk.log import logger
from livekit.plugins.ringtalk.playout import RoomPlayout
from livekit.plugins.ringtalk.server import RingtalkServer
from livekit.plugins.ringtalk.ticks import SentTick, read_hello, read_tick_frame

ABSTRACT: Final = "unix:@"
AT_ONCE: Final = 1 << 23
"""Bytes that a stream's reader may hold: a picture of 1080p and more."""
FRAMES_PER_SECOND: Final = 25


class LocalFace:
    """`begin` one; `aclose` ends it."""

    def __init__(
        self,
        server: RingtalkServer,
        sessionid: str,
        websocket: aiohttp.ClientWebSocketResponse,
        ticks: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        size: tuple[int, int],
    ) -> None:
        self._server, self.sessionid = server, sessionid
        self._socket = websocket
        self._reader, self._writer = ticks
        self.on_started: Callable[[], None] = lambda: None
        self.on_finished: Callable[[float, bool], None] = lambda position, interrupted: None
        self.playout = RoomPlayout(size, self._started, self._finished)
        self.away = ""
        """Why nothing comes of it any more; "" while it is there."""
        self._published: list[tuple[rtc.Room, str]] = []
        self._sending: asyncio.Queue[Awaitable[None]] = asyncio.Queue()
        work = (self._play(), self._hear(), self._send())
        self._tasks = [asyncio.create_task(one) for one in work]

    @classmethod
    async def begin(
        cls, server: RingtalkServer, rate: int, avatar: str | None, background: str
    ) -> Self:
        """Begin a session of this avatar, which is sent sound at `rate` Hz.

        Raises RingtalkException, also where the server is on another machine."""
        begun = await server.post("/sessions", avatar=avatar, background=background)
        sessionid = str(begun["sessionid"])
        writer: asyncio.StreamWriter | None = None
        try:
            output = await server.post("/outputs", sessionid=sessionid, kind="ticks")
            reader, writer = await _connected(str(output["url"]))
            size = await read_hello(reader)
            websocket = await server.socket(sessionid, rate)
        except (OSError, asyncio.IncompleteReadError) as error:
            await server.post("/close", sessionid=sessionid)
            raise RingtalkException(
                f"local mode needs the ringtalk server on this machine, run by this user: {error}"
            ) from error
        except BaseException:
            if writer is not None:
                writer.close()
            await server.post("/close", sessionid=sessionid)
            raise
        return cls(server, sessionid, websocket, (reader, writer), size)

    async def publish(self, room: rtc.Room) -> None:
        """Show and sound it in this connected room. Raises rtc.PublishTrackError."""
        local = room.local_participant
        sound = rtc.LocalAudioTrack.create_audio_track("avatar_audio", self.playout.audio)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        heard = await local.publish_track(sound, options)
        self._published.append((room, heard.sid))
        picture = rtc.LocalVideoTrack.create_video_track("avatar_video", self.playout.video)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
        options.video_encoding.max_framerate = FRAMES_PER_SECOND
        shown = await local.publish_track(picture, options)
        self._published.append((room, shown.sid))

    async def say(self, name: str, sound: bytes) -> None:
        """Send some of the utterance that was begun; waits while it is far ahead of what is heard.
        What was cleared meanwhile is not sent.

        Raises RingtalkException once the face is away."""
        await self.playout.room()
        if self.away:
            raise RingtalkException(f"the face is away: {self.away}")
        if self.playout.knows(name):
            await self._socket.send_bytes(sound)

    def ask(self, kind: str, **fields: str) -> None:
        """Send a message of `/ws`, behind those before; never waits."""
        self._sending.put_nowait(self._socket.send_str(json.dumps({"type": kind, **fields})))

    async def asked(self) -> None:
        """Return when all that was asked is sent."""
        await self._sending.join()

    async def aclose(self) -> None:
        """End the session and let go of the tracks."""
        self.on_finished = lambda position, interrupted: None
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._writer.close()
        await self._socket.close()
        for room, sid in self._published:
            if room.isconnected():
                await room.local_participant.unpublish_track(sid)
        await self.playout.close()
        with suppress(RingtalkException):  # the server is gone, and its sessions with it
            await self._server.post("/close", sessionid=self.sessionid)

    async def _play(self) -> None:
        try:
            while True:
                came = await read_tick_frame(self._reader)
                if isinstance(came, SentTick):
                    await self.playout.play(came)
                else:
                    self.playout.hush(came)
        except (asyncio.IncompleteReadError, ConnectionError):
            self._leave("its ticks ended")

    async def _hear(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._told(json.loads(message.data))
        self._leave("its socket ended")

    async def _send(self) -> None:
        while True:
            sending = await self._sending.get()
            try:
                await sending
            except (aiohttp.ClientError, ConnectionError) as error:
                self._leave(str(error) or type(error).__name__)
            finally:
                self._sending.task_done()

    def _told(self, event: dict[str, Any]) -> None:
        match event.get("status"):
            case "queued":
                self.playout.queued(event["name"], event["utterance"], event["epoch"])
            case "error":
                logger.warning("the face cannot say something: %s", event.get("text"))
            case "closed":
                self._leave(event.get("reason") or "its session was closed")

    def _started(self) -> None:
        self.on_started()

    def _finished(self, position: float, interrupted: bool) -> None:
        self.on_finished(position, interrupted)

    def _leave(self, why: str) -> None:
        """Nobody waits for what it had to say."""
        if not self.away:
            self.away = why
            logger.error("the face is away: %s", why)
            self.playout.clear()


async def _connected(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if sys.platform != "linux":
        raise RingtalkException("local mode needs Linux, whose abstract Unix sockets it uses")
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        end.connect(f"\0{url.removeprefix(ABSTRACT)}")
    except OSError:
        end.close()
        raise
    end.setblocking(False)
    return await asyncio.open_unix_connection(sock=end, limit=AT_ONCE)
