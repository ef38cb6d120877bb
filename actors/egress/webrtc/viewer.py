"""Somebody who watches a session over WebRTC: one connection that only sends, of shared packets.

In: a viewer's offer (WHEP), or the answer of a server that we offered to (WHIP, RFC 9725); the
packets of the session's shared streams. Out: SDP, RTP. Runs in the egress process's event loop;
owns the connection with its sockets, and two timers; `close` frees them all.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, NoReturn

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpTransceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.webrtc.certificate import certified
from actors.egress.webrtc.fan_out_sender import FanOutSender
from actors.egress.webrtc.feedback import FeedbackListener
from actors.egress.webrtc.ice_servers import limit_gathering
from actors.egress.webrtc.liveness import Liveness
from actors.egress.webrtc.negotiation import REFUSED, add_track, configuration, negotiate
from actors.egress.webrtc.offer import MIME
from actors.egress.webrtc.receive_guard import Dropped, guard_receiving
from actors.egress.webrtc.release import release
from actors.egress.webrtc.retransmission import RetransmissionLimit
from actors.egress.webrtc.rtp_payloads import RtpPayloads
from actors.egress.webrtc.timeline import Timeline
from actors.egress.webrtc.viewer_flow import ViewerFlow
from actors.egress.webrtc.viewer_offer import ViewerOffer
from data.units import PLAYOUT_RATE, VIDEO_CLOCK
from runtime.errors import BadAnswer

REPORT_SECONDS: Final = 1.0
ASK_SECONDS: Final = 5.0
"""A viewer whose way is too narrow asks so often for the keyframe from which it can go on: it
is sent to all."""
ENDED: Final = ("failed", "closed")


class FanOutTrack(MediaStreamTrack):
    """Stands in a description; nothing is read from it."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> NoReturn:
        """Ends at once: `FanOutSender` keeps aiortc from asking."""
        raise MediaStreamError


class Viewer:
    """A `PacketTap`. `on_state` hears "connected", and once "failed" or "closed"."""

    def __init__(
        self,
        options: MediaOptions,
        timeline: Timeline,
        on_state: Callable[[str], None],
        ask_keyframe: Callable[[VideoCodec], None],
        dropped: Dropped = lambda kind, error: None,
    ) -> None:
        """`timeline` is the session's; `dropped` hears of each packet that cannot be read."""
        self.state = "new"
        self.codec: VideoCodec | None = None
        """Of its pictures; None where it has none, or before it is known."""
        self.hears = False
        """Whether it gets the sound."""
        self._options, self._timeline = options, timeline
        self._on_state, self._ask, self._dropped = on_state, ask_keyframe, dropped
        self._connection = certified(RTCPeerConnection(configuration(options)))
        self._connection.on("connectionstatechange", self._connection_changed)
        self._payloads: RtpPayloads | None = None
        self._pictures: FanOutSender | None = None
        self._sounds: FanOutSender | None = None
        self._flow, self._again = ViewerFlow(), RetransmissionLimit()
        self._liveness: Liveness | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waits_for_keyframe = True
        self._asked_at = 0.0
        self._closing: asyncio.Task[None] | None = None

    async def answer(self, offer: ViewerOffer, payloads: RtpPayloads | None) -> str:
        """Answer, and begin to connect; `payloads` are those of the offer's codec.

        Raises BadOffer or NotReady; nothing is left open then."""
        if offer.audio is not None:
            self._add_sound(offer.audio)
        if offer.video is not None and offer.codec is not None and payloads is not None:
            self._add_pictures(offer.codec, payloads, offer.video)
        try:
            answer = await negotiate(self._connection, offer.sdp)
        except BaseException:
            await self.close()
            raise
        self._expect()
        return answer.sdp

    async def offer(self, codec: VideoCodec, payloads: RtpPayloads) -> str:
        """Offer to send sound, and pictures in `codec`; the SDP has every candidate."""
        self._add_sound(None)
        self._add_pictures(codec, payloads, None)
        connection = self._connection
        limit_gathering(connection)
        await connection.setLocalDescription(await connection.createOffer())
        return connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        """Take the answer to `offer`, and begin to connect. Raises BadAnswer."""
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except REFUSED as error:
            raise BadAnswer(f"the server's answer cannot be used: {error}") from error
        self._expect()

    def picture(self, packet: PicturePacket) -> None:
        """See `PacketTap`; one that it could not decode, or has no room for, is left out."""
        if self._pictures is None or self._payloads is None or self.state != "connected":
            return
        now = time.monotonic()
        if self._waits_for_keyframe and not packet.keyframe:
            self._ask_again(now)
            return
        if not self._flow.takes(len(packet.data), now):
            self._waits_for_keyframe, self._asked_at = True, now
            return
        self._waits_for_keyframe = False
        self._pictures.send(self._payloads.of(packet), packet.timestamp, marks=True)

    def sound(self, packet: SoundPacket) -> None:
        """See `PacketTap`."""
        if self._sounds is not None and self.state == "connected":
            self._sounds.send((packet.data,), packet.timestamp, marks=False)
        if self._liveness is not None:
            self._liveness.sent()

    async def close(self) -> None:
        """Say goodbye, and free everything. May be called again."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._end())
        await asyncio.shield(self._closing)

    def _add_sound(self, place: tuple[str, int] | None) -> None:
        self.hears = True
        transceiver = self._added("audio", ("audio/opus",), place)
        listener = FeedbackListener(self._heard, missing=lambda numbers: [])
        self._sounds = FanOutSender(transceiver.sender, listener, PLAYOUT_RATE, self._timeline)

    def _add_pictures(
        self, codec: VideoCodec, payloads: RtpPayloads, place: tuple[str, int] | None
    ) -> None:
        self.codec, self._payloads = codec, payloads
        transceiver = self._added("video", (MIME[codec], "video/rtx"), place)
        listener = FeedbackListener(
            self._heard,
            lambda: self._ask(codec),
            self._flow.estimate,
            self._resend,
            lambda lost, round_trip: self._flow.report(lost),
        )
        self._pictures = FanOutSender(transceiver.sender, listener, VIDEO_CLOCK, self._timeline)

    def _added(
        self, kind: str, names: tuple[str, ...], place: tuple[str, int] | None
    ) -> RTCRtpTransceiver:
        return add_track(self._connection, FanOutTrack(kind), names, place)

    def _expect(self) -> None:
        """Both descriptions are set: somebody has to connect in time."""
        guard_receiving(self._connection, self._dropped)
        if self.state == "new" and self._closing is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(
                self._options.connect_seconds, lambda: self._move("failed")
            )

    def _connection_changed(self) -> None:
        state = self._connection.connectionState
        if state == "connected" and self.state == "new":
            self._stop_timers()
            self._liveness = Liveness(
                asyncio.get_running_loop(),
                self._options.quiet_seconds,
                self._options.lost_seconds,
                on_quiet=lambda: None,
                on_back=lambda: None,
                on_lost=lambda: self._move("failed"),
            )
            self._move("connected")
            self._report_later()
            if self.codec is not None:
                self._ask(self.codec)
        elif state in ENDED:
            self._move(state)

    def _report_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(REPORT_SECONDS, self._report)

    def _report(self) -> None:
        if self.state != "connected":
            return
        for sender in (self._sounds, self._pictures):
            if sender is not None:
                sender.report()
        self._report_later()

    def _ask_again(self, now: float) -> None:
        """It waits because its way was full: once that is free, not too often."""
        if now - self._asked_at >= ASK_SECONDS and self._flow.has_room(now) and self.codec:
            self._asked_at = now
            self._ask(self.codec)

    def _resend(self, missing: list[int]) -> list[int]:
        return self._again.take(missing, self._options.bitrate, time.monotonic())

    def _heard(self) -> None:
        if self._liveness is not None:
            self._liveness.heard()

    def _move(self, state: str) -> None:
        if state == self.state or self.state in ENDED:
            return
        self.state = state
        if state in ENDED:
            self._stop_timers()
        self._on_state(state)

    def _stop_timers(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._liveness is not None:
            self._liveness.close()
            self._liveness = None

    async def _end(self) -> None:
        self._stop_timers()
        await self._connection.close()
        release(self._connection)
        self._move("closed")
        self._pictures = self._sounds = None
