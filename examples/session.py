"""What all examples share: a session that we see and hear, over WebRTC.

One offer, one answer, and a data channel labelled `events` on which the server tells what is said
and heard; docs/api.md lists the events. All else is `ringtalk_client`'s (clients/python).
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from types import TracebackType
from typing import Any, Self

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole, MediaRecorder
from ringtalk_client import AsyncClient, AsyncSession, Event, Refused, RingTalkError
from ringtalk_client.api import Request
from ringtalk_client.events import event_of

URL = "http://localhost:8010"
KEY = "RINGTALK_API_KEY"
"""Of the environment, which process lists do not show: a key of the server's `api_keys`."""


def client_of(url: str) -> AsyncClient:
    """The server, asked with the environment's key."""
    return AsyncClient(url, key=os.environ.get(KEY, ""))


class Session:
    """One session: `async with Session(url) as session`. speech: what it can be asked for.

    keep: takes what is seen and heard. microphone: what the avatar hears of us.
    """

    speech: AsyncSession

    def __init__(
        self,
        url: str,
        keep: MediaRecorder | MediaBlackhole | None = None,
        microphone: MediaStreamTrack | None = None,
    ) -> None:
        self.client = client_of(url)
        self._keep = keep or MediaBlackhole()
        self._microphone = microphone
        self._begun = False
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        self._connection = RTCPeerConnection()
        self._connection.on("track", self._keep.addTrack)
        channel = self._connection.createDataChannel("events")
        channel.on("message", lambda text: self._events.put_nowait(event_of(text)))
        if self._microphone is None:
            self._connection.addTransceiver("audio", direction="recvonly")
        else:
            self._connection.addTransceiver(self._microphone, direction="sendrecv")
        self._connection.addTransceiver("video", direction="recvonly")
        await self._connection.setLocalDescription(await self._connection.createOffer())
        offer = self._connection.localDescription
        answer = await self.client.ask(
            Request("POST", "offer", {"sdp": offer.sdp, "type": offer.type})
        )
        self.speech = self.client.session(answer["sessionid"])
        self._begun = True
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
        if self._begun:
            await self.speech.close()
        await self._connection.close()
        await self.client.close()

    async def events(self) -> AsyncIterator[Event]:
        """What the session tells, from its beginning on."""
        while True:
            yield await self._events.get()

    async def until_said(self) -> None:
        """Print what is told until the next utterance was heard to its end."""
        async for event in self.events():
            show(event)
            if event.status in ("end", "interrupted", "closed"):
                return


def show(event: Event) -> None:
    """One event, for people."""
    say(f"{event.status:<12}" + "  ".join(f"{name}={it}" for name, it in event.fields.items()))


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


def run(story: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine; what goes wrong is a sentence, not a traceback."""
    try:
        asyncio.run(story)
    except Refused as refusal:
        raise SystemExit(f"the server refuses: {refusal}") from None
    except RingTalkError as failure:
        raise SystemExit(f"{failure} (is `make serve` running?)") from None
    except FileNotFoundError as missing:
        raise SystemExit(f"there is no file {missing.filename}") from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
