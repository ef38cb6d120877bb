"""How many sessions can speak at once: p5 of every session at 24 fps or more, no hole in the sound.

    capacity ─┬─ spawns ─▶ ringtalk serve (or --url: one that runs)
              │                 ║ WebRTC
              └─ spawns ─▶ crowd ══ 1, 2, 4, 8, … sessions that speak; then halving between the
                                    last level that held and the first that did not

In: a server. Out: a table of the levels, the number, and JSON. The crowd shares the machine
with the server unless --url is elsewhere; what it used stands beside the figures. `python -m
perf.sessions.capacity --help`. Owns the server and the crowds that it starts.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from perf.client.api import Refused
from perf.report import Machine, Report
from perf.sessions import cpu, goals
from perf.sessions.load import CrowdProcess, Level
from perf.sessions.target import NoServer, Target, target

PACKAGES: Final = ("aiortc", "av", "numpy", "onnxruntime", "uvloop")
WARM_SECONDS: Final = 60.0
"""The crowd's own bound, beyond the time that it is wanted for."""
REST_SECONDS: Final = 1.0
"""Between two levels, for the sessions of the last one to be over."""


class Search:
    """Which level to try next: doubling, then halving. Pure arithmetic."""

    def __init__(self, most: int) -> None:
        """Levels are 1 to `most`."""
        self._most = most
        self.held = 0
        """The highest level that held."""
        self._failed = most + 1
        self._next: int | None = 1

    @property
    def next(self) -> int | None:
        """The level to try, None when it is known."""
        return self._next

    def tell(self, holds: bool) -> None:
        """What came of the level."""
        assert self._next is not None
        if holds:
            self.held = self._next
        else:
            self._failed = self._next
        if self._failed - self.held <= 1:
            self._next = None
        elif self._failed > self._most:
            self._next = min(2 * self.held, self._most)
        else:
            self._next = (self.held + self._failed) // 2


async def search(server: Target, most: int, seconds: float, report: Report) -> dict[int, Level]:
    """Every level that was tried, in their order."""
    tried: dict[int, Level] = {}
    wanted = Search(most)
    while (calls := wanted.next) is not None:
        level, row = await _try(server, calls, seconds)
        wanted.tell(level.holds)
        tried[calls] = level
        report.say(f"{calls} sessions: {goals.PASSED if level.holds else goals.FAILED} {row}")
        await asyncio.sleep(REST_SECONDS)
    return tried


def capacity_of(server: Target, most: int, seconds: float, report: Report) -> None:
    """Search, and print the levels and the number."""
    tried = uvloop.run(search(server, most, seconds, report))
    report.table("levels", {str(n): tried[n].cells() for n in sorted(tried)})
    held = max((calls for calls, level in tried.items() if level.holds), default=0)
    report.tables["calls"] = held
    report.say(f"{held} sessions" + (", as many as were tried" if held == most else ""))


async def _try(server: Target, calls: int, seconds: float) -> tuple[Level, str]:
    async with CrowdProcess(server.url, calls, seconds + WARM_SECONDS) as crowd:
        watched = [*server.processes(), crowd.pid]
        before = cpu.look(watched)
        await asyncio.sleep(seconds)
        use = cpu.between(before, cpu.look(watched))
        level = await crowd.end()
        refusal = crowd.ready.refusal
    ours, client = use.of(server.processes()), use.of([crowd.pid])
    return level, (
        f"p5 {level.fps_p5:.1f} fps, {level.gaps} gaps, longest {level.longest_gap_ms:.0f} ms; "
        f"cores: server {ours:.2f}, client {client:.2f}, others {use.foreign:.2f}"
        + (f"; refused: {refusal}" if refusal else "")
    )


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs; else one is started")] = None,
    most: Annotated[int, typer.Option(min=1, help="sessions, at most")] = 32,
    seconds: Annotated[float, typer.Option(min=3, help="of each level")] = 20.0,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Find the number of sessions that a server holds."""
    report = Report("sessions that speak at once", Machine.here(PACKAGES))
    report.begin()
    try:
        with target(url, most) as server:
            capacity_of(server, most, seconds, report)
    except (NoServer, Refused, ValueError) as error:
        typer.echo(f"capacity: {error}", err=True)
        raise typer.Exit(2) from None
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
