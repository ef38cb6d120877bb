"""How much one session may ask for in a while, so that one that floods holds nobody else up.

In: one `take` for everything that is asked. Out: TooManyRequests when that was too much. A token
bucket: `rate` a second in the long run, `BURST_SECONDS` of them at once. Runs in the
supervisor's process; owns nothing but two numbers.
"""

import time
from collections.abc import Callable
from typing import Final

from runtime.errors import TooManyRequests

BURST_SECONDS: Final = 4


class RateLimit:
    """Of one session, or of one socket."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        """rate: a second. clock: in seconds."""
        self._rate = rate
        self._clock = clock
        self._most = float(rate * BURST_SECONDS)
        self._left = self._most
        self._at = clock()

    def take(self) -> None:
        """Raises TooManyRequests."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            raise TooManyRequests(
                f"too many requests for one session: {self._rate} a second are allowed, and "
                f"{self._most:.0f} at once (setting max_requests_per_second)"
            )
        self._left -= 1
