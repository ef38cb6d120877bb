"""What every benchmark prints: the machine, a table of p50/p95/p99, and the same as JSON.

In: samples of one unit. Out: text on stdout and a file. Runs in the benchmark's process;
owns nothing.
"""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


@dataclass(frozen=True)
class Spread:
    """Percentiles of `count` samples, in the samples' unit (linear interpolation)."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, samples: Iterable[float]) -> "Spread":
        """Raises ValueError when there are no samples."""
        values = np.fromiter(samples, np.float64)
        if not values.size:
            raise ValueError("no samples: nothing was measured")
        p50, p95, p99 = np.percentile(values, (50, 95, 99)).tolist()
        return cls(int(values.size), p50, p95, p99, float(values.max()))


@dataclass(frozen=True)
class Machine:
    """Where and with what a figure was taken."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    load: tuple[float, float, float]
    """Runnable processes over 1, 5 and 15 minutes, before the run: a busy machine shows."""
    packages: dict[str, str]

    @classmethod
    def here(cls, packages: Iterable[str] = ()) -> "Machine":
        """This machine now; packages that are not installed are left out."""
        return cls(
            cpu=_cpu(),
            cores=len(os.sched_getaffinity(0)),
            memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            kernel=platform.release(),
            python=platform.python_version(),
            load=os.getloadavg(),
            packages={name: found for name in packages if (found := _version(name))},
        )

    def __str__(self) -> str:
        load = " ".join(f"{value:.1f}" for value in self.load)
        packages = ", ".join(f"{name} {found}" for name, found in self.packages.items())
        return (
            f"{self.cpu} {platform.machine()}, {self.cores} cores, {self.memory_gib} GiB, "
            f"Linux {self.kernel}, Python {self.python}, load {load}\n{packages}"
        )


@dataclass
class Report:
    """Tables by title, printed as they are closed and written together at the end."""

    title: str
    machine: Machine
    tables: dict[str, Json] = field(default_factory=dict)
    raw: dict[str, Json] = field(default_factory=dict)
    """What the tables were made from, for other programs; written, never printed."""
    console: Console = field(default_factory=lambda: Console(width=110, highlight=False))

    def begin(self) -> None:
        """Print what is measured and where."""
        self.console.print(f"[bold]{self.title}[/]\n{self.machine}")

    def spreads(self, title: str, unit: str, rows: dict[str, Spread]) -> None:
        """One row of percentiles for each name."""
        self.table(title, {name: _cells(row, unit) for name, row in rows.items()})
        self.tables[title] = {name: {"unit": unit, **asdict(row)} for name, row in rows.items()}

    def table(self, title: str, rows: dict[str, dict[str, str | float]]) -> None:
        """Any other table: the same columns for each name."""
        table = Table(title=title, title_justify="left", title_style="bold")
        columns = list(dict.fromkeys(column for row in rows.values() for column in row))
        table.add_column("")
        for column in columns:
            table.add_column(column, justify="right")
        for name, row in rows.items():
            table.add_row(name, *(_shown(row.get(column, "")) for column in columns))
        self.console.print(table)
        self.tables[title] = {name: dict(row) for name, row in rows.items()}

    def say(self, text: str) -> None:
        """One line beside the tables."""
        self.console.print(text)

    def write(self, path: Path) -> None:
        """Machine and tables as JSON, the numbers not rounded."""
        whole = {"title": self.title, "machine": asdict(self.machine), "tables": self.tables}
        if self.raw:
            whole["raw"] = self.raw
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(whole, indent=2) + "\n")


def _cells(row: Spread, unit: str) -> dict[str, str | float]:
    return {
        f"p50 {unit}": row.p50,
        f"p95 {unit}": row.p95,
        f"p99 {unit}": row.p99,
        f"worst {unit}": row.worst,
        "count": str(row.count),
    }


def _shown(cell: str | float) -> str:
    if isinstance(cell, str):
        return cell
    return (
        f"{cell:,.2f}" if abs(cell) < 10 else f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:.1f}"
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
