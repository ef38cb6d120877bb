"""What a client says about what it receives: RTCP (RFC 3550, RFC 4585).

Runs in the egress process's event loop. Reaches into aiortc, as `microphone` and `sctp_guard` do:
its sender keeps keyframe requests and bitrate estimates for an encoder of its own, and has no event
for them. A sender's RTCP passes one method of the instance, so that method is replaced; the
original is still called. Owns nothing: the tap lives and dies with the sender.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiortc import RTCRtpSender
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

REPORTS_KEPT: Final = 8
LOST_ALL: Final = 256
"""A report's fraction of lost packets is of this many (RFC 3550 section 6.4.1)."""
SHORT_SECOND: Final = 1 << 16
"""Units a second of the reports' short NTP times (RFC 3550 section 4)."""

WORD: Final = 0xFFFFFFFF
"""NTP times in reports are counted in 32 bits."""


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


def _nobody() -> None:
    """Hears of packets once nobody does."""


class Feedback:
    """Taps the RTCP of one sender, before it starts."""

    def __init__(self, sender: RTCRtpSender, listener: FeedbackListener) -> None:
        self.round_trip: float | None = None
        """Seconds to the client and back, by its last report."""
        self.lost: float | None = None
        """The part of the packets that its last report says is lost."""
        self._ssrc = sender._ssrc
        self._listener = listener
        self._reported: OrderedDict[int, float] = OrderedDict()
        self._handle = sender._handle_rtcp_packet
        sender._handle_rtcp_packet = self._take  # type: ignore[method-assign]  # no event exists

    def close(self) -> None:
        """Tell nobody any more, and let go of who was told."""
        self._listener = FeedbackListener(_nobody)

    def remember(self, ntp: int) -> None:
        """A report of this NTP time leaves: the client's answer to it tells the round trip."""
        self._reported[(ntp >> 16) & WORD] = time.monotonic()
        if len(self._reported) > REPORTS_KEPT:
            self._reported.popitem(last=False)

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
