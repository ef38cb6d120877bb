"""A viewer without a browser: a real WebRTC client that writes down what reaches it."""

import asyncio
from collections.abc import Callable

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, VideoFrame

from data.units import PLAYOUT_CHUNK

SILENT, LOUD = 0.003, 0.02
"""RMS of 20 ms of sound, full scale 1: below is silence, above is speech."""


class PeerClient:
    """Offers to receive sound and pictures; `levels` has the loudness of every 20 ms,
    `picture` is the newest, `told` what came down the data channel."""

    def __init__(self) -> None:
        self.levels: list[float] = []
        self.pictures = 0
        self.picture: VideoFrame | None = None
        self._changed = asyncio.Event()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.addTransceiver("audio", direction="recvonly")
        self._connection.addTransceiver("video", direction="recvonly")
        self.told: list[str] = []
        channel = self._connection.createDataChannel("events")
        channel.on("message", self._tell)
        self._tasks: list[asyncio.Task[None]] = []

    async def offer(self) -> str:
        """The SDP of the offer, with its candidates."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        """Take the answer, and begin to listen and to watch."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        for receiver in self._connection.getReceivers():
            self._tasks.append(asyncio.ensure_future(self._collect(receiver.track)))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds; it is looked at with every packet and picture."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def until_heard(self, packets: int = 5) -> None:
        """Wait for so many more packets with speech in them."""
        heard = self.loud
        await self.until(lambda: self.loud >= heard + packets)

    async def listen(self, packets: int) -> list[float]:
        """The loudness of the next packets."""
        before = len(self.levels)
        await self.until(lambda: len(self.levels) >= before + packets)
        return self.levels[before:]

    async def watch(self, pictures: int) -> None:
        """Wait for so many more pictures."""
        before = self.pictures
        await self.until(lambda: self.pictures >= before + pictures)

    @property
    def loud(self) -> int:
        """Packets so far with speech in them."""
        return sum(level > LOUD for level in self.levels)

    async def close(self) -> None:
        """Also before it was connected: a track that nobody has begun does not end by itself."""
        await self._connection.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _tell(self, text: str) -> None:
        self.told.append(text)
        self._changed.set()

    async def _collect(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                sound = frame.to_ndarray().astype(np.float64).reshape(frame.samples, -1) / 32768
                for start in range(0, frame.samples, PLAYOUT_CHUNK):
                    piece = sound[start : start + PLAYOUT_CHUNK]
                    self.levels.append(float(np.sqrt(np.mean(np.square(piece)))))
            elif isinstance(frame, VideoFrame):
                self.pictures += 1
                self.picture = frame
            self._changed.set()
