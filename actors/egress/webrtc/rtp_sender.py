"""One track's packets, with a connection's own headers: written, locked and sent at once.

In: payloads with their time (RFC 3550, RFC 6184, RFC 7741). Out: RTP in one connection, what a
NACK asks for again (RFC 4588), and sender reports.

Reaches into aiortc, whose sender makes objects of each packet and has a task of its own that
waits for each: its `send` is replaced and only notes what was agreed on, its packets are written
here, and `Feedback` takes its RTCP. Runs in the egress process's event loop. Owns what may have to
be sent again; it goes with the sender.
"""

import struct
import time
from collections.abc import Callable, Sequence
from typing import Final

from aioice.ice import CandidatePair, Connection
from aiortc import RTCRtpSender
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport, State
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import RtcpByePacket, RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket
from aiortc.utils import random16, random32

from actors.egress.webrtc.feedback import Feedback, FeedbackListener
from actors.egress.webrtc.timeline import Timeline

HISTORY: Final = 512
"""Packets that may be sent again: some seconds."""
ABS_SEND_TIME: Final = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_VERSION, _EXTENDED, _MARKER = 0x80, 0x90, 0x80
_HEADER: Final = struct.Struct("!BBHII")
_EXTENSION: Final = struct.Struct("!HHI")
_ONE_BYTE, _WORDS = 0xBEDE, 1
_MASK: Final = 0xFFFFFFFF
_NTP_EPOCH: Final = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 5905)."""
_SEND_UNITS: Final = 1 << 18
"""Of abs-send-time, a second; it has 24 bits of them."""

SentPacket = tuple[int, int, int, bytes]
"""Sequence number, RTP timestamp, _MARKER or 0, payload."""


def _nobody(_: int) -> None:
    """Hears of packets where nobody does."""


def _none_again(_: list[int]) -> list[int]:
    """Sends nothing again."""
    return []


def _nothing() -> None:
    """Waits for no beginning."""


class RtpSender:
    """Sends at once; what nobody can be sent is dropped."""

    def __init__(
        self,
        sender: RTCRtpSender,
        listener: FeedbackListener,
        rate: int,
        timeline: Timeline,
        on_begin: Callable[[], None] = _nothing,
        on_sent: Callable[[int], None] = _nobody,
    ) -> None:
        """`sender`'s connection has not begun. `rate`: Hz of the timestamps; a NACK's packets are
        sent again if the listener's `missing` says so. `on_begin` is called when packets can be
        sent, `on_sent` with the bytes of each, those that are sent again too."""
        self.last_taken: int | None = None
        """Timestamp of what was sent last, before its random origin."""
        self._sender, self._rate, self._timeline = sender, rate, timeline
        self._transport: RTCDtlsTransport | None = None
        self._type = 0
        self._again_type: int | None = None
        self._send_time: int | None = None
        self._name = ""
        self._origin = random32()
        self._sequence, self._again = random16() % (1 << 15), random16() % (1 << 15)
        self._packets = self._bytes = 0
        self._history: dict[int, SentPacket] = {}
        self._missing = listener.missing
        self._on_begin, self._on_sent = on_begin, on_sent
        taken = FeedbackListener(
            listener.heard, listener.keyframe, listener.bitrate, self._resend, listener.report
        )
        sender.send = self._begin  # type: ignore[method-assign]  # see above
        self._feedback = Feedback(sender, taken)

    @property
    def feedback(self) -> Feedback:
        """What the client says of the way."""
        return self._feedback

    @property
    def ice(self) -> Connection:
        """aioice's part of the way that its packets take, which is settled when they begin."""
        return self._sender.transport.transport.iceGatherer._connection

    def send(self, payloads: Sequence[bytes], timestamp: int, *, marks: bool) -> None:
        """Send what belongs to one moment; `marks`: the last of them says that it is whole."""
        if self._transport is None:
            return
        self.last_taken = timestamp
        at = (timestamp + self._origin) & _MASK
        last = len(payloads) - 1
        for number, payload in enumerate(payloads):
            marker = _MARKER if marks and number == last else 0
            sequence = self._sequence
            self._history[sequence % HISTORY] = (sequence, at, marker, payload)
            self._sequence = (sequence + 1) & 0xFFFF
            self._give(self._type | marker, sequence, at, self._sender._ssrc, payload)
            self._packets += 1
            self._bytes += len(payload)

    def report(self) -> None:
        """Send a sender report (RFC 3550 section 6.4.1), if anything was sent: with it a receiver
        puts sound and pictures on one line. Both of its times are those of its sending."""
        if self.last_taken is None or not self._timeline.begun:
            return
        ntp = self._timeline.now()
        at = (self._timeline.timestamp(ntp, self._rate) + self._origin) & _MASK
        info = RtcpSenderInfo(ntp, at, self._packets & _MASK, self._bytes & _MASK)
        source = RtcpSourceInfo(self._sender._ssrc, [(1, self._name.encode())])
        report = bytes(RtcpSrPacket(self._sender._ssrc, info)) + bytes(RtcpSdesPacket([source]))
        if (way := self._way()) is not None:
            self._feedback.remember(ntp)
            self._put(way[0]._tx_srtp.protect_rtcp(report), way[1])

    def close(self) -> None:
        """Say that no more will come (RFC 3550 section 6.6), and let go of who is told."""
        if (way := self._way()) is not None and self._packets:
            goodbye = bytes(RtcpByePacket([self._sender._ssrc]))
            self._put(way[0]._tx_srtp.protect_rtcp(goodbye), way[1])
        self._on_begin, self._on_sent, self._missing = _nothing, _nobody, _none_again
        if self._transport is not None:
            self._transport._unregister_rtp_sender(self._sender)
            self._transport = None
        self._feedback.close()

    async def _begin(self, parameters: RTCRtpSendParameters) -> None:
        """In place of aiortc's `send`: the way is there, in the codec that was agreed on."""
        transport = self._sender.transport
        transport._register_rtp_sender(self._sender, parameters)
        codec = parameters.codecs[0]
        self._type = codec.payloadType or 0
        for other in parameters.codecs:
            if is_rtx(other) and other.parameters.get("apt") == codec.payloadType:
                self._again_type = other.payloadType
        for extension in parameters.headerExtensions:
            if extension.uri == ABS_SEND_TIME:
                self._send_time = extension.id
        self._name = parameters.rtcp.cname or ""
        self._transport = transport
        self._on_begin()

    def _resend(self, missing: list[int]) -> list[int]:
        """Send again (RFC 4588 where agreed on); nothing is left for aiortc to do."""
        for number in self._missing(missing):
            sent = self._history.get(number % HISTORY)
            if sent is None or sent[0] != number:
                continue
            sequence, at, marker, payload = sent
            if self._again_type is None:
                self._give(self._type | marker, sequence, at, self._sender._ssrc, payload)
                continue
            again, self._again = self._again, (self._again + 1) & 0xFFFF
            whole = sequence.to_bytes(2, "big") + payload
            kind = self._again_type | marker
            self._give(kind, again, at, self._sender._rtx_ssrc, whole)
        return []

    def _give(self, kind: int, sequence: int, at: int, source: int, payload: bytes) -> None:
        if (way := self._way()) is None:
            return
        if self._send_time is None:
            head = _HEADER.pack(_VERSION, kind, sequence, at, source)
        else:
            sent = (
                self._send_time << 28
                | 2 << 24
                | (int((time.time() + _NTP_EPOCH) * _SEND_UNITS)) & 0xFFFFFF
            )
            head = _HEADER.pack(_EXTENDED, kind, sequence, at, source)
            head += _EXTENSION.pack(_ONE_BYTE, _WORDS, sent)
        whole = head + payload
        self._put(way[0]._tx_srtp.protect(whole), way[1])
        self._on_sent(len(whole))

    def _way(self) -> tuple[RTCDtlsTransport, CandidatePair] | None:
        """What packets are locked with and where they go; None while there is no way."""
        transport = self._transport
        if transport is None or transport._state is not State.CONNECTED:
            return None
        pair = transport.transport.iceGatherer._connection._nominated.get(1)
        return None if pair is None else (transport, pair)

    def _put(self, coded: bytes, pair: CandidatePair) -> None:
        pair.protocol.transport.sendto(coded, pair.remote_addr)
