"""Hours in a hurry: does the server stay as it is while clients come, talk, interrupt and vanish,
and its processes are killed?

    soak ─┬─ spawns ─▶ ringtalk serve (or --url: one on this machine)
          │                 ║ WebRTC
          ├── CALLS clients: each talks half of the time, interrupts, leaves (with a word or not)
          │   and comes again; nothing is decoded
          ├── kills an actor process now and then
          └── every half minute: PSS, threads and descriptors of each of its processes

In: hours, a seed. Out: `soak.json`, `soak.html` with plots, both rewritten every five minutes, and
a verdict: no process grew, sound and pictures stayed together, nobody was refused but by a kill;
and apart from kills, and from times when more wanted to run than the machine has cores, no gap in
the sound and no picture that stood still. `--read` judges a run again by its soak.json.
`python -m perf.sessions.soak --help`. Owns the server that it starts.
"""

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from perf.client.soak_caller import FREEZE_MS, GAP_MS, SoakCaller
from perf.page import write_page
from perf.report import Machine, Report, Spread
from perf.sessions import soak_figures as figures
from perf.sessions.goals import FAILED, PASSED
from perf.sessions.holding import Holding, held
from perf.sessions.soak_faults import Kill, Killer
from perf.sessions.soak_figures import OFFSET_MOST_MS, Sample
from perf.sessions.soak_page import plots_of
from perf.sessions.soak_record import SoakRecord, record_of
from perf.sessions.target import NoServer, Target, target

PACKAGES: Final = ("aiortc", "aioice", "av", "numpy", "onnxruntime", "uvloop")
SAMPLE_SECONDS: Final = 30.0
WRITE_SAMPLES: Final = 10
CALLS_MOST: Final = 64


class Soak:
    """One run against one server."""

    def __init__(self, server: Target, killer: Killer, callers: list[SoakCaller]) -> None:
        self._server, self._killer, self._callers = server, killer, callers
        self._machine, self._begun = Machine.here(PACKAGES), time.monotonic_ns()
        self._samples: list[Sample] = []

    @property
    def record(self) -> SoakRecord:
        """What was seen so far: the visits that are over, and all the rest."""
        visits = [visit for caller in self._callers for visit in caller.visits if visit.ended]
        return SoakRecord(self._machine, self._begun, self._samples, visits, self._killer.kills)

    async def run(self, seconds: float, out: Path) -> None:
        """All at once, until the time is over; a client that fails ends the run."""
        until = self._begun + int(seconds * 1e9)
        side = [
            asyncio.ensure_future(self._sample(out)),
            asyncio.ensure_future(self._killer.run(until)),
        ]
        try:
            await asyncio.gather(*(caller.run(until) for caller in self._callers))
        finally:
            for task in side:
                task.cancel()
            await asyncio.wait(side)
        for task in side:
            if not task.cancelled():
                task.result()

    async def _sample(self, out: Path) -> None:
        while True:
            self._samples.append(await asyncio.to_thread(_look, self._server))
            if len(self._samples) % WRITE_SAMPLES == 0:
                tell(self.record, out, quiet=True)
            await asyncio.sleep(SAMPLE_SECONDS)


def _look(server: Target) -> Sample:
    holdings: dict[tuple[str, int], Holding] = {}
    for pid, name in server.names().items():
        holding = held(pid)
        if holding is not None:
            holdings[name, pid] = holding
    sessions = int(server.health().get("sessions", 0))
    return Sample(time.monotonic_ns(), sessions, os.getloadavg()[0], holdings)


def tell(record: SoakRecord, out: Path, quiet: bool = False) -> bool:
    """Print and write everything; whether all is as it should be."""
    report = Report(f"soak: {record.hours:.2f} hours", record.machine)
    report.console.quiet = quiet
    report.begin()
    faults = [*_tell_lives(report, record), *_tell_noticed(report, record)]
    faults += _tell_kills(report, record.kills)
    report.say("\n".join([f"{FAILED} {fault}" for fault in faults] or [f"{PASSED} as it was"]))
    report.tables["faults"] = list(faults)
    report.raw |= record.tree()
    report.write(out / "soak.json")
    plots = plots_of(record.begun, record.samples, record.visits, record.kills)
    write_page(out / "soak.html", report, plots)
    return not faults


def _tell_lives(report: Report, record: SoakRecord) -> list[str]:
    lives = figures.lives(record.samples)
    if not lives:
        report.say("no process lived long enough to be compared with itself")
        return []
    report.table(
        "each process between two kills: its second quarter, its last",
        {
            f"{life.process} {life.pid}": {
                "samples": str(life.samples),
                "MB": f"{life.early.pss_mb:.1f} → {life.late.pss_mb:.1f}",
                "threads": f"{life.early.threads} → {life.late.threads}",
                "descriptors": f"{life.early.descriptors} → {life.late.descriptors}",
                "": ", ".join(life.faults) or PASSED,
            }
            for life in lives
        },
    )
    return [f"{life.process}: {', '.join(life.faults)}" for life in lives if life.faults]


def _tell_noticed(report: Report, record: SoakRecord) -> list[str]:
    visits, kills, cores = record.visits, record.kills, record.machine.cores
    gaps = [pair for visit in visits for pair in visit.gaps]
    freezes = [pair for visit in visits for pair in visit.freezes]
    rows: dict[str, dict[str, str | float]] = {}
    faults = []
    for name, pairs in (
        (f"gaps in the sound > {GAP_MS:g} ms", gaps),
        (f"pictures stood still > {FREEZE_MS:g} ms", freezes),
    ):
        found = figures.noticed(pairs, kills, record.samples, cores)
        rows[name] = {
            "count": str(len(found.own)),
            "longest ms": max((ms for _, ms in found.own), default=0.0),
            f"at a load above {cores}": str(len(found.crowded)),
            "around kills": str(len(found.killed)),
        }
        if found.own:
            faults.append(f"{len(found.own)} {name}, without a kill, on a machine with room")
    report.table("what clients noticed", rows)
    ends = figures.ends(visits, kills)
    report.table("visits by their end", {end: {"": str(count)} for end, count in ends.items()})
    faults += [f"{ends[end]} visits {end}" for end in ("refused", "stalled") if end in ends]
    return faults + _tell_offsets(report, record)


def _tell_offsets(report: Report, record: SoakRecord) -> list[str]:
    """How far sound and pictures are apart; a fault where the machine had room and nobody died."""
    pairs = [pair for visit in record.visits for pair in visit.offsets]
    cores = record.machine.cores
    found = figures.noticed(pairs, record.kills, record.samples, cores)
    groups = {
        "on a machine with room": found.own,
        f"at a load above {cores}": found.crowded,
        "around kills": found.killed,
    }
    rows = {name: Spread.of([ms for _, ms in group]) for name, group in groups.items() if group}
    report.spreads("pictures arrive after their sound", "ms", rows)
    far = max((abs(ms) for _, ms in found.own), default=0.0)
    if far <= OFFSET_MOST_MS:
        return []
    return [f"sound and pictures were {far:.0f} ms apart, without a kill, on a machine with room"]


def _tell_kills(report: Report, kills: list[Kill]) -> list[str]:
    by: dict[str, list[float]] = {}
    for kill in kills:
        if kill.seconds is not None:
            by.setdefault(kill.process, []).append(kill.seconds)
    if by:
        rows = {name: Spread.of(seconds) for name, seconds in by.items()}
        report.spreads("from a kill until ready again", "s", rows)
    return [f"{kill.process} was not ready again" for kill in kills if kill.seconds is None]


def soak(url: str | None, hours: float, calls: int, kills: float, seed: int, out: Path) -> bool:
    """Run, print, write. Raises NoServer, or ValueError for a URL that is none."""
    with target(url, CALLS_MOST) as server:
        if server.pid is None:
            raise NoServer("the server's processes are not on this machine")
        callers = [SoakCaller(server.url, seed + 1 + number) for number in range(calls)]
        run = Soak(server, Killer(server, 3600 / kills, seed), callers)
        uvloop.run(run.run(hours * 3600, out))
        return tell(run.record, out)


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs; else one is started")] = None,
    hours: Annotated[float, typer.Option(min=0.01, help="how long")] = 1.0,
    calls: Annotated[int, typer.Option(min=1, help="clients at a time")] = 3,
    kills: Annotated[float, typer.Option(min=0.1, help="of actor processes, an hour")] = 6.0,
    seed: Annotated[int, typer.Option(help="of everything that is left to chance")] = 1,
    out: Annotated[Path, typer.Option(help="folder for soak.json and soak.html")] = Path("soak"),
    read: Annotated[Path | None, typer.Option(help="a soak.json: judge it again, run none")] = None,
) -> None:
    """Hours of sessions that come and go, with kills; exit status 1 if anything grew or failed."""
    try:
        if read is not None:
            kept = tell(record_of(read), out)
        else:
            kept = soak(url, hours, calls, kills, seed, out)
    except (NoServer, OSError, ValueError) as error:
        typer.echo(f"soak: {error}", err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if kept else 1)


if __name__ == "__main__":
    typer.run(main)
