"""What a client says about what it receives, and what it is told: RTCP (RFC 3550, RFC 4585).

Runs in the egress process's event loop. Reaches into aiortc, as `microphone` and `sctp_guard` do:
its sender keeps keyframe requests and bitrate estimates for an encoder of its own, and has no event
for them. Both ways of a sender's RTCP pass one method of the instance each, so those two methods
are replaced, and the one that sends, which shows the random origin of the RTP timestamps; the
originals are still called. Owns nothing: the taps live and die with the sender.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from aiortc import RTCRtpSender
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    AnyRtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)

from actors.egress.webrtc.timeline import Timeline

REPORTS_KEPT: Final = 8
LOST_ALL: Final = 256
"""A report's fraction of lost packets is of this many (RFC 3550 section 6.4.1)."""
SHORT_SECOND: Final = 1 << 16
"""Units a second of the reports' short NTP times (RFC 3550 section 4)."""

WORD: Final = 0xFFFFFFFF
"""RTP timestamps, and NTP times in reports, are counted in 32 bits."""


@dataclass(frozen=True, slots=True)
class FeedbackListener:
    """Who is told: `keyframe` of PLI and FIR, `bitrate` (bit/s) of REMB, `heard` of any packet.

    `missing` hears the sequence numbers of a NACK, and says which are sent again;
    `report` the part of the packets that a report says is lost, and the round trip in s."""

    heard: Callable[[], None]
    keyframe: Callable[[], None] = lambda: None
    bitrate: Callable[[int], None] = lambda _: None
    missing: Callable[[list[int]], list[int]] = lambda numbers: numbers
    report: Callable[[float, float | None], None] = lambda lost, round_trip: None


class SentMedia(Protocol):
    """What a sender has sent of its track."""

    @property
    def last_taken(self) -> int | None:
        """RTP timestamp of the last packet, before the random origin; None: nothing was sent."""
        ...


class Feedback:
    """Taps the RTCP of one sender, before it starts."""

    def __init__(
        self,
        sender: RTCRtpSender,
        listener: FeedbackListener,
        packets: SentMedia,
        rate: int,
        timeline: Timeline,
    ) -> None:
        """`packets` is the sender's track's, its timestamps have `rate` Hz."""
        self.round_trip: float | None = None
        """Seconds to the client and back, by its last report."""
        self.lost: float | None = None
        """The part of the packets that its last report says is lost."""
        self._origin: int | None = None
        """The wire's RTP timestamps less the track's; None before a packet has shown it."""
        self._sender, self._ssrc = sender, sender._ssrc
        self._listener = listener
        self._packets = packets
        self._rate = rate
        self._timeline = timeline
        self._reported: OrderedDict[int, float] = OrderedDict()
        self._handle, self._send = sender._handle_rtcp_packet, sender._send_rtcp
        self._begin = sender.send
        sender.send = self._begins  # type: ignore[method-assign]  # no event exists
        sender._handle_rtcp_packet = self._take  # type: ignore[method-assign]  # no event exists
        sender._send_rtcp = self._give  # type: ignore[method-assign]  # nor for what is sent

    async def _take(self, packet: AnyRtcpPacket) -> None:
        self._listener.heard()
        if isinstance(packet, RtcpPsfbPacket):
            self._take_picture_feedback(packet)
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            packet.lost = self._listener.missing(packet.lost)
        elif isinstance(packet, RtcpRrPacket | RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self._take_report(report)
        await self._handle(packet)

    def _take_report(self, report: RtcpReceiverInfo) -> None:
        if (sent_at := self._reported.get(report.lsr)) is not None:
            took = time.monotonic() - sent_at - report.dlsr / SHORT_SECOND
            self.round_trip = max(0.0, took)
        self.lost = report.fraction_lost / LOST_ALL
        self._listener.report(self.lost, self.round_trip)

    def _take_picture_feedback(self, packet: RtcpPsfbPacket) -> None:
        if packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            self._listener.keyframe()
        elif packet.fmt == RTCP_PSFB_APP:
            try:
                bitrate, sources = unpack_remb_fci(packet.fci)
            except ValueError:
                return  # an application's own message, which is not for us
            if self._ssrc in sources:
                self._listener.bitrate(bitrate)

    async def _begins(self, parameters: RTCRtpSendParameters) -> None:
        """The sender's transport is settled: look at what it sends until the origin is known."""
        transport = self._sender.transport
        send, source = transport._send_rtp, self._ssrc.to_bytes(4, "big")

        async def watched(data: bytes) -> None:
            last = self._packets.last_taken
            if self._origin is None and last is not None and data[8:12] == source:
                self._origin = (int.from_bytes(data[4:8], "big") - last) & WORD
            await send(data)

        transport._send_rtp = watched  # type: ignore[method-assign]  # no event exists
        await self._begin(parameters)

    async def _give(self, packets: list[AnyRtcpPacket]) -> None:
        """Send, with each report's two times those of its sending (RFC 3550, 6.4.1).

        aiortc's own report gives the timestamp of the last packet, with the time at which that
        left: for a picture late by the time that its encoding took, and not the report's own, from
        which receivers tell how far the clocks are apart."""
        for packet in packets:
            if not isinstance(packet, RtcpSrPacket):
                continue
            if self._origin is None or not self._timeline.begun:
                return  # nothing was sent yet, so there is nothing to report on
            info, now = packet.sender_info, self._timeline.now()
            info.ntp_timestamp = now
            info.rtp_timestamp = (self._timeline.timestamp(now, self._rate) + self._origin) & WORD
            self._remember(now)
        await self._send(packets)

    def _remember(self, ntp: int) -> None:
        self._reported[(ntp >> 16) & WORD] = time.monotonic()
        if len(self._reported) > REPORTS_KEPT:
            self._reported.popitem(last=False)
