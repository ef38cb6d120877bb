"""How many bits a second the pictures of one call may take.

Runs in the egress process's event loop. Pure arithmetic; owns nothing.
"""

from collections import deque

from data.units import TICKS_PER_SECOND


class BitrateTarget:
    """Follows the receiver's estimate (REMB, draft-alvestrand-rmcat-remb) between two bounds."""

    def __init__(self, start: int, low: int, high: int) -> None:
        """Bit/s, with low <= start <= high."""
        self._target = start
        self._low = low
        self._high = high
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

        A receiver can only estimate what it is sent, so a quiet scene makes its
        estimate small. One that lies below the target yet above what is being sent
        says nothing about the network, and changes nothing.
        """
        if bitrate > self._target or bitrate < self.sending:
            self._target = max(self._low, min(bitrate, self._high))
