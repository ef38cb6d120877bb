"""One track of one viewer: payloads that all viewers share, under headers of its own.

In: payloads and their time; the viewer's RTCP. Out: SRTP packets and sender reports. aiortc's own
sender packs, copies and waits for each viewer anew, in two tasks each; here a packet is a header,
SRTP's `protect` and one `sendto` (`python -m perf.sessions.viewers`). The connection's set-up, ICE
and DTLS stay aiortc's.

Reaches into aiortc, which has no way to send coded payloads: of its sender the method that begins
is replaced, so that its tasks never run, and `Feedback` takes its RTCP. Runs in the egress
process's event loop. Owns what may have to be sent again; it goes with the sender.
"""

import struct
from collections.abc import Sequence
from typing import Final

from aioice.ice import CandidatePair
from aiortc import RTCRtpSender
from aiortc.clock import current_ntp_time
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport, State
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from aiortc.rtp import RtcpSdesPacket, RtcpSenderInfo, RtcpSourceInfo, RtcpSrPacket
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

SentPacket = tuple[int, int, int, bytes]
"""Sequence number, RTP timestamp, _MARKER or 0, payload."""


class FanOutSender:
    """Sends at once; what nobody can be sent is dropped."""

    def __init__(
        self, sender: RTCRtpSender, listener: FeedbackListener, rate: int, timeline: Timeline
    ) -> None:
        """`sender`'s connection has not begun. `rate`: Hz of the timestamps; a NACK's packets are
        sent again if the listener's `missing` says so."""
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
        taken = FeedbackListener(
            listener.heard, listener.keyframe, listener.bitrate, self._resend, listener.report
        )
        sender.send = self._begin  # type: ignore[method-assign]  # see above
        self._feedback = Feedback(sender, taken, self, rate, timeline)

    def send(self, payloads: Sequence[bytes], timestamp: int, *, marks: bool) -> None:
        """Send what belongs to one moment; `marks`: the last of them says that it is whole."""
        if self._transport is None:
            return
        self.last_taken = timestamp
        time = (timestamp + self._origin) & _MASK
        last = len(payloads) - 1
        for number, payload in enumerate(payloads):
            marker = _MARKER if marks and number == last else 0
            sequence = self._sequence
            self._history[sequence % HISTORY] = (sequence, time, marker, payload)
            self._sequence = (sequence + 1) & 0xFFFF
            self._give(self._type | marker, sequence, time, self._sender._ssrc, payload)
            self._packets += 1
            self._bytes += len(payload)

    def report(self) -> None:
        """Send a sender report (RFC 3550 section 6.4.1), if anything was sent: with it a receiver
        puts sound and pictures on one line."""
        if self.last_taken is None or not self._timeline.begun:
            return
        ntp = self._timeline.now()
        time = (self._timeline.timestamp(ntp, self._rate) + self._origin) & _MASK
        info = RtcpSenderInfo(ntp, time, self._packets & _MASK, self._bytes & _MASK)
        source = RtcpSourceInfo(self._sender._ssrc, [(1, self._name.encode())])
        report = bytes(RtcpSrPacket(self._sender._ssrc, info)) + bytes(RtcpSdesPacket([source]))
        if (way := self._way()) is not None:
            self._put(way[0]._tx_srtp.protect_rtcp(report), way[1])

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

    def _resend(self, missing: list[int]) -> list[int]:
        """Send again (RFC 4588 where agreed on); nothing is left for aiortc to do."""
        for number in self._missing(missing):
            sent = self._history.get(number % HISTORY)
            if sent is None or sent[0] != number:
                continue
            sequence, time, marker, payload = sent
            if self._again_type is None:
                self._give(self._type | marker, sequence, time, self._sender._ssrc, payload)
                continue
            again, self._again = self._again, (self._again + 1) & 0xFFFF
            whole = sequence.to_bytes(2, "big") + payload
            kind = self._again_type | marker
            self._give(kind, again, time, self._sender._rtx_ssrc, whole)
        return []

    def _give(self, kind: int, sequence: int, time: int, source: int, payload: bytes) -> None:
        if (way := self._way()) is None:
            return
        if self._send_time is None:
            head = _HEADER.pack(_VERSION, kind, sequence, time, source)
        else:
            sent = self._send_time << 28 | 2 << 24 | (current_ntp_time() >> 14) & 0xFFFFFF
            head = _HEADER.pack(_EXTENDED, kind, sequence, time, source)
            head += _EXTENSION.pack(_ONE_BYTE, _WORDS, sent)
        self._put(way[0]._tx_srtp.protect(head + payload), way[1])

    def _way(self) -> tuple[RTCDtlsTransport, CandidatePair] | None:
        """What packets are locked with and where they go; None while there is no way."""
        transport = self._transport
        if transport is None or transport._state is not State.CONNECTED:
            return None
        pair = transport.transport.iceGatherer._connection._nominated.get(1)
        return None if pair is None else (transport, pair)

    def _put(self, coded: bytes, pair: CandidatePair) -> None:
        pair.protocol.transport.sendto(coded, pair.remote_addr)
