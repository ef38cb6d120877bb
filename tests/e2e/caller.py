"""A program that calls the face: an aiortc client and the HTTP API, no browser."""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

LOUD = 300.0
"""RMS of an int16 packet above which something is heard."""


@dataclass
class Caller:
    """One session. `loud` is set while the last packet of sound was loud, `quiet` while not."""

    url: str
    sessionid: str = ""
    loud: asyncio.Event = field(default_factory=asyncio.Event)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    pictures: int = 0

    async def __aenter__(self) -> Self:
        self._http = httpx.AsyncClient(base_url=self.url, timeout=120)
        self._connection = RTCPeerConnection()
        self._tasks: list[asyncio.Task[None]] = []
        self._connection.addTransceiver("audio", direction="recvonly")
        self._connection.addTransceiver("video", direction="recvonly")
        self._connection.on("track", self._track)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        offer = self._connection.localDescription
        answer = (await self.post("/offer", {"sdp": offer.sdp, "type": offer.type})).json()
        self.sessionid = answer["sessionid"]
        await self._connection.setRemoteDescription(
            RTCSessionDescription(answer["sdp"], answer["type"])
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connection.close()
        await asyncio.gather(*self._tasks)
        await self._http.aclose()

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        return await self._http.post(path, json=body)

    async def upload(self, content: bytes, name: str = "sound.wav") -> httpx.Response:
        return await self._http.post(
            "/humanaudio", data={"sessionid": self.sessionid}, files={"file": (name, content)}
        )

    async def say(self, text: str) -> httpx.Response:
        body = {"sessionid": self.sessionid, "type": "echo", "text": text}
        return await self.post("/human", body)

    async def hear(self, seconds: float = 60) -> None:
        """Wait until something loud arrives."""
        await asyncio.wait_for(self.loud.wait(), seconds)

    def _track(self, track: MediaStreamTrack) -> None:
        take = self._sound if track.kind == "audio" else self._picture
        self._tasks.append(asyncio.ensure_future(self._receive(track, take)))

    async def _receive(self, track: MediaStreamTrack, take: Any) -> None:
        while True:
            try:
                take(await track.recv())
            except MediaStreamError:
                return

    def _sound(self, frame: Any) -> None:
        level = float(np.sqrt(np.mean(frame.to_ndarray().astype(np.float64) ** 2)))
        (self.loud if level > LOUD else self.quiet).set()
        (self.quiet if level > LOUD else self.loud).clear()

    def _picture(self, frame: Any) -> None:
        self.pictures += 1
