"""So much a second in the long run, and so much of it at once.

In: how much is wanted. Out: whether it is within that. Pure but for its clock; owns two numbers.
"""

import time
from collections.abc import Callable


class TokenBucket:
    """Full when it is made."""

    def __init__(
        self, rate: float, most: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """rate: a second. most: at once. clock: in seconds."""
        self._rate, self._most = rate, most
        self._clock = clock
        self._left = most
        self._at = clock()

    def take(self, count: float = 1.0) -> bool:
        """Whether there was enough; nothing is taken if not."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < count:
            return False
        self._left -= count
        return True
