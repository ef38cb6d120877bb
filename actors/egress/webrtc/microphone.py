"""What the client's microphone hears, as 20 ms frames on the `mic` ring.

In: the RTP packets of the client's audio track. Out: mono float32 at 16 kHz in the session's
`mic` ring; when that is full the newest frame is dropped and counted. Runs in the egress
process's event loop: a packet takes 0.06 ms with warm caches, 0.3 ms on a busy machine; to hand
it to a thread takes 0.2 ms of the loop and delays it by 0.2 to 5 ms. Owns the decoder, which is
made with the first packet, and two timers; `close` frees them.

The one place that reaches into aiortc's receiver: its jitter buffer waits for four packets
(80 ms), has no timer, and has a thread decode. So the method of the instance to which the
transport hands each packet is replaced; the receiver only keeps the statistics of which its
reports to the sender are made (RFC 3550), and its thread sleeps.
"""

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import RtpPacket
from prometheus_client import CollectorRegistry, Counter

from actors.egress.webrtc.jitter_buffer import JitterBuffer, ReceivedPacket
from actors.egress.webrtc.liveness import Clock
from actors.egress.webrtc.microphone_frames import MicrophoneFrames, Speech
from actors.egress.webrtc.opus import OpusDecoder
from data.units import PLAYOUT_RATE
from runtime.layouts import Flag, Stage
from runtime.ports import Mark, Outlet

EPOCH: Final = 0
"""This ring is never interrupted (runtime.layouts.UNINTERRUPTED)."""
NO_FLAGS: Final = Flag(0)
CONCEALED_MAX: Final = 5
"""Packets in a row for which sound is made up; by then it has faded."""
NOTHING: Final = np.zeros(0, np.float32)


class MicrophoneCounts:
    """What became of all microphones' packets and frames."""

    def __init__(self, registry: CollectorRegistry) -> None:
        packets = Counter(
            "ringtalk_mic_packets_total",
            "Packets of microphones, by what became of them.",
            ["kind"],
            registry=registry,
        )
        frames = Counter(
            "ringtalk_mic_frames_total",
            "20 ms frames of microphones, by what became of them.",
            ["kind"],
            registry=registry,
        )
        self.heard, self.lost = packets.labels("heard"), packets.labels("lost")
        self.late, self.broken = packets.labels("late"), packets.labels("broken")
        self.written, self.dropped = frames.labels("written"), frames.labels("dropped")


class Microphone:
    """One client's microphone."""

    def __init__(self, outlet: Outlet, counts: MicrophoneCounts, clock: Clock) -> None:
        """`outlet` is the session's `mic`; `clock` an event loop, or a test's."""
        self._outlet: Outlet | None = outlet
        self._counts = counts
        self._jitter = JitterBuffer(clock, self._decode)
        self._line = MicrophoneFrames(clock, self._put)
        self._decoder: OpusDecoder | None = None
        self._ssrc: int | None = None

    def listen(self, receiver: RTCRtpReceiver, heard: Callable[[], None]) -> None:
        """Take the packets of this receiver, before it starts; `heard` is told of each."""
        streams: dict[int, StreamStatistics] = receiver._RTCRtpReceiver__remote_streams  # type: ignore[attr-defined]  # private, see above
        reported: dict[int, int] = receiver._RTCRtpReceiver__lsr  # type: ignore[attr-defined]  # the same
        reported_at: dict[int, float] = receiver._RTCRtpReceiver__lsr_time  # type: ignore[attr-defined]  # the same

        async def take(packet: RtpPacket, arrival_time_ms: int) -> None:
            heard()
            if packet.ssrc not in streams:  # one at a time, so that they cannot grow
                for kept in (streams, reported, reported_at):
                    kept.clear()
                streams[packet.ssrc] = StreamStatistics(PLAYOUT_RATE)
            streams[packet.ssrc].add(packet)
            self.take(packet, time.monotonic_ns())

        receiver._handle_rtp_packet = take  # type: ignore[method-assign]  # no event exists

    def take(self, packet: RtpPacket, at: int) -> None:
        """A packet arrived at `at` (CLOCK_MONOTONIC ns)."""
        if self._outlet is None:
            return
        if packet.ssrc != self._ssrc:
            self._ssrc = packet.ssrc
            self._jitter.reset()
            self._line.restart()
        late = self._jitter.late
        voiced = ReceivedPacket(packet.sequence_number, packet.timestamp, packet.payload, at)
        self._jitter.take(voiced)
        self._counts.late.inc(self._jitter.late - late)

    def close(self) -> None:
        """Stop the timers and free the decoder; nothing is written any more."""
        self._outlet = None
        self._jitter.close()
        self._line.close()
        self._decoder = None

    def _decode(self, packet: ReceivedPacket, lost: int) -> None:
        """The next packet in order. One that is broken counts as lost: it leaves a hole."""
        if self._decoder is None:
            self._decoder = OpusDecoder()
        self._counts.lost.inc(lost)
        try:
            made_up = [self._decoder.conceal() for _ in range(min(lost, CONCEALED_MAX))]
            samples = self._decoder.decode(packet.payload)
        except ValueError:
            self._counts.broken.inc()
            return
        self._counts.heard.inc()
        self._line.add(samples, packet.timestamp, packet.at, np.concatenate([NOTHING, *made_up]))

    def _put(self, frame: Speech, number: int, at: int) -> None:
        """Write a frame, if there is room. Its number is the mark's tick."""
        if self._outlet is None or (slot := self._outlet.claim()) is None:
            self._counts.dropped.inc()
            return
        stamps = np.zeros((len(Stage), 2), np.int64)
        stamps[Stage.EGRESS, 0] = at
        slot["sound"] = frame
        self._outlet.publish(slot, Mark(EPOCH, 0, NO_FLAGS, number, stamps))
        self._counts.written.inc()
