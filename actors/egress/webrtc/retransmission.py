"""How many lost packets are sent again: what a NACK may ask for (RFC 4585 section 6.2.1).

In: the sequence numbers that a client misses. Out: those that are sent again. A NACK names up to
17 packets in four bytes, so a packet of them could ask for thousands; what is sent again shares
the way with what is new, which is late if it waits. Runs in the egress process's event loop. Pure
arithmetic; owns nothing.
"""

from typing import Final

PART: Final = 0.5
"""Of the pictures' bitrate: on the worst of ways a third of what is sent."""
BURST_SECONDS: Final = 1.0
PACKET_BITS: Final = 8 * 1200
"""About the longest packet; which of them a number means, only aiortc knows."""
BURST_MIN: Final = 8
"""Packets that may be sent again at once on the narrowest way."""


class RetransmissionLimit:
    """A token bucket, in packets."""

    def __init__(self) -> None:
        self._tokens = float(BURST_MIN)
        self._at: float | None = None

    def take(self, missing: list[int], bitrate: int, now: float) -> list[int]:
        """Those of `missing` that may be sent again at `now` (s), each once, in their order.

        `bitrate`: bit/s that the pictures may take."""
        rate = PART * bitrate / PACKET_BITS
        past = 0.0 if self._at is None else now - self._at
        most = max(float(BURST_MIN), rate * BURST_SECONDS)
        self._tokens = min(most, self._tokens + past * rate)
        self._at = now
        allowed = list(dict.fromkeys(missing))[: int(self._tokens)]
        self._tokens -= len(allowed)
        return allowed
