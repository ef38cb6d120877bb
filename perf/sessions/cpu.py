"""Who used the processor: the server's processes, the client's, and everybody else.

In: /proc (proc(5)). Out: cores used by each process between two looks, and how often its
threads were woken. Linux only. Runs in the benchmark's process; owns nothing.
"""

import os
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
PROC: Final = Path("/proc")
LISTEN: Final = "0A"
WOKEN: Final = "voluntary_ctxt_switches"
IDLE_COLUMNS: Final = (3, 4)
"""Of the numbers in /proc/stat: idle and iowait."""


@dataclass(frozen=True)
class Look:
    """at: seconds. busy: all cores' seconds of work. spent, wakes, switches: by process id."""

    at: float
    busy: float
    spent: Mapping[int, float]
    wakes: Mapping[int, int]
    switches: Mapping[int, int]


@dataclass(frozen=True)
class Use:
    """Between two looks: cores used by each process, and by those that were not looked at;
    wake-ups a second of each (voluntary context switches of all its threads), and all its context
    switches a second."""

    cores: dict[int, float]
    foreign: float
    wakes: dict[int, float]
    switches: dict[int, float]

    def of(self, processes: Iterable[int]) -> float:
        """Cores that these used together."""
        return sum(self.cores.get(pid, 0.0) for pid in processes)


def look(processes: Iterable[int]) -> Look:
    """Now. Processes that are gone are left out."""
    spent: dict[int, float] = {}
    wakes: dict[int, int] = {}
    switches: dict[int, int] = {}
    for pid in processes:
        try:
            fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            counts = [_switches(task) for task in (PROC / str(pid) / "task").iterdir()]
        except OSError:
            continue
        wakes[pid] = sum(count.get(WOKEN, 0) for count in counts)
        switches[pid] = sum(sum(count.values()) for count in counts)
        spent[pid] = (int(fields[11]) + int(fields[12])) / TICKS
    numbers = [int(word) for word in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    busy = sum(n for column, n in enumerate(numbers) if column not in IDLE_COLUMNS) / TICKS
    return Look(time.monotonic(), busy, spent, wakes, switches)


def threads(processes: Iterable[int]) -> dict[int, float]:
    """Seconds that each thread of these processes has worked, by its id."""
    found: dict[int, float] = {}
    for pid in processes:
        try:
            tasks = list((PROC / str(pid) / "task").iterdir())
        except OSError:
            continue
        for task in tasks:
            try:
                fields = (task / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            found[int(task.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return found


def between(before: Look, after: Look) -> Use:
    """What happened from one look to the next."""
    seconds = after.at - before.at
    both = before.spent.keys() & after.spent.keys()
    cores = {pid: (after.spent[pid] - before.spent[pid]) / seconds for pid in both}
    foreign = (after.busy - before.busy) / seconds - sum(cores.values())
    wakes = {pid: (after.wakes[pid] - before.wakes[pid]) / seconds for pid in both}
    switches = {pid: (after.switches[pid] - before.switches[pid]) / seconds for pid in both}
    return Use(cores, max(0.0, foreign), wakes, switches)


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    found = [pid]
    for parent in found:
        try:
            for task in (PROC / str(parent) / "task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def named(pid: int) -> str:
    """What the process is, in a word or two: its command without the interpreter."""
    try:
        words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "gone"
    rest = [Path(word).name for word in words[1:] if word and not word.startswith("-")]
    return " ".join(rest[:2]) or Path(words[0]).name


def listener(port: int) -> int | None:
    """The process on this machine that listens at the TCP port, if it can be seen."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    holders = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return min((pid for pid in holders if inodes & _sockets(pid)), default=None)


def is_here(host: str) -> bool:
    """Whether the host is this machine's loopback."""
    try:
        return socket.gethostbyname(host).startswith("127.")
    except OSError:
        return False


def _switches(task: Path) -> dict[str, int]:
    """A thread's context switches by their kind: WOKEN, and those that it did not ask for."""
    lines = (line.partition(":") for line in (task / "status").read_text().splitlines())
    return {name: int(count) for name, _, count in lines if name.endswith("ctxt_switches")}


def _sockets(pid: int) -> set[str]:
    try:
        links = list((PROC / str(pid) / "fd").iterdir())
    except OSError:
        return set()
    found = set()
    for link in links:
        try:
            found.add(os.readlink(link))
        except OSError:
            continue
    return found
