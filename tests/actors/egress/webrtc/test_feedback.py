"""The taps on a sender's RTCP, with packets made by hand."""

import asyncio
from typing import cast

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
    pack_remb_fci,
)

from actors.egress.webrtc.feedback import Feedback, FeedbackListener

SSRC = 77
ORIGIN = (1 << 32) - 1_000_000
"""Of the timestamps on the wire: they wrap."""


class Sender:
    """The part of aiortc's sender that is tapped."""

    _ssrc = SSRC

    def __init__(self) -> None:
        self.handled: list[AnyRtcpPacket] = []

    async def _handle_rtcp_packet(self, packet: AnyRtcpPacket) -> None:
        self.handled.append(packet)


class Tapped:
    def __init__(self) -> None:
        self.heard = 0
        self.keyframes = 0
        self.bitrates: list[int] = []
        self.sender = Sender()
        listener = FeedbackListener(self._hear, self._keyframe, self.bitrates.append)
        self.feedback = Feedback(cast(RTCRtpSender, self.sender), listener)

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


def test_the_answer_to_a_report_is_a_round_trip() -> None:
    tapped = Tapped()
    tapped.feedback.remember(ntp := 0x1234_5678_9ABC_DEF0)
    short = 0x5678_9ABC
    for lsr, known in ((short + 5, False), (short, True)):
        given = RtcpReceiverInfo(SSRC, 0, 0, 0, 0, lsr=lsr, dlsr=0)
        asyncio.run(tapped.sender._handle_rtcp_packet(RtcpRrPacket(ssrc=1, reports=[given])))
        assert (tapped.feedback.round_trip is not None) == known, hex(ntp)
    assert (tapped.feedback.round_trip or 0.0) >= 0
