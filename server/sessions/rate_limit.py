"""How much one session may ask for in a while, so that one that floods holds nobody else up.

In: one `take` for everything that is asked. Out: TooManyRequests when that was too much: `rate` a
second in the long run, `BURST_SECONDS` of them at once. Runs in the supervisor's process; owns its
token bucket.
"""

import time
from collections.abc import Callable
from typing import Final

from runtime.errors import TooManyRequests
from server.sessions.token_bucket import TokenBucket

BURST_SECONDS: Final = 4


class RateLimit:
    """Of one session, or of one socket."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        """rate: a second. clock: in seconds."""
        self._rate, self._most = rate, rate * BURST_SECONDS
        self._bucket = TokenBucket(rate, self._most, clock)

    def take(self) -> None:
        """Raises TooManyRequests."""
        if not self._bucket.take():
            raise TooManyRequests(
                f"too many requests for one session: {self._rate} a second are allowed, and "
                f"{self._most} at once (setting max_requests_per_second)"
            )
