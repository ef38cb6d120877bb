"""Coded packets on their way to their sender: a bounded queue with one reader.

A reader that takes packets at once (`deliver`) gets each as it is put; what it does not take
waits.

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


def _untaken(_coded: bytes, _timestamp: int) -> bool:
    """Takes nothing: packets wait."""
    return False


class PacketQueue:
    """Packets of one track, in order; the track says what happens when it is full."""

    def __init__(
        self, base: Fraction, limit: int, on_taken: Callable[[int], None] = _nobody
    ) -> None:
        """`base` is the unit of the timestamps in seconds, `limit` a number of packets.

        `on_taken` hears the timestamp of each packet as the sender takes it."""
        self.taken_bytes = 0
        """Of all packets that were taken."""
        self._base = base
        self._limit = limit
        self._on_taken = on_taken
        self._packets: deque[tuple[bytes, int]] = deque()
        self._taker: Callable[[bytes, int], bool] = _untaken
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
        if not self._packets and self._taker(coded, timestamp):
            self._took(coded, timestamp)
            return
        self._packets.append((coded, timestamp))
        self._arrived.set()

    def deliver(self, taker: Callable[[bytes, int], bool]) -> None:
        """Give `taker` each packet from now on, at once; those for which it returns False wait as
        all did before, and so does what comes behind them."""
        self._taker = taker

    async def take(self) -> "Packet":
        """Wait for the next packet, as aiortc's senders want it. Raises as `next`."""
        coded, timestamp = await self.next()
        packet = av.Packet(coded)
        packet.pts = timestamp
        packet.time_base = self._base
        return packet

    async def next(self) -> tuple[bytes, int]:
        """Wait for the next packet and its timestamp. Raises MediaStreamError after `close`."""
        while self._open and not self._packets:
            self._arrived.clear()
            await self._arrived.wait()
        if not self._open:
            raise MediaStreamError
        coded, timestamp = self._packets.popleft()
        self._took(coded, timestamp)
        return coded, timestamp

    def clear(self) -> int:
        """Drop what waits; returns how many that were."""
        dropped = len(self._packets)
        self._packets.clear()
        return dropped

    def close(self) -> None:
        """Drop what waits, send the reader away, and forget who hears of packets."""
        self._open = False
        self._on_taken, self._taker = _nobody, _untaken
        self._packets.clear()
        self._arrived.set()

    def _took(self, coded: bytes, timestamp: int) -> None:
        self.taken_bytes += len(coded)
        self._on_taken(timestamp)
