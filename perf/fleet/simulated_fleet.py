"""A fleet that is only counted: nodes of several sizes, some slowed by other work, some with a GPU.

In: sessions that begin and end, nodes that die, drain and come back. Out: what each node would
report, and what is true of it. Owns the nodes. No process, no clock: the caller has the time.

How late a node is grows as in a queue with one server (M/M/1: 1 / (1 - load)); its load is the part
of its places that is taken, times what other work on the machine takes of it. That is a model, not
a measurement: it is right about which node is better off, and its milliseconds are only an order.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

from server.fleet.placement import NodeReport

SIZES: Final = (4, 8, 12, 16, 24)
GPU_SHARE: Final = 0.3
SLOW_SHARE: Final = 0.15
SLOWNESS: Final = (1.2, 2.0)
"""The load of a node that other work slows is its own, times a number from here."""
WORK_MS: Final = 6.0
"""What a picture takes of a node that is empty."""
FULL_LOAD: Final = 0.75
"""The load of a node of which every place is taken, by `capacity --plan`: it keeps time."""
WORST_LOAD: Final = 0.99
TICK_MS: Final = 40.0
NOISE: Final = 0.1
AVATARS: Final = frozenset({"juno"})


@dataclass(slots=True)
class SimulatedNode:
    """sessions: the ids of those that it holds; `up` and `draining` are set by the simulation."""

    name: str
    capacity: int
    gpus: int
    slowness: float
    sessions: set[int] = field(default_factory=set)
    up: bool = True
    draining: bool = False

    def lateness_ms(self, sessions: int | None = None) -> float:
        """With so many sessions, or those that it has."""
        count = len(self.sessions) if sessions is None else sessions
        load = min(WORST_LOAD, FULL_LOAD * self.slowness * count / self.capacity)
        return WORK_MS / (1 - load)

    @property
    def is_late(self) -> bool:
        """Whether its pictures take longer than a tick."""
        return self.lateness_ms() > TICK_MS

    def in_time(self) -> int:
        """How many sessions it holds without being late."""
        fits = range(self.capacity, -1, -1)
        return next(count for count in fits if self.lateness_ms(count) <= TICK_MS)

    def report(self, rng: Random) -> NodeReport:
        """As the node would measure it."""
        measured = self.lateness_ms() * rng.uniform(1 - NOISE, 1 + NOISE) if self.sessions else 0.0
        return NodeReport(
            self.name,
            f"http://node-{self.name}:8010",
            self.capacity,
            len(self.sessions),
            measured,
            AVATARS,
            self.gpus,
            self.draining,
        )


def fleet_of(count: int, rng: Random) -> list[SimulatedNode]:
    """So many nodes of all sizes."""
    return [
        SimulatedNode(
            str(number),
            rng.choice(SIZES),
            int(rng.random() < GPU_SHARE),
            rng.uniform(*SLOWNESS) if rng.random() < SLOW_SHARE else 1.0,
        )
        for number in range(count)
    ]
