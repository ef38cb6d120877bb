"""How many threads a network on the processor may use, which no other part of a session misses.

In: nothing. Out: a number. Asked wherever a network runs on the processor. Owns nothing.
"""

import os
from typing import Final

MOST: Final = 4
"""More cores do not help one face or a window of half a second."""


def spare_threads() -> int:
    """All cores but one, which is the event loops'; 1 at least and `MOST` at most.

    A team of as many threads as cores stands still whenever another process takes a core.
    """
    return min(MOST, max(1, len(os.sched_getaffinity(0)) - 1))
