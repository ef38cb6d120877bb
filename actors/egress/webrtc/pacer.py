"""Pictures' packets leave one after another where the way is narrow, and sound passes them.

In: how many bytes each packet of the pictures has as it is sent. Out: how long their sender waits
after each: for as long as the packet takes at the pictures' bitrate. A burst would fill the
queue before the narrow place, and the sound behind it would be late, or lost. What is sent again
counts too, but waits for nothing: it is sent from where packets are received. The wait comes after
a packet, so that the next one's send time (abs-send-time) is true.

Runs in the egress process's event loop; owns nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Final

HEADERS: Final = 10 + 8 + 20
"""Bytes that SRTP, UDP and IPv4 add to a packet."""
AHEAD_SECONDS: Final = 0.04
"""What may be on its way at once: a picture of one packet does not wait for the next tick."""


def _no_rate() -> int | None:
    """Nothing waits any more."""
    return None


def _nobody(_: int) -> None:
    """Nobody hears of it any more."""


class Pacer:
    """Of one session's pictures."""

    def __init__(self, rate: Callable[[], int | None], burst: Callable[[int], None]) -> None:
        """`rate`: bit/s, or None where nothing has to wait. `burst` hears of the first picture
        how many bytes were sent."""
        self._rate, self._burst = rate, burst
        self._first: int | None = 0
        self._free_at = 0.0

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

    @property
    def paces(self) -> bool:
        """Whether packets leave one after another now."""
        return self._rate() is not None

    def count(self, size: int) -> None:
        """A packet of `size` bytes was sent, for the first time or again."""
        if self._first is not None:
            self._first += size + HEADERS
        if (rate := self._rate()) is not None:
            now = asyncio.get_running_loop().time()
            self._free_at = max(now, self._free_at) + 8 * (size + HEADERS) / rate

    def sent(self) -> None:
        """All packets of a picture were sent."""
        if self._first is not None:
            first, self._first = self._first, None
            self._burst(first)

    async def settle(self) -> None:
        """Wait until the next packet may leave."""
        wait = self._free_at - AHEAD_SECONDS - asyncio.get_running_loop().time()
        if wait > 0 and self._rate() is not None:
            await asyncio.sleep(wait)
