"""Two builds against each other, in turns on one machine: what a session costs, and how late it is.

    versus ─┬─ A: `ringtalk serve` of this checkout ─┐
            └─ B: that of --build PATH               ┴─ A B A B …, one server at a time
                    ║ WebRTC
         each turn: start │ CALLS that watch │ CALLS that speak │ one attentive, alone and among 12

In: a checkout with its ring compiled and, best, an environment of its own. Out: this checkout's
figures as ratios of the other's: CPU of all server processes for a session (user and system, from
/proc), wake-ups and context switches by actor, memory, latencies; and JSON. A process's own time
bears a busy machine; latencies want a quiet one. `python -m perf.sessions.versus --help`. Owns the
servers and crowds that it starts.
"""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final

import typer
import uvloop

from perf.client.api import Api, Refused
from perf.client.session import ClientSession
from perf.client.trials import Trials
from perf.report import Machine, Report
from perf.sessions import cpu
from perf.sessions.churn import first_visit
from perf.sessions.holding import all_held
from perf.sessions.load import CrowdProcess
from perf.sessions.target import NoServer, Target, target
from perf.sessions.versus_figures import Build, Situation, Turn, tables_of

PACKAGES: Final = ("aiortc", "av", "numpy", "onnxruntime", "uvloop")
SLACK_SECONDS: Final = 300.0
"""The crowd's own bound, beyond the time that it is wanted for."""
SETTLE_SECONDS: Final = 1.0
LOOP_SECONDS: Final = 25.0
"""After which an idle loop has been played once: it is coded then, for all sessions to come."""
AMONG: Final = 12
"""Sessions among which a latency is taken, with its own."""
CACHE: Final = "XDG_CACHE_HOME"


async def turn(server: Target, calls: int, seconds: float, repeats: int) -> Turn:
    """All that is measured of one server that was just started."""
    names = server.names()
    found = Turn(start_mb=_memory(names), calls=calls)
    await first_visit(server.url)
    found.one_mb = _memory(names)
    found.idle, _ = await _crowd(server, calls, seconds, speaks=False)
    found.speaking, found.many_mb = await _crowd(server, calls, seconds, speaks=True)
    if repeats:
        await _latencies(server, repeats, found)
    return found


def _memory(names: dict[int, str]) -> float:
    """PSS of all its processes, MiB."""
    return sum(holding.pss_mb for holding in all_held(names).values())


async def _crowd(
    server: Target, calls: int, seconds: float, *, speaks: bool
) -> tuple[Situation, float]:
    """What so many sessions use, for each; and the memory while they are there."""
    names = server.names()
    async with CrowdProcess(server.url, calls, seconds + SLACK_SECONDS, speaks=speaks) as crowd:
        await asyncio.sleep(SETTLE_SECONDS if speaks else LOOP_SECONDS)
        watched = [*names, crowd.pid]
        before = cpu.look(watched)
        await asyncio.sleep(seconds)
        use = cpu.between(before, cpu.look(watched))
        memory = _memory(names)
        level = await crowd.end()
    return Situation.of(use, names, calls, use.of([crowd.pid]), level), memory


async def _latencies(server: Target, repeats: int, found: Turn) -> None:
    """One attentive session: alone, then among others that speak."""
    api = Api(server.url)
    try:
        async with ClientSession(api, listens=True) as session:
            trials = await Trials.begin(session)
            await _onsets(trials, repeats, found.alone)
            async with CrowdProcess(server.url, AMONG - 1, SLACK_SECONDS):
                await _onsets(trials, repeats, found.among)
    finally:
        api.close()


async def _onsets(trials: Trials, repeats: int, samples: dict[str, list[float]]) -> None:
    for _ in range(repeats):
        for kind, begin in (("sound", trials.sound_onset), ("text", trials.text_onset)):
            onset = await begin()
            silence = await trials.silence()
            for name, value in (
                (f"{kind} → sound", onset.sound),
                (f"{kind} → mouth", onset.mouth),
                ("interrupt → last loud packet", silence.sound),
                ("interrupt → mouth still", silence.mouth),
            ):
                if value is not None:
                    samples.setdefault(name, []).append(value)


def main(
    build: Annotated[Path, typer.Option(exists=True, file_okay=False, help="the other checkout")],
    calls: Annotated[int, typer.Option(min=1, help="sessions at once")] = 8,
    seconds: Annotated[float, typer.Option(min=3, help="of each situation")] = 15.0,
    rounds: Annotated[int, typer.Option(min=1, help="turns of each build")] = 2,
    repeats: Annotated[int, typer.Option(min=0, help="onsets of each kind and turn")] = 6,
    cache: Annotated[
        Path | None, typer.Option(help="the other build's cache, if this one's will not do")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Compare this build with another."""
    report = Report("two builds", Machine.here(PACKAGES))
    report.begin()
    other = {CACHE: str(cache.resolve())} if cache else {}
    here = Path(__file__).parents[2]
    builds = (Build.of("this", here), Build.of("other", build, other))
    found: dict[str, list[Turn]] = {one.name: [] for one in builds}
    try:
        for number in range(rounds):
            for one in builds:
                folder = None if one.name == "this" else one.folder
                with target(None, max(calls, AMONG) + 1, folder, one.environment) as server:
                    made = uvloop.run(turn(server, calls, seconds, repeats))
                found[one.name].append(made)
                report.say(f"{number + 1}: {one}: {made}; load {os.getloadavg()[0]:.1f}")
    except (NoServer, Refused) as error:
        typer.echo(f"versus: {error}", err=True)
        raise typer.Exit(2) from None
    for title, rows in tables_of(found["this"], found["other"]).items():
        report.table(title, rows)
    report.raw["builds"] = {one.name: one.commit for one in builds}
    report.raw["turns"] = {name: [made.raw() for made in turns] for name, turns in found.items()}
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
