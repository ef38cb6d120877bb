"""What a LiveKit agent sends to the face that speaks for it, and what it is told.

In: byte streams of the topic `lk.audio_stream`, each an utterance; the methods `lk.clear_buffer`,
`ringtalk.hold` and `ringtalk.resume`. Out: the same on the agent line to the supervisor
(`runtime.agent_line`); `lk.playback_started` and `lk.playback_finished` to the agent. This is the
wire of DataStreamAudioOutput in livekit-agents 1.8; holding is ringtalk's own. Nobody but the agent
is heeded. Runs in the process of a room; owns the tasks that read and tell.
"""

import asyncio
import json
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final, Protocol

import msgspec
import numpy as np
from livekit import rtc

from actors.egress.outputs.room.room_playout import RoomPlayout
from runtime.agent_line import LineKind, SegmentBegins, SegmentQueued, line_frame

AUDIO_TOPIC: Final = "lk.audio_stream"
CLEAR: Final = "lk.clear_buffer"
STARTED: Final = "lk.playback_started"
FINISHED: Final = "lk.playback_finished"
HOLD: Final = "ringtalk.hold"
RESUME: Final = "ringtalk.resume"
IDLE_SECONDS: Final = 10.0
"""A stream that brought nothing for so long has lost its end."""
SUPERSEDED_SECONDS: Final = 1.0
"""So long the end of a stream may be behind the next one's begin."""
ATTEMPTS: Final = 3
RATES: Final = range(8_000, 48_001)
CHANNELS: Final = (1, 2)


class Line(Protocol):
    """Where frames of the agent line are written to (asyncio.StreamWriter)."""

    def write(self, data: bytes) -> None: ...

    async def drain(self) -> None: ...


class RoomAgent:
    """The agent `identity` of a connected room."""

    def __init__(self, room: rtc.Room, identity: str, line: Line) -> None:
        self._room, self._identity, self._line = room, identity, line
        self._count = 0
        self._reading: asyncio.Task[None] | None = None
        self._news: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._playout: RoomPlayout | None = None

    def attend(self, playout: RoomPlayout) -> None:
        """Heed the agent from now on; what a process before this one was told to say is over."""
        self._playout = playout
        self._line.write(line_frame(LineKind.CLEAR))
        local = self._room.local_participant
        for method, act in ((CLEAR, self._clear), (HOLD, self._hold), (RESUME, self._resume)):
            local.register_rpc_method(method, self._heeded(act))
        self._room.register_byte_stream_handler(AUDIO_TOPIC, self._stream)

    def queued(self, news: SegmentQueued) -> None:
        """The supervisor tells what became of an utterance."""
        assert self._playout is not None
        self._playout.queued(news.name, news.utterance, news.epoch)

    def started(self) -> None:
        """The first sound of an utterance leaves."""
        self._news.put_nowait((STARTED, ""))

    def finished(self, position: float, interrupted: bool) -> None:
        """An utterance was heard to its end, or up to this second."""
        payload = {"playback_position": position, "interrupted": interrupted}
        self._news.put_nowait((FINISHED, json.dumps(payload)))

    async def run(self) -> None:
        """Tell the agent, in order, until cancelled. Raises rtc.RpcError when it cannot be told."""
        try:
            while True:
                await self._tell(*await self._news.get())
        finally:
            if self._reading is not None:
                self._reading.cancel()

    async def _tell(self, method: str, payload: str) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._room.local_participant.perform_rpc(
                    destination_identity=self._identity, method=method, payload=payload
                )
                return
            except rtc.RpcError as error:
                unknown = error.code == rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD
                if unknown and method == STARTED:
                    return  # an output that does not wait for it
                if attempt == ATTEMPTS:
                    raise

    def _heeded(self, act: Callable[[], None]) -> Callable[[rtc.RpcInvocationData], str]:
        def handler(call: rtc.RpcInvocationData) -> str:
            if call.caller_identity != self._identity:
                return "reject"
            act()
            return "ok"

        return handler

    def _clear(self) -> None:
        """What was sent is not said, nor what still comes of the stream that is open."""
        assert self._playout is not None
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        self._playout.clear()
        self._line.write(line_frame(LineKind.CLEAR))

    def _hold(self) -> None:
        self._line.write(line_frame(LineKind.HOLD))

    def _resume(self) -> None:
        self._line.write(line_frame(LineKind.RESUME))

    def _stream(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        """One more utterance, behind those before."""
        assert self._playout is not None
        if identity != self._identity:
            reader.close()
            return
        self._count += 1
        name = f"{os.getpid()}-{self._count}"
        self._playout.begin(name)
        attributes = reader.info.attributes or {}
        rate, channels = attributes.get("sample_rate", ""), attributes.get("num_channels", "")
        if not (_is_one_of(rate, RATES) and _is_one_of(channels, CHANNELS)):
            reader.close()
            self._playout.queued(name, 0, 0)
            return
        reading = self._read(reader, name, int(rate), int(channels), self._reading)
        self._reading = asyncio.get_running_loop().create_task(reading)

    async def _read(
        self,
        reader: rtc.ByteStreamReader,
        name: str,
        rate: int,
        channels: int,
        before: asyncio.Task[None] | None,
    ) -> None:
        assert self._playout is not None
        try:
            if before is not None:
                await asyncio.wait([before], timeout=SUPERSEDED_SECONDS)
                before.cancel()
            begins = SegmentBegins(name, rate)
            self._line.write(line_frame(LineKind.BEGIN, msgspec.json.encode(begins)))
            rest = b""
            with suppress(StopAsyncIteration, TimeoutError, rtc.StreamError):
                while True:
                    async with asyncio.timeout(IDLE_SECONDS):
                        data = rest + await reader.__anext__()
                    whole = len(data) - len(data) % (2 * channels)
                    sound, rest = _mono(data[:whole], channels), data[whole:]
                    self._playout.grow(name, len(sound) / 2 / rate)
                    self._line.write(line_frame(LineKind.SOUND, sound))
                    await self._line.drain()
                    await self._playout.room()
            self._line.write(line_frame(LineKind.COMMIT))
        finally:
            if before is not None:
                before.cancel()
            reader.close()


def _is_one_of(text: str, allowed: range | tuple[int, ...]) -> bool:
    return text.isascii() and text.isdecimal() and int(text) in allowed


def _mono(sound: bytes, channels: int) -> bytes:
    if channels == 1:
        return sound
    both = np.frombuffer(sound, "<i2").reshape(-1, channels).astype(np.int32)
    return bytes((both.sum(axis=1) // channels).astype("<i2"))
