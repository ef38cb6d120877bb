"""The types of the actor table: what a row says. The table is actors/table.py.

Pure data, read by the supervisor.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Restart:
    """When a process that ended comes back.

    At once after its first death; it waits `first_seconds` after the second, twice as long after
    each further one, at most `most_seconds`; one that lived for `forgive_seconds` begins anew."""

    first_seconds: float = 0.05
    most_seconds: float = 5.0
    forgive_seconds: float = 30.0

    def delay(self, deaths: int) -> float:
        """Seconds to wait after so many deaths in a row (1 = the first)."""
        if deaths <= 1:
            return 0.0
        return float(min(self.most_seconds, self.first_seconds * 2.0 ** (deaths - 2)))


@dataclass(frozen=True)
class ActorRow:
    """One actor.

    name: its stage. target: "module:Class", imported in its own process only.
    reads, writes: the rings that it stands between. shared, separate: the process
    that hosts it in either placement. many: whether a server with cores to spare
    may run several processes of it, each with sessions of its own. keeps: whether
    a session survives its death (the rings do; a peer connection does not). nice: nice(2) of
    its process: above 0 where bursts of work must not hold up those that keep the clock."""

    name: str
    target: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    shared: str
    separate: str
    many: bool
    restart: Restart
    keeps: bool
    nice: int = 0


ActorTable = Sequence[ActorRow]
