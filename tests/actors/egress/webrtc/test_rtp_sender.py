"""A sender's reports: both of their times are those of their sending (RFC 3550, 6.4.1)."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from aiortc import RTCRtpSender
from aiortc.rtcdtlstransport import State
from aiortc.rtcrtpparameters import (
    RTCRtcpParameters,
    RTCRtpCodecParameters,
    RTCRtpSendParameters,
)
from aiortc.rtp import AnyRtcpPacket, RtcpByePacket, RtcpPacket, RtcpSrPacket, RtpPacket

from actors.egress.webrtc.feedback import FeedbackListener
from actors.egress.webrtc.rtp_sender import RtpSender
from actors.egress.webrtc.timeline import Timeline
from data.units import TICKS_PER_SECOND, VIDEO_CLOCK, VIDEO_TICK
from tests.actors.egress.webrtc.test_timeline import Clock

SSRC = 77


class Plain:
    """In the place of SRTP: what is sent stays readable."""

    def protect(self, data: bytes) -> bytes:
        return b"T" + data

    def protect_rtcp(self, data: bytes) -> bytes:
        return b"C" + data


class Wire:
    """aiortc's sender and what is below it, down to the socket."""

    _ssrc, _rtx_ssrc = SSRC, SSRC + 1

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        socket = SimpleNamespace(sendto=lambda data, _address: self.sent.append(data))
        pair = SimpleNamespace(protocol=SimpleNamespace(transport=socket), remote_addr=("", 0))
        below = SimpleNamespace(
            iceGatherer=SimpleNamespace(_connection=SimpleNamespace(_nominated={1: pair}))
        )
        self.transport = SimpleNamespace(
            _tx_srtp=Plain(),
            _state=State.CONNECTED,
            transport=below,
            _register_rtp_sender=lambda sender, parameters: None,
            _unregister_rtp_sender=lambda sender: None,
        )

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Replaced."""

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        """To nobody."""

    def begin(self) -> None:
        codec = RTCRtpCodecParameters("video/H264", VIDEO_CLOCK, payloadType=96)
        parameters = RTCRtpSendParameters(codecs=[codec], rtcp=RTCRtcpParameters(cname="face"))
        asyncio.run(self.send(parameters))

    def taken(self) -> tuple[list[RtpPacket], list[AnyRtcpPacket]]:
        media = [RtpPacket.parse(data[1:]) for data in self.sent if data[:1] == b"T"]
        control = [
            one for data in self.sent if data[:1] == b"C" for one in RtcpPacket.parse(data[1:])
        ]
        self.sent.clear()
        return media, control


def test_a_report_tells_the_time_of_its_sending_whenever_the_last_packet_left() -> None:
    wire, clock = Wire(), Clock()
    timeline = Timeline(clock)
    sender = RtpSender(
        cast(RTCRtpSender, wire), FeedbackListener(lambda: None), VIDEO_CLOCK, timeline
    )
    wire.begin()
    sender.report()
    assert wire.taken() == ([], []), "nothing was sent, so there is nothing to report on"
    timeline.begin(100)
    begun = timeline.now()
    sender.send([b"one", b"two"], 100 * VIDEO_TICK, marks=True)
    clock.seconds += 0.3
    sender.report()
    media, control = wire.taken()
    assert [packet.marker for packet in media] == [0, 1]
    (report,) = (packet for packet in control if isinstance(packet, RtcpSrPacket))
    info = report.sender_info
    assert (info.packet_count, info.octet_count) == (2, 6)
    assert (info.ntp_timestamp - begun) / (1 << 32) == pytest.approx(0.3, abs=1e-6)
    since = (info.rtp_timestamp - media[0].timestamp) % (1 << 32) / VIDEO_TICK
    assert since == pytest.approx(0.3 * TICKS_PER_SECOND, abs=0.001)


def test_it_says_goodbye_once_and_sends_nothing_any_more() -> None:
    wire = Wire()
    sender = RtpSender(
        cast(RTCRtpSender, wire), FeedbackListener(lambda: None), VIDEO_CLOCK, Timeline()
    )
    wire.begin()
    sender.send([b"one"], 0, marks=True)
    wire.taken()
    sender.close()
    media, control = wire.taken()
    assert media == []
    assert [packet.sources for packet in control if isinstance(packet, RtcpByePacket)] == [[SSRC]]
    sender.send([b"two"], VIDEO_TICK, marks=True)
    assert wire.taken() == ([], [])
