"""When a tick is, by the wall clock: what makes lips and sound one for the receiver.

Runs in the egress process's event loop. Pure arithmetic; owns nothing.
"""

import time
from collections.abc import Callable
from typing import Final

from aiortc.clock import current_ntp_time

from data.units import TICKS_PER_SECOND

NTP_FRACTION_BITS: Final = 32
"""NTP time is seconds since 1900 in 32.32 fixed point (RFC 5905)."""


class Timeline:
    """One line from a session's ticks to NTP time, fixed by the first tick that is played.

    Sound and pictures lie on the same line, so however long a picture was in the
    encoder, its timestamp says when its tick was. The line follows the clock of the ticks, which
    no correction of the wall clock moves.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds, the ticks' own."""
        self._clock = clock
        self._tick_zero: int | None = None
        self._begun_at = 0.0
        self._began = 0

    @property
    def begun(self) -> bool:
        return self._tick_zero is not None

    def begin(self, tick: int) -> None:
        """Tick `tick` is now; later calls change nothing."""
        if self._tick_zero is None:
            offset = (tick << NTP_FRACTION_BITS) // TICKS_PER_SECOND
            self._begun_at, self._began = self._clock(), current_ntp_time()
            self._tick_zero = self._began - offset

    def now(self) -> int:
        """NTP time. Raises RuntimeError before `begin`."""
        self._require()
        return self._began + round((self._clock() - self._begun_at) * (1 << NTP_FRACTION_BITS))

    def timestamp(self, ntp: int, rate: int) -> int:
        """RTP timestamp (before the random origin) at `rate` Hz of NTP time `ntp`.

        Raises RuntimeError before `begin`."""
        return ((ntp - self._require()) * rate) >> NTP_FRACTION_BITS

    def _require(self) -> int:
        if self._tick_zero is None:
            raise RuntimeError("no tick was played, so none has a time")
        return self._tick_zero
