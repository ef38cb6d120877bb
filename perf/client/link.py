"""A narrow or lossy way between a client and its server: a UDP relay with a token bucket.

    server ══▶ far │ queue of QUEUE_SECONDS at RATE, the rest is dropped │ near ══▶ client
           ◀══     │ as it comes                                         │      ◀══

In: the descriptions of a session, in which each side is told the relay's address for the other's,
and then their packets. Out: the same, late, or never. It needs no rights and no kernel module (this
one's `tc` may lack netem), and with a seed it drops the same share each time. The queue is a home
router's: it holds half a second of the rate, and what finds it full is gone. Runs in the client's
event loop; owns two sockets, which `close` closes.
"""

import asyncio
import random
import re
import socket
from dataclasses import dataclass
from typing import Any, Final, Self

from perf.client.api import Api, SessionId

QUEUE_SECONDS: Final = 0.5
QUEUE_LEAST: Final = 6000
"""Bytes: four full packets."""
HEADERS: Final = 28
"""UDP's and IPv4's bytes of a packet."""
CANDIDATE: Final = re.compile(r"a=candidate:\S+ 1 (?:udp|UDP) \d+ (\S+) (\d+) typ host.*\r\n")
ANY_CANDIDATE: Final = re.compile(r"a=candidate:.*\r\n")
SECTION: Final = re.compile(r"(?=m=)")
Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Way:
    """rate: bit/s towards the client, None for one without a limit. loss: part of the packets of
    either direction. delay: seconds of either direction."""

    rate: int | None = None
    loss: float = 0.0
    delay: float = 0.02


class _Side(asyncio.DatagramProtocol):
    """One of the two sockets."""

    def __init__(self, link: "Link", *, is_near: bool) -> None:
        self._link, self._is_near = link, is_near

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._link.take(data, (addr[0], addr[1]), is_near=self._is_near)


class Link:
    """The relay of one session."""

    def __init__(self, way: Way, seed: int = 7) -> None:
        self.full = 0
        """Packets that found the queue full."""
        self._way, self._dice = way, random.Random(seed)
        self._client: Address | None = None
        self._server: Address | None = None
        self._free_at = 0.0

    async def open(self) -> Self:
        """Raises OSError where this machine has no address but loopback."""
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(("192.0.2.1", 9))  # sends nothing; the address that a packet would have
            here = probe.getsockname()[0]
        self._near, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self, is_near=True), local_addr=(here, 0)
        )
        self._far, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self, is_near=False), local_addr=(here, 0)
        )
        return self

    def close(self) -> None:
        """Close both sockets."""
        self._near.close()
        self._far.close()

    def offered(self, sdp: str) -> str:
        """A client's offer, as the server is to see it."""
        self._client, told = _through(sdp, self._far.get_extra_info("sockname"))
        return told

    def answered(self, sdp: str) -> str:
        """A server's answer, as the client is to see it."""
        self._server, told = _through(sdp, self._near.get_extra_info("sockname"))
        return told

    def take(self, data: bytes, sender: Address, *, is_near: bool) -> None:
        """A packet of the client (`is_near`) or the server."""
        if is_near:
            self._client = sender
        else:
            self._server = sender
        if self._dice.random() < self._way.loss:
            return
        loop = asyncio.get_running_loop()
        at = loop.time() if is_near else self._through_queue(len(data) + HEADERS, loop.time())
        if at is not None:
            loop.call_at(at + self._way.delay, self._give, data, is_near)

    def _through_queue(self, size: int, now: float) -> float | None:
        """When a packet has passed the narrow place; None where the queue is full."""
        if self._way.rate is None:
            return now
        waiting = max(0.0, self._free_at - now) * self._way.rate / 8
        if waiting + size > max(QUEUE_LEAST, QUEUE_SECONDS * self._way.rate / 8):
            self.full += 1
            return None
        self._free_at = max(now, self._free_at) + 8 * size / self._way.rate
        return self._free_at

    def _give(self, data: bytes, is_near: bool) -> None:
        out, to = (self._far, self._server) if is_near else (self._near, self._client)
        if to is not None and not out.is_closing():
            out.sendto(data, to)


class LinkedApi(Api):
    """A server whose media come through a link."""

    def __init__(self, url: str, link: Link) -> None:
        super().__init__(url)
        self._link = link

    async def offer(self, sdp: str) -> tuple[str, SessionId]:
        answer, session = await super().offer(self._link.offered(sdp))
        return self._link.answered(answer), session


def _through(sdp: str, relay: Address) -> tuple[Address | None, str]:
    """The first address that a description names, and the description with the relay's instead."""
    found = CANDIDATE.search(sdp)
    line = f"a=candidate:1 1 udp 2130706431 {relay[0]} {relay[1]} typ host\r\n"
    head, *sections = SECTION.split(ANY_CANDIDATE.sub("", sdp))
    told = head + "".join(section + line for section in sections)
    return ((found[1], int(found[2])) if found else None), told
