"""What each process of the server holds: memory, threads, descriptors.

In: /proc (proc(5)). Out: a `Holding` for each process, and whether it grew. Memory is the
proportional set size: pages that n processes share count for an n-th in each. Linux only. Runs
in the benchmark's process; owns nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from perf.sessions.cpu import PROC

GROWTH_MOST: Final = 1.05
"""What a process may hold at the end, of what it held when it had warmed up."""
KB_PER_MB: Final = 1024


@dataclass(frozen=True)
class Holding:
    """pss_mb: MiB."""

    pss_mb: float
    threads: int
    descriptors: int

    def __str__(self) -> str:
        return f"{self.pss_mb:.1f} MB, {self.threads} threads, {self.descriptors} descriptors"


def held(pid: int) -> Holding | None:
    """What the process holds now; None when it is gone."""
    here = PROC / str(pid)
    try:
        lines = (here / "smaps_rollup").read_text().splitlines()
        pss = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        threads = len(list((here / "task").iterdir()))
        return Holding(pss / KB_PER_MB, threads, len(list((here / "fd").iterdir())))
    except (OSError, StopIteration):
        return None


def all_held(names: Mapping[int, str]) -> dict[str, Holding]:
    """The holdings by name; of two processes with one name the later has its id behind it."""
    found: dict[str, Holding] = {}
    for pid, name in sorted(names.items()):
        holding = held(pid)
        if holding is not None:
            found[f"{name} {pid}" if name in found else name] = holding
    return found


@dataclass(frozen=True)
class Growth:
    """One process: before anybody came, when it had warmed up, and at the end."""

    before: Holding
    warm: Holding
    last: Holding

    @property
    def share(self) -> float:
        """The memory at the end, of that when it had warmed up."""
        return self.last.pss_mb / self.warm.pss_mb

    @property
    def faults(self) -> list[str]:
        """What grew, in words; none is as it should be."""
        found = []
        if self.share > GROWTH_MOST:
            found.append(f"{self.share:.2f} of its memory")
        for what in ("threads", "descriptors"):
            more = getattr(self.last, what) - getattr(self.before, what)
            if more > 0:
                found.append(f"{more} {what} more than before")
        return found
