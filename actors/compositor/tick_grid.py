"""When the ticks of new sessions are: together with others', so that an actor wakes once for many.

In: the starts of the sessions that are there. Out: the start of a new one. Ticks lie on one grid of
TICK_NS, in a few phases: as many as it takes for no more than MOST sessions to be composed one
after another. A phase is half a tick from the first, then a quarter, so the second halves of one's
sound leave with the first halves of the other's. Pure arithmetic; owns nothing.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from data.units import TICK_NS

PHASES: Final = tuple(TICK_NS * eighths // 8 for eighths in (0, 4, 2, 6, 1, 5, 3, 7))
"""ns after the grid's own ticks, in the order in which they are taken into use."""
MOST: Final = 6
"""Sessions in a phase, while another phase has room: a tick's pictures are then there in the time
that composing and encoding may take before it leaves."""


def start_on_grid(now: int, starts: Iterable[int]) -> int:
    """The start (ns) of a session that begins at `now` beside those with `starts`: the last tick
    of its phase that is not after `now`, so nothing is waited for."""
    taken = Counter(start % TICK_NS for start in starts)
    free = [phase for phase in PHASES if taken[phase] < MOST]
    phase = free[0] if free else min(PHASES, key=lambda each: taken[each])
    return now - (now - phase) % TICK_NS
