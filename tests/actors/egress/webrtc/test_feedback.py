"""The taps on a sender's RTCP, with packets made by hand."""

import asyncio
from typing import cast

import pytest
import uvloop
from aiortc import RTCRtpSender
from aiortc.clock import current_ntp_time
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
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
    pack_remb_fci,
)

from actors.egress.webrtc.codecs import VIDEO_BASE
from actors.egress.webrtc.feedback import Feedback, FeedbackListener
from actors.egress.webrtc.packet_queue import PacketQueue
from actors.egress.webrtc.timeline import Timeline
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICKS_PER_SECOND, VIDEO_CLOCK, VIDEO_TICK

SSRC = 77
ORIGIN = (1 << 32) - 1_000_000
"""Of the timestamps on the wire: they wrap."""


class Transport:
    """The part of aiortc's transport through which all of a sender's packets go."""

    async def _send_rtp(self, data: bytes) -> None:
        """To nobody."""


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds


class Sender:
    """The part of aiortc's sender that is tapped."""

    _ssrc = SSRC

    def __init__(self) -> None:
        self.handled: list[AnyRtcpPacket] = []
        self.sent: list[list[AnyRtcpPacket]] = []
        self.transport = Transport()

    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """aiortc's begins two tasks."""

    async def send_packet(self, timestamp: int) -> None:
        packet = RtpPacket(payload_type=96, timestamp=timestamp % (1 << 32))
        packet.ssrc = SSRC
        await self.transport._send_rtp(packet.serialize())

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        self.handled.append(packet)

    async def _send_rtcp(self, packets: list[AnyRtcpPacket]) -> None:
        self.sent.append(packets)


class Tapped:
    def __init__(self) -> None:
        self.heard = 0
        self.keyframes = 0
        self.bitrates: list[int] = []
        self.sender = Sender()
        self.clock = Clock()
        self.timeline = Timeline(self.clock)
        self.packets = PacketQueue(VIDEO_BASE, 4)
        listener = FeedbackListener(self._hear, self._keyframe, self.bitrates.append)
        self.feedback = Feedback(
            cast(RTCRtpSender, self.sender), listener, self.packets, VIDEO_CLOCK, self.timeline
        )

    def _hear(self) -> None:
        self.heard += 1

    def _keyframe(self) -> None:
        self.keyframes += 1

    def take(self, *packets: AnyRtcpPacket) -> None:
        async def body() -> None:
            for packet in packets:
                await self.sender._handle_rtcp_packet(packet)

        asyncio.run(body())
        assert self.sender.handled == list(packets)
        assert self.heard == len(packets)


def report(ntp: int = 1, rtp: int = 2) -> RtcpSrPacket:
    info = RtcpSenderInfo(ntp_timestamp=ntp, rtp_timestamp=rtp, packet_count=1, octet_count=1)
    return RtcpSrPacket(ssrc=SSRC, sender_info=info)


def test_loss_of_a_picture_asks_for_a_keyframe() -> None:
    tapped = Tapped()
    tapped.take(
        RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=SSRC),
        RtcpPsfbPacket(fmt=RTCP_PSFB_FIR, ssrc=1, media_ssrc=SSRC),
        RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=SSRC),
    )
    assert (tapped.keyframes, tapped.bitrates) == (2, [])


def test_an_estimate_is_for_the_sender_that_it_names() -> None:
    tapped = Tapped()
    tapped.take(
        RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=pack_remb_fci(512_000, [SSRC])),
        RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=pack_remb_fci(9_000, [5])),
        RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=b"other"),
    )
    assert (tapped.keyframes, tapped.bitrates) == (0, [512_000])


def test_a_report_carries_the_time_of_its_sending_and_comes_back_as_a_round_trip() -> None:
    async def body() -> None:
        tapped = Tapped()
        await tapped.sender.send(RTCRtpSendParameters())
        await tapped.sender._send_rtcp([report()])
        assert tapped.sender.sent == []
        tapped.timeline.begin(100)
        tapped.packets.put(b"coded", 125 * VIDEO_TICK)
        await tapped.packets.take()
        await tapped.sender.send_packet(125 * VIDEO_TICK + ORIGIN)
        tapped.clock.advance(0.3)
        tapped.packets.put(b"taken, and waiting for its turn", 130 * VIDEO_TICK)
        await tapped.packets.take()
        await tapped.sender._send_rtcp([sent := report()])
        assert tapped.sender.sent == [[sent]]
        info = sent.sender_info
        begun = tapped.timeline.ntp(100 * VIDEO_TICK, VIDEO_CLOCK)
        assert (info.ntp_timestamp - begun) / (1 << 32) == pytest.approx(0.3, abs=1e-6)
        ticks = (info.rtp_timestamp - ORIGIN) % (1 << 32) / VIDEO_TICK
        assert ticks == pytest.approx(100 + 0.3 * TICKS_PER_SECOND, abs=0.001)
        short = (info.ntp_timestamp >> 16) & 0xFFFFFFFF
        for lsr, known in ((short + 5, False), (short, True)):
            given = RtcpReceiverInfo(SSRC, 0, 0, 0, 0, lsr=lsr, dlsr=0)
            await tapped.sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[given]))
            assert (tapped.feedback.round_trip is not None) == known
        assert (tapped.feedback.round_trip or 0.0) >= 0

    uvloop.run(body())


def test_sound_and_picture_of_a_tick_have_one_time() -> None:
    timeline = Timeline()
    with pytest.raises(RuntimeError, match="no tick"):
        timeline.ntp(0, PLAYOUT_RATE)
    before = current_ntp_time()
    timeline.begin(40)
    timeline.begin(90)
    after = current_ntp_time()
    for tick in (40, 41, 3_000_000):
        assert timeline.ntp(tick * PLAYOUT_TICK, PLAYOUT_RATE) == timeline.ntp(
            tick * VIDEO_TICK, VIDEO_CLOCK
        )
    assert before <= timeline.ntp(40 * VIDEO_TICK, VIDEO_CLOCK) <= after
