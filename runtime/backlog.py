"""What waits for a peer that does not read its messages.

In: packets that found no room in the socket. Out: the same in their order, once there is room.
A peer that does not read makes its senders wait; it is never taken for dead. What waits is
bounded: a request waits for room before it is sent, and is refused when none comes in time; a
notice with a key waits at most once; of notices that may be lost (messages.is_lossy) no more than
BACKLOG_LIMIT wait; there are as many replies as requests; and what is left are the beginnings and
ends of utterances and turns, of which a session has few. Used in a channel, on its loop; owns the
duplicated descriptors.
"""

import asyncio
import logging
import os
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from runtime.messages import MessageBody, is_lossy

BACKLOG_LIMIT: Final = 2048
logger = logging.getLogger(__name__)


class WaitingPacket(NamedTuple):
    """A packet with its descriptors."""

    packet: bytes
    descriptors: list[int]
    key: str


class Backlog:
    """A queue of packets; true while some wait."""

    def __init__(self) -> None:
        self._packets: deque[WaitingPacket] = deque()
        self._keys: set[str] = set()
        self._emptied = asyncio.Event()
        self._missed = 0

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def head(self) -> WaitingPacket:
        """The packet that goes next; it stays until `pop`."""
        return self._packets[0]

    async def room(self) -> None:
        """Wait until a request may be sent."""
        while len(self._packets) >= BACKLOG_LIMIT:
            self._emptied.clear()
            await self._emptied.wait()

    def spares(self, body: MessageBody, key: str) -> bool:
        """Whether this notice need not or can not wait as well; the first that is missed is
        logged."""
        if key in self._keys:
            return True
        if len(self._packets) < BACKLOG_LIMIT or not is_lossy(body):
            return False
        if not self._missed:
            logger.warning("a process does not read its messages: it misses captions and progress")
        self._missed += 1
        return True

    def add(self, packet: bytes, descriptors: Sequence[int], key: str) -> None:
        """Keep it; the descriptors are duplicated. Raises OSError when none is left."""
        kept: list[int] = []
        try:
            kept.extend(os.dup(descriptor) for descriptor in descriptors)
        except OSError:
            _close(kept)
            raise
        self._packets.append(WaitingPacket(packet, kept, key))
        if key:
            self._keys.add(key)

    def pop(self) -> None:
        """The head was sent."""
        sent = self._packets.popleft()
        self._keys.discard(sent.key)
        _close(sent.descriptors)
        if not self._packets:
            self._missed = 0
            self._emptied.set()

    def clear(self) -> None:
        """Nobody will read it."""
        while self._packets:
            self.pop()


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
