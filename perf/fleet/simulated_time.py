"""Minutes of a fleet's life: sessions arrive, talk and leave, nodes die and drain.

In: a fleet, a way to choose, and the load. Out: `Outcome`. Owns its own clock.

Gateways know what nodes said at the last whole second, and what they themselves have placed since;
each arrival comes to any of them. A session whose node dies comes back at once, for what is
left of its talk. A session that is refused does not come again. All that happens is drawn before
anything is placed, so every way to choose meets the same arrivals and deaths. The bound beside it
is clairvoyant: it may move every session at any moment, also off a node before that dies or drains,
so it refuses only what no arrangement could hold, and is late only by what none could keep in
time. Of a fleet that is offered more than it holds it is no bound of refusals: who refused fewer
before has less room now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import exp
from random import Random
from typing import Final

from perf.fleet.policies import Policy
from perf.fleet.simulated_fleet import SimulatedNode
from server.fleet.placement import TRIES, NodeReport, SessionWish

GATEWAYS: Final = 4
TALK_SECONDS: Final = 240.0
SPREAD: Final = 1.0
"""Sigma of the talks' lognormal distribution."""
GPU_WISHES: Final = 0.18
DEATHS_AN_HOUR: Final = 0.06
"""Of each node: sixty in a fleet of a thousand."""
DEAD_SECONDS: Final = 30.0
DRAINING: Final = 0.02
"""Part of the nodes that is draining at any time, as a rolling restart has it."""


@dataclass(slots=True)
class Outcome:
    """Counts of arrivals; seconds of sessions. refused_gpu: of those refused, who needed one. cut:
    whose node died, and lost: those of them that found no other. late: of those on a node that was
    late. The last three are the clairvoyant bound's."""

    arrivals: int = 0
    refused: int = 0
    refused_gpu: int = 0
    cut: int = 0
    lost: int = 0
    seconds: float = 0.0
    late: float = 0.0
    places: float = 0.0
    bound_seconds: float = 0.0
    bound_late: float = 0.0
    bound_refused: int = 0


class Simulation:
    """One run. `live` has each session's node, its end and whether it needs a GPU."""

    def __init__(self, fleet: Sequence[SimulatedNode], policy: Policy, rng: Random) -> None:
        self._fleet, self._policy, self._rng = fleet, policy, rng
        self._choice = Random(rng.random())
        self._by_name = {node.name: at for at, node in enumerate(fleet)}
        self._live: dict[int, tuple[int, float, bool]] = {}
        self._ends: list[tuple[float, int]] = []
        self._back: list[tuple[float, int]] = []
        self._bound: dict[bool, list[float]] = {False: [], True: []}
        self._views: list[list[NodeReport]] = []
        self._place: dict[str, int] = {}
        self._count = 0
        self._places = self._gpu_places = 0
        self.outcome = Outcome()

    def run(self, sessions: int, seconds: int) -> Outcome:
        """Begin with so many sessions, go on for so long; only then is counted."""
        self._report()
        for number in range(sessions):
            if number % (sessions // 50 + 1) == 0:
                self._report()
            self._arrive(0.0, self._talk())
        self.outcome = Outcome()
        for second in range(seconds):
            self._report()
            self._lose_nodes(second)
            self._keep_draining()
            for moment in self._arrivals(second, sessions / TALK_SECONDS):
                self._leave(moment)
                self._arrive(moment, self._talk())
            self._leave(second + 1.0)
            self._observe()
        return self.outcome

    def _talk(self) -> float:
        return TALK_SECONDS * exp(self._rng.gauss(-(SPREAD**2) / 2, SPREAD))

    def _arrivals(self, second: int, rate: float) -> list[float]:
        moments, moment = [], second + self._rng.expovariate(rate)
        while moment < second + 1:
            moments.append(moment)
            moment += self._rng.expovariate(rate)
        return moments

    def _report(self) -> None:
        """A node that is down says nothing; each gateway has a list of its own."""
        said = [node.report(self._choice) for node in self._fleet if node.up]
        self._place = {report.name: at for at, report in enumerate(said)}
        self._places = sum(report.capacity for report in said)
        self._gpu_places = sum(report.capacity for report in said if report.gpus)
        self._views = [list(said) for _ in range(GATEWAYS)]

    def _arrive(self, now: float, talk: float) -> None:
        """Somebody new."""
        gpu = self._rng.random() < GPU_WISHES
        self.outcome.arrivals += 1
        self._arrive_in_bound(now, talk, gpu)
        if not self._placed(now, talk, gpu):
            self.outcome.refused += 1
            self.outcome.refused_gpu += gpu

    def _placed(self, now: float, talk: float, gpu: bool) -> bool:
        """Whether there was a place. A node that is full says so itself where the gateway did not
        know; then the gateway knows, and asks another."""
        view = self._choice.choice(self._views)
        for _ in range(TRIES):
            name = self._policy(view, SessionWish("juno", gpu), self._choice)
            if name is None:
                return False
            place, node = self._place[name], self._fleet[self._by_name[name]]
            if len(node.sessions) < node.capacity:
                view[place] = replace(view[place], sessions=view[place].sessions + 1)
                self._begin(self._by_name[name], now + talk, gpu)
                return True
            view[place] = replace(view[place], sessions=view[place].capacity)
        return False

    def _begin(self, at: int, end: float, gpu: bool) -> None:
        self._count += 1
        self._fleet[at].sessions.add(self._count)
        self._live[self._count] = at, end, gpu
        heappush(self._ends, (end, self._count))

    def _arrive_in_bound(self, now: float, talk: float, gpu: bool) -> None:
        for ends in self._bound.values():
            while ends and ends[0] <= now:
                heappop(ends)
        with_gpu = len(self._bound[True])
        everybody = with_gpu + len(self._bound[False])
        if everybody >= self._places or (gpu and with_gpu >= self._gpu_places):
            self.outcome.bound_refused += 1
            return
        heappush(self._bound[gpu], now + talk)

    def _leave(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            _, number = heappop(self._ends)
            if (found := self._live.pop(number, None)) is not None:
                self._fleet[found[0]].sessions.discard(number)

    def _lose_nodes(self, second: int) -> None:
        while self._back and self._back[0][0] <= second:
            self._fleet[heappop(self._back)[1]].up = True
        if self._rng.random() >= DEATHS_AN_HOUR * len(self._fleet) / 3600:
            return
        at = self._rng.randrange(len(self._fleet))
        self._fleet[at].up, lost = False, sorted(self._fleet[at].sessions)
        self._fleet[at].sessions.clear()
        heappush(self._back, (second + DEAD_SECONDS, at))
        self._report()
        for number in lost:
            _, end, gpu = self._live.pop(number)
            self.outcome.cut += 1
            self.outcome.lost += not self._placed(second, end - second, gpu)

    def _keep_draining(self) -> None:
        """One that is empty is started anew, and the next begins."""
        for node in self._fleet:
            node.draining = node.draining and bool(node.sessions)
        more = round(DRAINING * len(self._fleet)) - sum(node.draining for node in self._fleet)
        for node in self._choice.sample(list(self._fleet), max(0, more)):
            node.draining = True

    def _observe(self) -> None:
        """A second has passed."""
        up = [node for node in self._fleet if node.up]
        self.outcome.seconds += sum(len(node.sessions) for node in up)
        self.outcome.places += sum(node.capacity for node in up)
        self.outcome.late += sum(len(node.sessions) for node in up if node.is_late)
        bound = sum(map(len, self._bound.values()))
        self.outcome.bound_seconds += bound
        self.outcome.bound_late += max(0, bound - sum(node.in_time() for node in up))
