"""One session, as a client has it: connected, listened to, looked at.

In: a server's `Api`, and what its `voice` says. Out: what arrives: `sound` and `pictures` (when
each came), and where wanted `sounds` (how loud), `frames` (the mouth) and `news` (events). Runs in
the client's event loop; owns the peer connection, the decoders and the eye's thread, which
`close` frees.
"""

import asyncio
import time
from collections import deque
from typing import Final, Self

from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpCodecParameters,
    RTCSessionDescription,
)
from aiortc.sdp import SessionDescription

from data.units import PLAYOUT_RATE, VIDEO_CLOCK
from perf.client.api import Api, Refused, SessionId
from perf.client.event_receiver import LABEL, EventReceiver
from perf.client.mouth import BUILTIN, Region
from perf.client.pace import Pace
from perf.client.packets import Packet
from perf.client.picture_receiver import PictureReceiver
from perf.client.sound_receiver import SoundReceiver
from perf.client.tap import RtpTap, SenderReport
from perf.client.voice import Voice

CONNECT_SECONDS: Final = 15.0
REPORTS_KEPT: Final = 10_000


class ClientSession:
    """A session to one server. `sounds` and `frames` are there for one that `listens`, `voice` for
    one that `speaks`, and `news` for one that `follows` the server's events; else they are None."""

    def __init__(
        self,
        api: Api,
        *,
        listens: bool,
        region: Region = BUILTIN,
        speaks: bool = False,
        follows: bool = False,
    ) -> None:
        self.api = api
        self.id: SessionId = ""
        self.sound, self.pictures = Pace(PLAYOUT_RATE), Pace(VIDEO_CLOCK)
        self.reports: deque[SenderReport] = deque(maxlen=REPORTS_KEPT)
        self.sounds = SoundReceiver() if listens else None
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.voice = Voice() if speaks else None
        up = "sendrecv" if self.voice else "recvonly"
        receivers = {
            "audio": self._connection.addTransceiver(self.voice or "audio", up).receiver,
            "video": self._connection.addTransceiver("video", "recvonly").receiver,
        }
        self.news = EventReceiver(self._connection.createDataChannel(LABEL)) if follows else None
        self._tap = RtpTap(receivers, self._take, self.reports.append)
        self.frames = PictureReceiver(region, self._tap.ask_keyframe) if listens else None
        self._codecs: dict[int, RTCRtpCodecParameters] = {}
        self._flows = asyncio.Event()

    async def connect(self) -> tuple[int, int]:
        """Begin the session; (ns when the offer was sent, ns when its answer was there).

        Raises Refused when the server takes no session, or sends nothing in CONNECT_SECONDS.
        """
        await self._connection.setLocalDescription(await self._connection.createOffer())
        sent = time.monotonic_ns()
        sdp, self.id = await self.api.offer(self._connection.localDescription.sdp)
        answered = time.monotonic_ns()
        for media in SessionDescription.parse(sdp).media:
            self._codecs |= {
                codec.payloadType: codec
                for codec in media.rtp.codecs
                if codec.name != "rtx" and codec.payloadType is not None
            }
        self._tap.expect(
            {
                number: (codec.mimeType.split("/")[0], codec.clockRate)
                for number, codec in self._codecs.items()
            }
        )
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._flows.wait()
        except TimeoutError:
            raise Refused(0, f"nothing came in {CONNECT_SECONDS:.0f} s after the answer") from None
        return sent, answered

    async def close(self) -> None:
        """Leave: the server hears it from DTLS, as when a page is closed."""
        if self.voice is not None:
            self.voice.stop()
        await self._connection.close()
        if self.frames is not None:
            self.frames.close()

    def vanish(self) -> None:
        """Take the cable out: the sockets go without a word, and the server has to notice."""
        for transceiver in self._connection.getTransceivers():
            ice = transceiver.receiver.transport.transport
            for protocol in ice._connection._protocols:
                protocol.transport.abort()

    async def __aenter__(self) -> Self:
        try:
            await self.connect()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _take(self, kind: str, packet: Packet) -> None:
        self._flows.set()
        if kind == "audio":
            arrival = self.sound.take(packet)
            if self.sounds is not None:
                self.sounds.take(packet, arrival.timestamp)
        else:
            arrival = self.pictures.take(packet)
            if self.frames is not None:
                self.frames.take(packet, arrival.timestamp, self._codecs[packet.payload_type])
