"""A client's RTP packets in the order in which they were sent (RFC 3550).

In: packets as they arrive. Out: the same, in order, each with how many before it are lost.
A packet that comes in order goes on at once: there is no prefetch, since whoever reads (ingest)
plays nothing and needs no even pace. Only behind a gap packets wait, HELD_MAX of them and
HOLD_SECONDS at most. Runs in the egress process's event loop; owns those packets and one timer.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from actors.egress.webrtc.liveness import Clock, Timer

HOLD_SECONDS: Final = 0.04
HELD_MAX: Final = 2
"""Packets that wait behind a gap; reordering on real paths is hardly ever deeper."""
LEAP: Final = 100
"""A number that is further off than this belongs to a sender that began anew."""
NUMBERS: Final = 1 << 16


class ReceivedPacket(NamedTuple):
    """One RTP packet of sound. at: CLOCK_MONOTONIC ns of its arrival."""

    sequence: int
    timestamp: int
    payload: bytes
    at: int


def _nobody(packet: ReceivedPacket, lost: int) -> None:
    """Takes packets once nobody does."""


class JitterBuffer:
    """One stream's order. `give` takes each packet and the count of those lost before it."""

    def __init__(self, clock: Clock, give: Callable[[ReceivedPacket, int], None]) -> None:
        self.late = 0
        """Packets that came twice, or after they had been given up."""
        self._clock, self._give = clock, give
        self._next: int | None = None
        self._held: dict[int, tuple[float, ReceivedPacket]] = {}
        self._timer: Timer | None = None

    def take(self, packet: ReceivedPacket) -> None:
        """A packet has arrived; all that are in order now are given on."""
        if self._next is None or abs(self._ahead(packet.sequence)) > LEAP:
            self.reset()
            self._next = packet.sequence
        ahead = self._ahead(packet.sequence)
        if ahead < 0 or packet.sequence in self._held:
            self.late += 1
        elif ahead == 0:
            self._pass(packet, 0)
            self._settle()
        else:
            self._held[packet.sequence] = self._clock.time(), packet
            while len(self._held) > HELD_MAX:
                self._skip()
            self._settle()

    def reset(self) -> None:
        """Another stream begins: what waits is forgotten, any number may come."""
        self._next = None
        self._held.clear()
        self._settle()

    def close(self) -> None:
        """Forget what waits, and who takes it."""
        self.reset()
        self._give = _nobody

    def _ahead(self, sequence: int) -> int:
        """How many packets are missing before this one; below 0: it is late."""
        assert self._next is not None
        return (sequence - self._next + NUMBERS // 2) % NUMBERS - NUMBERS // 2

    def _pass(self, packet: ReceivedPacket, lost: int) -> None:
        """Give one on, and those that wait right behind it."""
        self._next = (packet.sequence + 1) % NUMBERS
        self._give(packet, lost)
        while (found := self._held.pop(self._next, None)) is not None:
            self._next = (self._next + 1) % NUMBERS
            self._give(found[1], 0)

    def _skip(self) -> None:
        """Give the gap up."""
        first = min(self._held, key=self._ahead)
        lost = self._ahead(first)
        self._pass(self._held.pop(first)[1], lost)

    def _settle(self) -> None:
        """Have the timer run if packets wait, and only then."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            since = min(arrived for arrived, _ in self._held.values())
            self._timer = self._clock.call_at(since + HOLD_SECONDS, self._due)

    def _due(self) -> None:
        self._timer = None
        self._skip()
        self._settle()
