"""The process of a LiveKit room: `python -m actors.egress.outputs.room.room_process TICKS LINE`.

In: on the socket TICKS where to join (JSON, in a frame, so that no token is on a command line),
then ticks (`tick_wire`); from the room the agent's sound and wishes. Out: picture and sound in the
room; the agent's speech on the socket LINE (`runtime.agent_line`); what becomes of it, as lines on
TICKS (`outputs.wire`). It is a process of its own because livekit's library has threads and a
WebRTC of its own, takes a second to import, and ends the process that it is in where it panics
(rtc/_ffi_client.py: SIGTERM); egress has other sessions. It ends with its sockets, and dies with
the process that started it. Owns the room, the sources and both sockets.
"""

import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final

import msgspec
from livekit import rtc
from livekit.rtc.participant import PublishTrackError

from actors.egress.outputs.room.room_agent import RoomAgent
from actors.egress.outputs.room.room_playout import RoomPlayout
from actors.egress.outputs.room.room_target import RoomTarget
from actors.egress.outputs.room.tick_wire import HEADER, SentTick, read_tick_frame
from actors.egress.outputs.wire import MuxerNews
from data.units import TICKS_PER_SECOND
from runtime.agent_line import LineKind, SegmentQueued, read_line_frame

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal that this process gets when its parent is gone."""
ON_BEHALF: Final = "lk.publish_on_behalf"
"""The attribute of a token that names the agent for which its holder publishes."""
AT_ONCE: Final = 1 << 23
"""Bytes that a stream's reader may hold: a picture of 1080p and more."""
LONGEST_STREAM: Final = 1 << 30
"""Bytes of one utterance; the library's own limit is short of some minutes."""
SOUND_BITRATE: Final = 64_000
FOR_GOOD: Final = {
    rtc.DisconnectReason.DUPLICATE_IDENTITY: "another with the avatar's identity has joined",
    rtc.DisconnectReason.PARTICIPANT_REMOVED: "the avatar was removed from the room",
    rtc.DisconnectReason.ROOM_DELETED: "the room was deleted",
    rtc.DisconnectReason.ROOM_CLOSED: "the room was closed",
}


class RoomOver(Exception):
    """The room is over for the avatar; final: for good."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class RoomProcess:
    """One attempt to be in a room; `run` until it is over."""

    def __init__(self, room: rtc.Room, target: RoomTarget, news: asyncio.StreamWriter) -> None:
        self._room, self._target, self._news = room, target, news
        self._over: asyncio.Future[RoomOver] = asyncio.get_running_loop().create_future()

    async def run(
        self, ticks: asyncio.StreamReader, line: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        """Join, publish, and play. Raises RoomOver."""
        await self._join()
        agent = RoomAgent(self._room, self._agent, line[1])
        size = self._target.width, self._target.height
        playout = RoomPlayout(size, agent.started, agent.finished)
        if self._agent:
            agent.attend(playout)
        work = [self._play(ticks, playout), self._hear(line[0], agent), agent.run()]
        tasks = [asyncio.ensure_future(one) for one in (*work, self._publish(playout))]
        try:
            await self._watch(tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await playout.close()
            await self._room.disconnect()

    @property
    def _agent(self) -> str:
        return self._room.local_participant.attributes.get(ON_BEHALF, "")

    async def _join(self) -> None:
        options = rtc.RoomOptions(
            auto_subscribe=False,
            data_stream=rtc.DataStreamOptions(max_payload_byte_length=LONGEST_STREAM),
        )
        self._room.on("disconnected", self._disconnected)
        self._room.on("participant_disconnected", self._left)
        try:
            await self._room.connect(self._target.url, self._target.token, options)
        except rtc.ConnectError as error:
            raise RoomOver(_plain(str(error), self._target)) from error

    async def _publish(self, playout: RoomPlayout) -> None:
        """Both tracks; then it is live, until the room is over."""
        local = self._room.local_participant
        sound = rtc.LocalAudioTrack.create_audio_track("avatar_audio", playout.audio)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        options.audio_encoding.max_bitrate = SOUND_BITRATE
        await local.publish_track(sound, options)
        picture = rtc.LocalVideoTrack.create_video_track("avatar_video", playout.video)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=False)
        options.video_encoding.max_bitrate = self._target.bitrate
        options.video_encoding.max_framerate = TICKS_PER_SECOND
        await local.publish_track(picture, options)
        self._news.write(msgspec.json.encode(MuxerNews(live=True)) + b"\n")
        raise await self._over

    async def _play(self, ticks: asyncio.StreamReader, playout: RoomPlayout) -> None:
        while True:
            came = await read_tick_frame(ticks)
            if isinstance(came, SentTick):
                await playout.play(came)
            else:
                playout.hush(came)

    async def _hear(self, line: asyncio.StreamReader, agent: RoomAgent) -> None:
        """What the supervisor tells, until it is gone."""
        while (came := await read_line_frame(line)) is not None:
            kind, data = came
            if kind is LineKind.QUEUED:
                agent.queued(msgspec.json.decode(data, type=SegmentQueued))

    async def _watch(self, tasks: list[asyncio.Task[None]]) -> None:
        """Until one of them ends, which they do with the room, or with a socket."""
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            try:
                task.result()
            except asyncio.IncompleteReadError:
                break  # egress wants no more of it
            except (PublishTrackError, rtc.RpcError) as error:
                raise RoomOver(_plain(str(error), self._target)) from error

    def _disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        why = FOR_GOOD.get(reason, "the connection to the room ended")
        self._end(RoomOver(why, final=reason in FOR_GOOD))

    def _left(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._agent:
            self._end(RoomOver("the agent has left the room", final=True))

    def _end(self, over: RoomOver) -> None:
        if not self._over.done():
            self._over.set_result(over)


def _plain(message: str, target: RoomTarget) -> str:
    """Without the token, which some of the library's messages have."""
    told, _, _ = message.partition(" - ")  # behind it comes what another server answered
    told = told.replace(target.token, "…")
    return f"the room cannot be joined: {told[:200]}"


async def _stream(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sock = socket.socket(fileno=descriptor)
    sock.setblocking(False)
    return await asyncio.open_unix_connection(sock=sock, limit=AT_ONCE)


async def serve(ticks: int, line: int, make_room: Callable[[], rtc.Room]) -> None:
    """Be in one room, between these two sockets, until it is over, and tell why on the first."""
    reader, news = await _stream(ticks)
    agent_line = await _stream(line)
    _, length = HEADER.unpack(await reader.readexactly(HEADER.size))
    target = msgspec.json.decode(await reader.readexactly(length), type=RoomTarget)
    try:
        await RoomProcess(make_room(), target, news).run(reader, agent_line)
    except RoomOver as over:
        told = MuxerNews(live=False, why=str(over), final=over.final)
        news.write(msgspec.json.encode(told) + b"\n")
        await news.drain()


def main(ticks: int, line: int, make_room: Callable[[], rtc.Room] = rtc.Room) -> None:
    """The whole process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    logging.getLogger("livekit").setLevel(logging.CRITICAL)  # its lines may hold the token
    asyncio.run(serve(ticks, line, make_room))
    os._exit(0)  # threads of the library must not hold the process


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
