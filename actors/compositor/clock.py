"""The session's clock: tick n leaves at start + n x 40 ms, for ever.

In: CLOCK_MONOTONIC in ns. Out: which tick is due and when the next one is decided.
The start lies in the session's control block, so a restarted compositor goes on
with the same ticks. Pure arithmetic; owns nothing.
"""

from dataclasses import dataclass

from data.units import TICK_NS


@dataclass(frozen=True)
class TickClock:
    """start: ns of tick 0. lead: ns before its tick's time at which a picture is decided.
    late_ticks: ticks that may be caught up with, sound only, before the rest is given up."""

    start: int
    lead: int
    late_ticks: int

    def decided_at(self, tick: int) -> int:
        """The time, in ns, at which what the tick shows is decided."""
        return self.start + tick * TICK_NS - self.lead

    def due(self, now: int) -> int:
        """The last tick that is to be decided by now; below 0 before the first."""
        return (now + self.lead - self.start) // TICK_NS

    def lateness(self, tick: int, now: int) -> int:
        """How many ns after its time the tick is decided; negative if early."""
        return now - self.decided_at(tick)
