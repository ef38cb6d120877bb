"""A real WebRTC client on this machine, which writes down what reaches it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import (
    RTCP_PSFB_APP,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
)
from numpy.typing import NDArray

from actors.egress.options import MediaOptions
from actors.egress.sink import Picture, Sound
from actors.egress.webrtc.opus import PLAYOUT_BASE
from actors.egress.webrtc.packet_queue import PacketQueue
from actors.egress.webrtc.peer import Peer, ReturnPath
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone

PATIENCE = 120
"""Seconds after which a test gives up waiting; no test measures time."""


class Ear:
    """One receiver's RTP and RTCP, as they arrive; `lose` says which packets never do."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        self.receiver = receiver
        self.packets: list[RtpPacket] = []
        self.reports: list[RtcpSrPacket] = []
        self.frames: list[Any] = []
        self.lose: Callable[[RtpPacket], bool] = lambda packet: False
        self.lost: list[int] = []
        self.changed = asyncio.Event()
        self._rtp, self._rtcp = receiver._handle_rtp_packet, receiver._handle_rtcp_packet
        receiver._handle_rtp_packet = self._take_rtp  # type: ignore[method-assign]  # a tap
        receiver._handle_rtcp_packet = self._take_rtcp  # type: ignore[method-assign]  # a tap

    async def _take_rtp(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        if self.lose(packet):
            self.lost.append(packet.sequence_number)
            return
        self.packets.append(packet)
        self.changed.set()
        await self._rtp(packet, arrival_time_ms=arrival_time_ms)

    async def _take_rtcp(self, packet: AnyRtcpPacket) -> None:
        if isinstance(packet, RtcpSrPacket):
            self.reports.append(packet)
            self.changed.set()
        await self._rtcp(packet)

    async def collect(self) -> None:
        """Take decoded frames until the track ends."""
        while True:
            try:
                self.frames.append(await self.receiver.track.recv())
            except MediaStreamError:
                return
            self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def until_more(self, times: int) -> None:
        """Wait for more than so many different timestamps."""
        await self.until(lambda: len(self.times) > times)

    @property
    def times(self) -> list[int]:
        """The different RTP timestamps in the order of their arrival."""
        return list(dict.fromkeys(packet.timestamp for packet in self.packets))


class Voice(MediaStreamTrack):
    """A microphone: each Opus packet leaves when the test says it."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packets = PacketQueue(PLAYOUT_BASE, 1000)

    def speak(self, payload: bytes, timestamp: int) -> None:
        self._packets.put(payload, timestamp)

    async def recv(self) -> Any:
        return await self._packets.take()

    def close(self) -> None:
        self._packets.close()
        self.stop()


class Client:
    """Offers to receive; `video` and `audio` are what it hears.

    `speaks`: it has a microphone, whose packets are `speak`'s. `channels`: the labels of the data
    channels that it opens; `texts` are what came on them."""

    def __init__(
        self,
        codec: str | None = None,
        audio_direction: str = "recvonly",
        *,
        speaks: bool = False,
        channels: Sequence[str] = (),
    ) -> None:
        self.connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT)
        )
        video = self.connection.addTransceiver("video", direction="recvonly")
        self.voice = Voice()
        audio = self.connection.addTransceiver(
            self.voice if speaks else "audio", direction="sendrecv" if speaks else audio_direction
        )
        self.texts: list[str] = []
        self.told = asyncio.Event()
        self.channels = [self._open(label) for label in channels]
        if codec is not None:
            able = RTCRtpSender.getCapabilities("video").codecs
            wanted = (f"video/{codec}".lower(), "video/rtx")
            video.setCodecPreferences([c for c in able if c.mimeType.lower() in wanted])
        self.video, self.audio = Ear(video.receiver), Ear(audio.receiver)
        self._tasks: list[asyncio.Task[None]] = []

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    def _open(self, label: str) -> RTCDataChannel:
        channel = self.connection.createDataChannel(label)
        channel.on("message", self._hear_text)
        for event in ("open", "close"):
            channel.on(event, self.told.set)
        return channel

    def _hear_text(self, text: str) -> None:
        self.texts.append(text)
        self.told.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something that a data channel brings."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.told.clear()
                await self.told.wait()

    async def accept(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        self._tasks = [asyncio.ensure_future(ear.collect()) for ear in (self.video, self.audio)]

    async def ask_keyframe(self) -> None:
        await self.video.receiver._send_rtcp_pli(self.video.packets[0].ssrc)

    async def estimate(self, bitrate: int) -> None:
        fci = pack_remb_fci(bitrate, [self.video.packets[0].ssrc])
        await self.video.receiver._send_rtcp(
            RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=fci)
        )

    def vanish(self) -> None:
        """Take the cable out: the sockets go without a word."""
        ice = self.connection.getTransceivers()[0].receiver.transport.transport
        for protocol in ice._connection._protocols:
            protocol.transport.abort()

    async def connected(self) -> None:
        """The peer, which the handshake does not end with, may be so before."""
        changed = asyncio.Event()
        self.connection.on("connectionstatechange", changed.set)
        async with asyncio.timeout(PATIENCE):
            while self.connection.connectionState != "connected":
                changed.clear()
                await changed.wait()

    async def close(self) -> None:
        """Also before it was connected: a track that nobody has begun does not end by itself."""
        self.voice.close()
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


class Call:
    """A peer and its client."""

    def __init__(
        self,
        client: Client,
        options: MediaOptions,
        executor: ThreadPoolExecutor,
        back: ReturnPath | None = None,
    ) -> None:
        self.client = client
        self.states: list[str] = []
        self.state_changed = asyncio.Event()
        self.peer = Peer(SIZE, options, self._changed, executor, back=back)

    def _changed(self, state: str) -> None:
        self.states.append(state)
        self.state_changed.set()

    async def connect(self) -> str:
        sdp, kind = await self.peer.answer(await self.client.offer(), "offer")
        assert kind == "answer"
        await self.client.accept(sdp)
        await self.reach("connected")
        await self.client.connected()
        return sdp

    async def reach(self, state: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while state not in self.states:
                self.state_changed.clear()
                await self.state_changed.wait()

    async def play(
        self,
        ticks: Iterable[int],
        shown: Callable[[int], Picture] = picture,
        sound: Callable[[int], Sound] = tone,
    ) -> None:
        """Play ticks, each when the one before has arrived whole."""
        for tick in ticks:
            video, audio = self.client.video, self.client.audio
            pictures, packets = len(video.times), len(audio.times)
            self.peer.play(tick, sound(tick), shown(tick), repeat=False)
            await video.until_more(pictures)
            await audio.until_more(packets + 1)


@asynccontextmanager
async def calling(
    codec: str | None = None,
    options: MediaOptions | None = None,
    client: Client | None = None,
    back: ReturnPath | None = None,
) -> AsyncIterator[Call]:
    """A connected session, closed at the end."""
    executor = ThreadPoolExecutor(2)
    session = Call(client or Client(codec), options or MediaOptions(), executor, back)
    try:
        await session.connect()
        yield session
    finally:
        await session.client.close()
        await session.peer.close()
        executor.shutdown()


def samples(frames: list[Any]) -> NDArray[np.float64]:
    """Mono sound of decoded frames."""
    heard = [frame.to_ndarray().reshape(-1, 2)[:, 0] for frame in frames]
    return np.concatenate(heard).astype(np.float64)
