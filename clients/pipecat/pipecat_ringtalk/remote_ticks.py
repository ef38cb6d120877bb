"""The ticks of a session on another machine, put together from what a viewer of it gets.

In: a WHEP answer's sound and pictures (RFC 9725's counterpart, as aiortc decodes them), and the
session's events. Out: ticks as `TickStream` has them. Runs in the agent's event loop; owns the
connection and three tasks, which `close` frees.

aiortc keeps sound in a buffer for `SOUND_BUFFER` and shows pictures as they come, so a picture
waits here as long. Packets do not say whose sound they are; events do, as they are heard: an
utterance counts from the moment that its `start` is told to a little behind its `end`.
"""

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Final, Self

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame
from numpy.typing import NDArray
from ringtalk_client import AsyncClient, AsyncSoundStream, RingTalkError

from pipecat_ringtalk.tick_stream import MOST_READY, SOUND_BYTES, Hush, Tick

SOUND_BUFFER: Final = 0.08
"""Seconds: four packets of 20 ms (aiortc's JitterBuffer)."""
_DRAIN: Final = 2 * SOUND_BUFFER
"""Behind an `end` that was told until all of it has come out of the buffer."""
_PICTURES: Final = 8
"""That wait for their moment, at most."""


class RemoteTicks:
    """Made by `open`."""

    def __init__(self) -> None:
        self.size = (0, 0)
        """Width and height of the pictures, once one is there."""
        self._connection = RTCPeerConnection()
        self._ready: deque[Tick | Hush] = deque(maxlen=2 * MOST_READY)
        self._woken = asyncio.Event()
        self._lost: Exception | None = None
        self._pictures: deque[tuple[float, bytes]] = deque(maxlen=_PICTURES)
        self._ends: deque[float] = deque()
        """When each utterance whose `end` was told is over."""
        self._starts: deque[int] = deque()
        self._utterance = self._epoch = 0
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(cls, client: AsyncClient, session: str, events: AsyncSoundStream) -> Self:
        """Watch a session. Raises ConnectionError where it cannot be watched."""
        ticks = cls()
        connection = ticks._connection
        receivers = [
            connection.addTransceiver(kind, direction="recvonly").receiver
            for kind in ("audio", "video")
        ]
        await connection.setLocalDescription(await connection.createOffer())
        answer = await client.http.post(
            f"{client.url}/whep",
            params={"sessionid": session},
            content=connection.localDescription.sdp,
            headers={"Content-Type": "application/sdp"},
        )
        if not answer.is_success:
            await connection.close()
            raise ConnectionError(f"whep: {answer.status_code} {answer.text[:200]}")
        await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        sound, pictures = (receiver.track for receiver in receivers)
        reading = (ticks._hear(sound), ticks._see(pictures), ticks._follow(events))
        ticks._tasks = [asyncio.ensure_future(one) for one in reading]
        for task in ticks._tasks:
            task.add_done_callback(ticks._stopped)
        return ticks

    async def batch(self) -> list[Tick | Hush]:
        """Everything that came since the last call, at least one; in order."""
        while not self._ready:
            if self._lost is not None:
                raise ConnectionError(f"watching: {self._lost}")
            self._woken.clear()
            await self._woken.wait()
        found = list(self._ready)
        self._ready.clear()
        return found

    async def close(self) -> None:
        """Free the connection and the tasks."""
        for task in self._tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    async def _hear(self, track: MediaStreamTrack) -> None:
        """Each 40 ms of sound are a tick."""
        held = bytearray()
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                held += _mono(frame)
                while len(held) >= SOUND_BYTES:
                    self._put(bytes(held[:SOUND_BYTES]))
                    del held[:SOUND_BYTES]
        self._end("the sound has ended")

    async def _see(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, VideoFrame)
                self.size = frame.width, frame.height
                picture = frame.to_ndarray(format="yuv420p").tobytes()
                self._pictures.append((monotonic(), picture))

    async def _follow(self, events: AsyncSoundStream) -> None:
        try:
            async for event in events.events():
                if event.status == "start":
                    self._starts.append(int(event["utterance"]))
                elif event.status == "end":
                    self._ends.append(monotonic() + _DRAIN)
                elif event.status == "interrupted":
                    self._hush()
        except RingTalkError as error:
            self._end(str(error))
        else:
            self._end("the session has ended")

    def _hush(self) -> None:
        self._epoch, self._utterance = self._epoch + 1, 0
        self._starts.clear()
        self._ends.clear()
        self._ready.append(Hush(self._epoch))
        self._woken.set()

    def _put(self, sound: bytes) -> None:
        now = monotonic()
        if not self._utterance and self._starts:
            self._utterance = self._starts.popleft()
        last = bool(self._utterance and self._ends and self._ends[0] <= now)
        shown = self._due(now - SOUND_BUFFER)
        self._ready.append(Tick(self._epoch, self._utterance, last, sound, shown))
        if last:
            self._ends.popleft()
            self._utterance = 0
        self._woken.set()

    def _due(self, came: float) -> bytes:
        """The newest picture that came by then; empty where it is shown already."""
        picture = b""
        while self._pictures and self._pictures[0][0] <= came:
            picture = self._pictures.popleft()[1]
        return picture

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """Nobody waits for what a broken decoder would bring."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._end(f"{type(error).__name__}: {error}")

    def _end(self, why: str) -> None:
        self._lost = self._lost or ConnectionError(why)
        self._woken.set()


def _mono(frame: AudioFrame) -> bytes:
    """int16 little-endian, of a packed int16 frame."""
    channels = len(frame.layout.channels)
    samples: NDArray[np.int16] = np.asarray(frame.to_ndarray(), np.int16).reshape(-1, channels)
    mixed = samples[:, 0] if channels == 1 else samples.astype(np.int32).mean(axis=1)
    return np.asarray(mixed, "<i2").tobytes()
