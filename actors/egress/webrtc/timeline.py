"""When a tick is, by the wall clock: what makes lips and sound one for the receiver.

Runs in the egress process's event loop. Pure arithmetic; owns nothing.
"""

from typing import Final

from aiortc.clock import current_ntp_time

from data.units import TICKS_PER_SECOND

NTP_FRACTION_BITS: Final = 32
"""NTP time is seconds since 1900 in 32.32 fixed point (RFC 5905)."""


class Timeline:
    """One line from a session's ticks to NTP time, fixed by the first tick that is played.

    Sound and pictures lie on the same line, so however long a picture was in the
    encoder, its timestamp says when its tick was.
    """

    def __init__(self) -> None:
        self._tick_zero: int | None = None

    @property
    def begun(self) -> bool:
        return self._tick_zero is not None

    def begin(self, tick: int) -> None:
        """Tick `tick` is now; later calls change nothing."""
        if self._tick_zero is None:
            offset = (tick << NTP_FRACTION_BITS) // TICKS_PER_SECOND
            self._tick_zero = current_ntp_time() - offset

    def ntp(self, timestamp: int, rate: int) -> int:
        """NTP time of RTP timestamp `timestamp` (before the random origin) at `rate` Hz.

        Raises RuntimeError before `begin`.
        """
        if self._tick_zero is None:
            raise RuntimeError("no tick was played, so none has a time")
        return self._tick_zero + (timestamp << NTP_FRACTION_BITS) // rate
