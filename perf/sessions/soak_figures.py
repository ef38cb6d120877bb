"""What a long run comes to: which process grew, and what its clients noticed, apart from kills.

In: samples of what each process holds, the clients' visits, the kills. Out: rows and verdicts. Pure
functions; own nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from perf.client.soak_caller import Visit
from perf.sessions.holding import GROWTH_MOST, Holding
from perf.sessions.soak_faults import Kill

LIFE_LEAST: Final = 12
"""Samples of one life of a process; a shorter one is not judged."""
AROUND_KILL: Final = (1.0, 10.0)
"""Seconds before a kill, and after its process is ready again, in which what a client notices is
the kill's doing."""
OFFSET_MOST_MS: Final = 40.0
REFUSED: Final = "refused"


@dataclass(frozen=True)
class Sample:
    """at: CLOCK_MONOTONIC ns. holdings by (process's actors, process id)."""

    at: int
    sessions: int
    load: float
    holdings: Mapping[tuple[str, int], Holding]


@dataclass(frozen=True)
class Life:
    """One process between two kills: its second and its last quarter, see `middle`."""

    process: str
    pid: int
    samples: int
    early: Holding
    late: Holding

    @property
    def faults(self) -> list[str]:
        """What grew."""
        found = []
        share = self.late.pss_mb / self.early.pss_mb
        if share > GROWTH_MOST:
            found.append(f"{share:.2f} of its memory")
        for what in ("threads", "descriptors"):
            if getattr(self.late, what) > getattr(self.early, what):
                found.append(f"more {what}")
        return found


def lives(samples: Sequence[Sample]) -> list[Life]:
    """Every life that was long enough, in the order of their beginnings.

    Only samples with the commonest number of sessions are compared: each has its descriptors."""
    series: dict[tuple[str, int], list[Holding]] = {}
    usual = Counter(sample.sessions for sample in samples).most_common(1)
    for sample in samples:
        if sample.sessions != usual[0][0]:
            continue
        for key, holding in sample.holdings.items():
            series.setdefault(key, []).append(holding)
    found = []
    for (process, pid), held in series.items():
        if len(held) >= LIFE_LEAST:
            part = len(held) // 4
            early, late = held[part : 2 * part], held[-part:]
            found.append(Life(process, pid, len(held), middle(early, max), middle(late, min)))
    return found


def middle(held: Sequence[Holding], outer: Callable[[Iterable[int]], int]) -> Holding:
    """The median of the memory, and the most or the fewest threads and descriptors: they have
    grown when the fewest are more than the most were. What is open for a while, as an upload that
    plays or a connection that is kept, is no leak."""
    return Holding(
        median(one.pss_mb for one in held),
        outer(one.threads for one in held),
        outer(one.descriptors for one in held),
    )


@dataclass(frozen=True)
class Noticed:
    """What clients noticed: pairs are (CLOCK_MONOTONIC ns, ms). killed: around a kill. crowded:
    while more wanted to run on the machine than it has cores. own: neither."""

    own: list[tuple[int, float]]
    crowded: list[tuple[int, float]]
    killed: list[tuple[int, float]]


def noticed(
    pairs: Iterable[tuple[int, float]],
    kills: Sequence[Kill],
    samples: Sequence[Sample],
    cores: int,
) -> Noticed:
    """Divide what was noticed by what may have caused it."""
    found = Noticed([], [], [])
    for at, ms in pairs:
        if near(at, at - int(ms * 1e6), kills):
            found.killed.append((at, ms))
        elif load_at(at, samples) > cores:
            found.crowded.append((at, ms))
        else:
            found.own.append((at, ms))
    return found


def load_at(at: int, samples: Sequence[Sample]) -> float:
    """The machine's load about then: that of the nearest sample, 0 where there is none."""
    nearest = min(samples, key=lambda sample: abs(sample.at - at), default=None)
    return nearest.load if nearest else 0.0


def near(until: int, since: int, kills: Sequence[Kill]) -> bool:
    """Whether any of the time from `since` to `until` lies around a kill."""
    before, after = (int(seconds * 1e9) for seconds in AROUND_KILL)
    return any(
        kill.at - before <= until and since <= kill.at + int((kill.seconds or 60) * 1e9) + after
        for kill in kills
    )


def ends(visits: Iterable[Visit], kills: Sequence[Kill]) -> dict[str, int]:
    """How many visits ended how; one that a kill ended is named so."""
    found: dict[str, int] = {}
    for visit in visits:
        end = visit.end.partition(":")[0]
        if end in (REFUSED, "stalled") and near(visit.ended, visit.begun, kills):
            end += ", by a kill"
        found[end] = found.get(end, 0) + 1
    return found
