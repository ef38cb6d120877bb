"""What two builds' turns come to: this one's figures beside the other's, and their ratios.

In: the turns of each build. Out: tables. Pure arithmetic; owns nothing.
"""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np

from perf.report import Json
from perf.sessions.cpu import Use
from perf.sessions.load import Level

Rows = dict[str, dict[str, str | float]]
MS: Final = 1000.0
SUPERVISOR: Final = "supervisor"


@dataclass(frozen=True)
class Build:
    """A checkout. environment: variables that its server is given."""

    name: str
    folder: Path
    commit: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, folder: Path, environment: Mapping[str, str] | None = None) -> Self:
        """With the commit that is checked out there, marked where files differ from it."""
        told = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            check=False,
        )
        return cls(name, folder, told.stdout.strip() or "no commit", environment or {})

    def __str__(self) -> str:
        return f"{self.name} ({self.commit})"


@dataclass(frozen=True)
class Situation:
    """Of one session among those that were there: cores, wake-ups and context switches a second,
    by process. client: cores of all clients. The rest as in `Level`."""

    cores: dict[str, float]
    wakes: dict[str, float]
    switches: dict[str, float]
    client: float
    fps_p5: float
    gaps: int
    longest_gap_ms: float

    @classmethod
    def of(
        cls, use: Use, names: Mapping[int, str], calls: int, client: float, level: Level
    ) -> Self:
        """Shares of what all processes used."""

        def shares(of: Mapping[int, float]) -> dict[str, float]:
            found: dict[str, float] = {}
            for pid, name in names.items():
                word = name if _is_actor(name) else SUPERVISOR
                found[word] = found.get(word, 0.0) + of.get(pid, 0.0) / calls
            return found

        parts = shares(use.cores), shares(use.wakes), shares(use.switches)
        return cls(*parts, client, level.fps_p5, level.gaps, level.longest_gap_ms)

    @property
    def total(self) -> float:
        """Cores of all processes."""
        return sum(self.cores.values())


USED: Final[tuple[tuple[str, Callable[[Situation], dict[str, float]], float], ...]] = (
    ("cores ‰", lambda one: one.cores, MS),
    ("wake-ups/s", lambda one: one.wakes, 1.0),
    ("switches/s", lambda one: one.switches, 1.0),
)
ACTORS: Final = ("ingest", "features", "inference", "compositor", "egress")


def _is_actor(name: str) -> bool:
    return name.split(" ", maxsplit=1)[0] in ACTORS


@dataclass
class Turn:
    """One server's life. MiB of PSS: when it was ready, after one session was over, and while
    `calls` of them spoke. alone, among: ms by what was measured."""

    start_mb: float
    one_mb: float = 0.0
    many_mb: float = 0.0
    calls: int = 1
    idle: Situation | None = None
    speaking: Situation | None = None
    alone: dict[str, list[float]] = field(default_factory=dict)
    among: dict[str, list[float]] = field(default_factory=dict)

    def __str__(self) -> str:
        assert self.idle is not None and self.speaking is not None
        return (
            f"{self.speaking.total:.4f} cores a session that speaks "
            f"(p5 {self.speaking.fps_p5:.1f} fps, longest gap "
            f"{self.speaking.longest_gap_ms:.0f} ms), {self.idle.total:.4f} one that is idle, "
            f"{self.start_mb:.0f} MB at start"
        )

    def raw(self) -> Json:
        """For the JSON."""
        found: Json = asdict(self)
        return found


WHERE: Final[dict[str, Callable[[Turn], dict[str, list[float]]]]] = {
    "alone": lambda turn: turn.alone,
    "among": lambda turn: turn.among,
}


def tables_of(this: Sequence[Turn], other: Sequence[Turn]) -> dict[str, Rows]:
    """Medians over the turns, and this build's of the other's."""
    tables = {"a session": _sessions(this, other)}
    for title, of in (("speaking", _speaking), ("idle", _idle)):
        tables[f"{title}: by process, for a session"] = _processes(this, other, of)
    latencies = _latencies(this, other)
    if latencies:
        tables["latencies, ms p50"] = latencies
    return tables


def _speaking(turn: Turn) -> Situation:
    assert turn.speaking is not None
    return turn.speaking


def _idle(turn: Turn) -> Situation:
    assert turn.idle is not None
    return turn.idle


def compared(this: Sequence[float], other: Sequence[float]) -> dict[str, str | float]:
    """One row: both medians, and the ratio of this to the other; both must have samples."""
    mine, theirs = float(np.median(this)), float(np.median(other))
    return {"this": mine, "other": theirs, "ratio": mine / theirs if theirs else float("nan")}


def _sessions(this: Sequence[Turn], other: Sequence[Turn]) -> Rows:
    figures: dict[str, Callable[[Turn], float]] = {
        "speaking, thousandths of a core": lambda turn: MS * _speaking(turn).total,
        "idle, thousandths of a core": lambda turn: MS * _idle(turn).total,
        "speaking, wake-ups/s": lambda turn: sum(_speaking(turn).wakes.values()),
        "speaking, context switches/s": lambda turn: sum(_speaking(turn).switches.values()),
        "idle, wake-ups/s": lambda turn: sum(_idle(turn).wakes.values()),
        "PSS at start, MB": lambda turn: turn.start_mb,
        "PSS after one session, MB": lambda turn: turn.one_mb,
        "PSS of a session that speaks, MB": lambda turn: (turn.many_mb - turn.one_mb) / turn.calls,
    }
    return {
        name: compared([of(turn) for turn in this], [of(turn) for turn in other])
        for name, of in figures.items()
    }


def _processes(
    this: Sequence[Turn], other: Sequence[Turn], of: Callable[[Turn], Situation]
) -> Rows:
    rows: Rows = {}
    for name in sorted({name for turn in (*this, *other) for name in of(turn).cores}):
        for what, values in (
            ("cores ‰", "cores"),
            ("wake-ups/s", "wakes"),
            ("switches/s", "switches"),
        ):
            scale = MS if values == "cores" else 1.0
            mine, theirs = (
                [scale * getattr(of(turn), values).get(name, 0.0) for turn in turns]
                for turns in (this, other)
            )
            rows[f"{name}, {what}"] = compared(mine, theirs)
    return rows


def _latencies(this: Sequence[Turn], other: Sequence[Turn]) -> Rows:
    rows: Rows = {}
    for where in ("alone", "among"):
        samples = [_joined([getattr(turn, where) for turn in turns]) for turns in (this, other)]
        for name in samples[0].keys() & samples[1].keys():
            mine, theirs = samples[0][name], samples[1][name]
            p95 = (float(np.percentile(each, 95)) for each in (mine, theirs))
            rows[f"{where}: {name}"] = {
                **compared(mine, theirs),
                **dict(zip(("this p95", "other p95"), p95, strict=True)),
                "count": f"{len(mine)}, {len(theirs)}",
            }
    return dict(sorted(rows.items()))


def _joined(parts: Sequence[Mapping[str, list[float]]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for part in parts:
        for name, samples in part.items():
            found.setdefault(name, []).extend(samples)
    return found
