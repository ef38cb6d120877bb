"""What all examples share: a session to the avatar, over WebRTC and the HTTP API.

Everything that a client needs is here: one offer, one answer, POST, and a data channel labelled
`events` on which the server tells what is said and heard. docs/api.md lists the events.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole, MediaRecorder

URL = "http://localhost:8010"
PATIENCE_SECONDS = 30
Event = dict[str, Any]


class Refused(Exception):
    """The server says no; the message says what is allowed."""


async def post(url: str, body: bytes, kind: str = "application/json") -> dict[str, Any]:
    """POST without a library: every answer is JSON. Raises Refused."""
    request = Request(url, body, {"Content-Type": kind})
    try:
        answer = await asyncio.to_thread(lambda: urlopen(request, timeout=PATIENCE_SECONDS).read())
    except HTTPError as error:
        raise Refused(json.loads(error.read())["msg"]) from error
    decoded: dict[str, Any] = json.loads(answer)
    return decoded


class Session:
    """One session: `async with Call(url) as call`. sessionid: what every other request names.

    keep: takes what is seen and heard. microphone: what the avatar hears of us.
    """

    def __init__(
        self,
        url: str,
        keep: MediaRecorder | MediaBlackhole | None = None,
        microphone: MediaStreamTrack | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self.sessionid = ""
        self._keep = keep or MediaBlackhole()
        self._microphone = microphone
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._connection = RTCPeerConnection()
        self._connection.on("track", self._keep.addTrack)
        channel = self._connection.createDataChannel("events")
        channel.on("message", lambda text: self._events.put_nowait(json.loads(text)))
        if self._microphone is None:
            self._connection.addTransceiver("audio", direction="recvonly")
        else:
            self._connection.addTransceiver(self._microphone, direction="sendrecv")
        self._connection.addTransceiver("video", direction="recvonly")
        await self._connection.setLocalDescription(await self._connection.createOffer())
        offer = self._connection.localDescription
        answer = await self.post("/offer", {"sdp": offer.sdp, "type": offer.type})
        self.sessionid = answer["sessionid"]
        await self._connection.setRemoteDescription(
            RTCSessionDescription(answer["sdp"], answer["type"])
        )
        await self._keep.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._keep.stop()
        if self.sessionid:
            await self.post("/close", {"sessionid": self.sessionid})
        await self._connection.close()

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST to the server. Raises Refused."""
        return await post(self.url + path, json.dumps(body).encode())

    async def events(self) -> AsyncIterator[Event]:
        """What the session tells, from its beginning on."""
        while True:
            yield await self._events.get()

    async def until_said(self) -> None:
        """Print what is told until the next utterance was heard to its end."""
        async for event in self.events():
            show(event)
            if event["status"] in ("end", "interrupted", "closed"):
                return


def show(event: Event) -> None:
    """One event, for people."""
    rest = {key: value for key, value in event.items() if key not in ("id", "status")}
    say(f"{event['status']:<12}" + "  ".join(f"{k}={v}" for k, v in rest.items()))


def say(line: str) -> None:
    """A line of output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def arguments(description: str | None) -> argparse.ArgumentParser:
    """The options that all examples have."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", default=URL, help=f"the server; {URL} if not given")
    return parser


def run(story: Any) -> None:
    """Run a coroutine; what the server refuses is said without a traceback."""
    try:
        asyncio.run(story)
    except Refused as refusal:
        raise SystemExit(f"the server refuses: {refusal}") from None
