"""RTP packets as the client sees them: a header read by hand, and counters that do not wrap.

In: a packet's bytes and when they came. Out: `Packet`. Runs in the client's process; owns
nothing. RFC 3550 section 5.1; the header extension's content is not read.
"""

import struct
from typing import Final, NamedTuple

HEADER: Final = struct.Struct("!BBHII")
EXTENSION: Final = struct.Struct("!HH")


class Packet(NamedTuple):
    """One RTP packet. at: CLOCK_MONOTONIC ns of its arrival.

    The names of the numbers are aiortc's, whose receiver statistics read them."""

    at: int
    payload_type: int
    sequence_number: int
    timestamp: int
    ssrc: int
    marker: bool
    payload: bytes


def read(data: bytes, at: int) -> Packet:
    """Raises ValueError for what is no RTP packet of version 2."""
    if len(data) < HEADER.size or data[0] >> 6 != 2:
        raise ValueError("no RTP packet")
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    begin, end = HEADER.size + 4 * (first & 15), len(data)
    if first & 16:
        if begin + EXTENSION.size > end:
            raise ValueError("the RTP header extension is cut off")
        begin += EXTENSION.size + 4 * EXTENSION.unpack_from(data, begin)[1]
    if first & 32:
        end -= data[-1]
    if begin > end:
        raise ValueError("the RTP packet is shorter than its header says")
    return Packet(at, second & 127, sequence, timestamp, ssrc, bool(second & 128), data[begin:end])


class Unwrapper:
    """A counter of `bits` bits as one that goes on; for steps below half its range."""

    def __init__(self, bits: int) -> None:
        self._range = 1 << bits
        self._last: int | None = None

    def of(self, value: int) -> int:
        """The value nearest to the last one that equals `value` in the counter's range."""
        if self._last is None:
            self._last = value
        else:
            half = self._range // 2
            self._last += (value - self._last + half) % self._range - half
        return self._last
