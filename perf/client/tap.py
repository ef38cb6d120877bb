"""RTP and RTCP taken where aiortc has decrypted them, and nothing more done with them.

aiortc's receiver puts four packets of sound and a whole picture into a jitter buffer, and
decodes everything in a thread for each track. A measurement wants the moment of arrival, and
a crowd on the machine that it loads wants no decoding at all. So a packet is read here and
handed to `on_packet`, and aiortc's receiver only keeps the statistics of which its reports
to the sender (RFC 3550) are made: a sender sees an ordinary receiver, one that asks for no
retransmission and makes no estimate of the bandwidth.

The one place that reaches into aiortc: two methods of the transport's instance are replaced.
Runs in the client's event loop; owns nothing.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtcpByePacket, RtcpPacket, RtcpSrPacket

from perf.client.packets import Packet, read

NTP_FRACTION: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class SenderReport:
    """The sender says: RTP time `timestamp` of this stream is `ntp` seconds of its clock."""

    kind: str
    at: int
    timestamp: int
    ntp: float


class RtpTap:
    """Stands between one session's transports and its receivers."""

    def __init__(
        self,
        receivers: Mapping[str, RTCRtpReceiver],
        on_packet: Callable[[str, Packet], None],
        on_report: Callable[[SenderReport], None],
    ) -> None:
        """`receivers` by kind. The calls come in the event loop, `on_packet` with the kind."""
        self._receivers = receivers
        self._on_packet, self._on_report = on_packet, on_report
        self._kinds: dict[int, tuple[str, int]] = {}
        self._streams: dict[int, str] = {}
        for receiver in receivers.values():
            transport = receiver.transport
            transport._handle_rtp_data = self._take_rtp  # type: ignore[method-assign]  # see above
            transport._handle_rtcp_data = self._take_rtcp  # type: ignore[method-assign]  # as above

    def expect(self, payload_types: Mapping[int, tuple[str, int]]) -> None:
        """What the answer settled: payload type -> (kind, RTP clock rate)."""
        self._kinds = dict(payload_types)

    async def ask_keyframe(self) -> None:
        """Send a PLI (RFC 4585) for the pictures, if any came."""
        for ssrc, kind in self._streams.items():
            if kind == "video":
                await self._receivers[kind]._send_rtcp_pli(ssrc)

    async def _take_rtp(self, data: bytes, arrival_time_ms: int) -> None:
        try:
            packet = read(data, time.monotonic_ns())
        except ValueError:
            return  # as a receiver must (RFC 3550 appendix A.1)
        if packet.payload_type not in self._kinds:
            return
        kind, rate = self._kinds[packet.payload_type]
        statistics = self._receivers[kind]._RTCRtpReceiver__remote_streams  # type: ignore[attr-defined]  # private, see above
        if packet.ssrc not in self._streams:
            self._streams[packet.ssrc] = kind
            statistics[packet.ssrc] = StreamStatistics(rate)
        statistics[packet.ssrc].add(packet)
        self._on_packet(kind, packet)

    async def _take_rtcp(self, data: bytes) -> None:
        now = time.monotonic_ns()
        try:
            packets = RtcpPacket.parse(data)
        except ValueError:
            return
        for packet in packets:
            if isinstance(packet, RtcpSrPacket) and packet.ssrc in self._streams:
                kind = self._streams[packet.ssrc]
                info = packet.sender_info
                self._on_report(
                    SenderReport(kind, now, info.rtp_timestamp, info.ntp_timestamp / NTP_FRACTION)
                )
                await self._receivers[kind]._handle_rtcp_packet(packet)
            elif isinstance(packet, RtcpByePacket):
                for receiver in self._receivers.values():
                    await receiver._handle_rtcp_packet(packet)
