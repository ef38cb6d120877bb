"""How much of a shared stream one viewer's way takes: it is sent whole, or not at all.

In: the sizes of the pictures, and what the viewer reports. Out: whether a picture may be sent. All
viewers share an encoder, so a way that is too narrow for its bitrate gets a part of the pictures:
all from one keyframe on until the way is full. Nothing waits here but a count of bytes. Runs in the
egress process's event loop. Pure arithmetic; owns nothing.
"""

from typing import Final

FULL_SECONDS: Final = 0.5
"""Of the way's own bitrate: what may be on its way at once."""
LOSS_HIGH: Final = 0.1
"""Part of the packets that a report says is lost: the way carries less than what is sent."""
LOSS_LOW: Final = 0.02
FALLS: Final = 0.85
CLIMBS: Final = 1.1
LEAST: Final = 50_000
"""Bit/s."""
WIDE: Final = 2.0
"""Times what is sent: a way that is wider than this has no limit."""


class ViewerFlow:
    """Of one viewer; times in seconds, of any one clock."""

    def __init__(self) -> None:
        self._rate: float | None = None
        self._ahead = 0.0
        self._at = 0.0
        self._sent = 0
        self._sent_since = 0.0
        self._sending = 0.0

    @property
    def rate(self) -> float | None:
        """Bit/s that the way takes, as far as it is known; None: all that is sent."""
        return self._rate

    def takes(self, size: int, now: float) -> bool:
        """Whether a picture of so many bytes may be sent now; it is counted if so."""
        self._drain(now)
        if self._rate is not None and self._ahead > FULL_SECONDS * self._rate:
            return False
        self._ahead += 8 * size
        self._count(size, now)
        return True

    def has_room(self, now: float) -> bool:
        """Whether the way is free enough for a keyframe."""
        self._drain(now)
        return self._rate is None or self._ahead <= FULL_SECONDS * self._rate / 2

    def estimate(self, bitrate: int) -> None:
        """The viewer's own estimate (REMB): what is less than is sent bounds it."""
        self._rate = max(LEAST, bitrate) if bitrate < WIDE * self._sending else None

    def report(self, lost: float) -> None:
        """A receiver report: the part of the packets that was lost."""
        if lost > LOSS_HIGH and self._sending:
            now = self._sending if self._rate is None else min(self._rate, self._sending)
            self._rate = max(LEAST, now * FALLS)
        elif lost < LOSS_LOW and self._rate is not None:
            self._rate *= CLIMBS
            if self._rate > WIDE * self._sending:
                self._rate = None

    def _drain(self, now: float) -> None:
        if self._rate is None:
            self._ahead = 0.0
        else:
            self._ahead = max(0.0, self._ahead - (now - self._at) * self._rate)
        self._at = now

    def _count(self, size: int, now: float) -> None:
        """Bit/s that are sent, second by second."""
        self._sent += 8 * size
        if now - self._sent_since >= 1.0:
            self._sending = self._sent / (now - self._sent_since)
            self._sent, self._sent_since = 0, now
