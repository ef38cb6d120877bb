"""Pictures' packets leave one after another where the way is narrow, and sound passes them.

In: packets as aiortc's sender gives them to its transport. Out: the same, and a sender that
waits after each for as long as the packet takes at the pictures' bitrate: a burst would fill the
queue before the narrow place, and the sound behind it would be late, or lost. What is sent again
counts too, but waits for nothing: it is sent from where packets are received. The wait comes after
a packet, so that the next one's send time (abs-send-time) is true.

Reaches into aiortc's transport, which has no event for this: the method of the instance that
sends is replaced; the original is still called. Runs in the egress process's event loop; owns
nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from aiortc import RTCRtpSender
from aiortc.rtp import is_rtcp

HEADERS: Final = 10 + 8 + 20
"""Bytes that SRTP, UDP and IPv4 add to a packet."""
AHEAD_SECONDS: Final = 0.04
"""What may be on its way at once: a picture of one packet does not wait for the next tick."""
MARKER: Final = 128
"""Set in the second byte of a picture's last packet (RFC 6184, RFC 7741)."""
HALF: Final = 1 << 15


def _no_rate() -> int | None:
    """Nothing waits any more."""
    return None


def _nobody(_: int) -> None:
    """Nobody hears of it any more."""


class Pacer:
    """One session's pictures, between their sender and the transport that sound shares."""

    def __init__(self, rate: Callable[[], int | None], burst: Callable[[int], None]) -> None:
        """`rate`: bit/s, or None where nothing has to wait. `burst` hears of the first picture
        how many bytes were sent."""
        self._rate, self._burst = rate, burst
        self._first: int | None = 0
        self._free_at = 0.0
        self._last: int | None = None

    @property
    def busy(self) -> bool:
        """Whether what was sent still fills the way."""
        if self._rate() is None:
            return False
        return self._free_at > asyncio.get_running_loop().time() + AHEAD_SECONDS

    def hold(self, seconds: float) -> None:
        """Let no picture begin for so long: a queue has to go away."""
        if self._rate() is not None:
            self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)

    def close(self) -> None:
        """Let go of whom it asks and tells."""
        self._rate, self._burst = _no_rate, _nobody

    def attach(self, sender: RTCRtpSender) -> None:
        """Pace the packets of `sender`, whose transport is settled."""
        transport, sources = sender.transport, (sender._ssrc, sender._rtx_ssrc)
        send = transport._send_rtp

        async def paced(data: bytes) -> None:
            await send(data)
            if not is_rtcp(data) and (source := int.from_bytes(data[8:12], "big")) in sources:
                self._count(len(data) + HEADERS)
                if self._first is not None:
                    self._begin(len(data) + HEADERS, is_last=data[1] >= MARKER)
                if source == sender._ssrc and self._is_new(int.from_bytes(data[2:4], "big")):
                    await self._settle()

        transport._send_rtp = paced  # type: ignore[method-assign]  # see above

    def _begin(self, size: int, *, is_last: bool) -> None:
        """A packet of the first picture."""
        assert self._first is not None
        self._first += size
        if is_last:
            self._burst(self._first)
            self._first = None

    def _count(self, size: int) -> None:
        if (rate := self._rate()) is not None:
            now = asyncio.get_running_loop().time()
            self._free_at = max(now, self._free_at) + 8 * size / rate

    def _is_new(self, sequence: int) -> bool:
        """Whether a packet is sent for the first time (some receivers have no RTX)."""
        new = self._last is None or 0 < (sequence - self._last) % (2 * HALF) < HALF
        if new:
            self._last = sequence
        return new

    async def _settle(self) -> None:
        wait = self._free_at - AHEAD_SECONDS - asyncio.get_running_loop().time()
        if wait > 0 and self._rate() is not None:
            await asyncio.sleep(wait)
