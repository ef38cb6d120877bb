"""Coded packets on their way to aiortc's sender: a bounded queue with one reader.

Runs in the egress process's event loop. Owns its packets.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

import av
from aiortc.mediastreams import MediaStreamError

if TYPE_CHECKING:
    from av.stream import Stream

    Packet = av.Packet[Stream]


def _nobody(_: int) -> None:
    """Hears of packets where nobody does."""


class PacketQueue:
    """Packets of one track, in order; the track says what happens when it is full."""

    def __init__(
        self, base: Fraction, limit: int, on_taken: Callable[[int], None] = _nobody
    ) -> None:
        """`base` is the unit of the timestamps in seconds, `limit` a number of packets.

        `on_taken` hears the timestamp of each packet as the sender takes it."""
        self.last_taken: int | None = None
        """Timestamp of the last packet that was taken, in units of `base`."""
        self.taken_bytes = 0
        """Of all packets that were taken."""
        self._base = base
        self._limit = limit
        self._on_taken = on_taken
        self._packets: deque[Packet] = deque()
        self._arrived = asyncio.Event()
        self._open = True

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def full(self) -> bool:
        """Whether `put` must not be called before `clear`."""
        return len(self._packets) >= self._limit

    def put(self, coded: bytes, timestamp: int) -> None:
        """Add a packet. Raises OverflowError when full; does nothing after `close`."""
        if not self._open:
            return
        if self.full:
            raise OverflowError(f"{self._limit} packets wait already; call clear() first")
        packet = av.Packet(coded)
        packet.pts = timestamp
        packet.time_base = self._base
        self._packets.append(packet)
        self._arrived.set()

    async def take(self) -> "Packet":
        """Wait for the next packet. Raises MediaStreamError after `close`."""
        while self._open and not self._packets:
            self._arrived.clear()
            await self._arrived.wait()
        if not self._open:
            raise MediaStreamError
        packet = self._packets.popleft()
        self.last_taken = packet.pts
        self.taken_bytes += packet.size
        if packet.pts is not None:
            self._on_taken(packet.pts)
        return packet

    def clear(self) -> int:
        """Drop what waits; returns how many that were."""
        dropped = len(self._packets)
        self._packets.clear()
        return dropped

    def close(self) -> None:
        """Drop what waits, send the reader away, and forget who hears of packets."""
        self._open = False
        self._on_taken = _nobody
        self._packets.clear()
        self._arrived.set()
