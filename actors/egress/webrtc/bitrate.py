"""How many bits a second the pictures of one session may take.

Runs in the egress process's event loop. Pure arithmetic; owns nothing.
"""

from collections import deque
from typing import Final

from data.units import TICKS_PER_SECOND

FIRST_DOUBT: Final = 0.7
"""A first estimate below this part of what is sent is believed."""


class BitrateTarget:
    """Follows the receiver's estimate (REMB, draft-alvestrand-rmcat-remb) between two bounds."""

    def __init__(self, start: int, low: int, high: int) -> None:
        """Bit/s, with low <= start <= high."""
        self._target = start
        self._low = low
        self._high = high
        self._last: int | None = None
        self._sizes: deque[int] = deque(maxlen=TICKS_PER_SECOND)

    @property
    def target(self) -> int:
        """Bit/s that the encoder shall aim at."""
        return self._target

    @property
    def sending(self) -> int:
        """Bit/s of the last second's pictures."""
        if not self._sizes:
            return 0
        return sum(self._sizes) * 8 * TICKS_PER_SECOND // len(self._sizes)

    def sent(self, size: int) -> None:
        """Count a coded picture of `size` bytes."""
        self._sizes.append(size)

    def estimate(self, bitrate: int) -> None:
        """Take a receiver's estimate in bit/s.

        A receiver only knows what it was sent: Chromium begins with the rate of a few
        quiet seconds, and lets its estimate grow by 8 % a second, to no more than
        1.5 times what arrives. So an estimate below the target means nothing by
        itself. A network that is too narrow shows in one that falls below what is
        being sent, or that begins far below it.
        """
        last, self._last = self._last, bitrate
        falls = bitrate < (self.sending * FIRST_DOUBT if last is None else last)
        if bitrate > self._target or (falls and bitrate < self.sending):
            self._target = max(self._low, min(bitrate, self._high))
