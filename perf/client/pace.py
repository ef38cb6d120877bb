"""How even a track came: when each of its media times arrived, and what was missing.

In: the packets of one track. Out: one `Arrival` for each RTP timestamp (a picture, or a
packet of sound), with the first packet's arrival and, for pictures, the last one's. Runs in
the client's process; owns the newest `KEPT` of them.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from perf.client.packets import Packet, Unwrapper

KEPT: Final = 200_000
"""Arrivals kept for each track: over an hour of sound."""


@dataclass(slots=True)
class Arrival:
    """One media time: RTP timestamp (unwrapped), first and last packet's arrival in ns."""

    timestamp: int
    first: int
    last: int
    whole: bool
    size: int
    head: bytes = b""
    """The first payload's first two bytes: of Opus, how much sound it holds."""


class Pace:
    """One track's arrivals, in order."""

    def __init__(self, rate: int) -> None:
        """`rate`: Hz of the RTP clock."""
        self.rate = rate
        self.arrivals: deque[Arrival] = deque(maxlen=KEPT)
        self.lost = 0
        """Packets whose numbers were skipped and did not come later."""
        self._timestamps, self._sequences = Unwrapper(32), Unwrapper(16)
        self._next: int | None = None

    def take(self, packet: Packet) -> Arrival:
        """Count a packet; returns the arrival that it belongs to."""
        sequence = self._sequences.of(packet.sequence_number)
        timestamp = self._timestamps.of(packet.timestamp)
        if self._next is None or sequence >= self._next:
            self.lost += 0 if self._next is None else sequence - self._next
            self._next = sequence + 1
        else:
            self.lost -= 1
        if self.arrivals and timestamp <= self.arrivals[-1].timestamp:
            arrival = self.arrivals[-1]
            arrival.last = packet.at
        else:
            arrival = Arrival(timestamp, packet.at, packet.at, False, 0, packet.payload[:2])
            self.arrivals.append(arrival)
        arrival.whole |= packet.marker
        arrival.size += len(packet.payload)
        return arrival
