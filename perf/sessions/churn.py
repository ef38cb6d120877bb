"""Does the server grow with the number of sessions it has had? Clients come, have it speak, and go.

    churn ─┬─ spawns ─▶ ringtalk serve (or --url: one on this machine)
           │                 ║ WebRTC
           └── AT_ONCE at a time: connect, a short text, listen; every second one says goodbye,
               the others vanish without a word
           ├── every STEP sessions, when the server has none left: PSS, threads and descriptors of
           │   each of its processes
           └── at the end CROWD at the same time: what they take, and what they leave

In: how many sessions. Out: a row for each process and step, and whether any grew: at the end
at most 1.05 of the memory after the first step, and no thread or descriptor more than before the
first session; and what a session costs. `python -m perf.sessions.churn --help`. Owns the server
that it starts.
"""

import asyncio
import json as jsonlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final
from urllib.request import urlopen

import typer
import uvloop

from perf.client.api import Api, Refused
from perf.client.crowd import speech
from perf.client.session import ClientSession
from perf.client.trials import LEARN_SECONDS
from perf.report import Machine, Report
from perf.sessions.goals import FAILED, PASSED
from perf.sessions.holding import Growth, Holding, all_held
from perf.sessions.target import NoServer, Target, target

PACKAGES: Final = ("aiortc", "aioice", "av", "numpy", "onnxruntime", "uvloop")
TEXT: Final = "Hello there, how are you today?"
SPEAK_SECONDS: Final = 1.5
CALLS_MOST: Final = 64
"""That the server takes: those who vanished count until it has noticed."""
EMPTY_SECONDS: Final = 60.0
"""In which the server must have noticed the last one."""
LOOK_SECONDS: Final = 0.5
SETTLE_SECONDS: Final = 2.0
"""Between the last session's end and the sample."""

Samples = dict[int, dict[str, Holding]]
"""By sessions so far, by process."""


async def visit(url: str, vanishes: bool) -> None:
    """One session: connect, have a text spoken, hear some of it, leave. Raises Refused."""
    api = Api(url)
    session = ClientSession(api, listens=False)
    try:
        await session.connect()
        await api.say(session.id, TEXT)
        await asyncio.sleep(SPEAK_SECONDS)
    finally:
        if vanishes:
            session.vanish()
        await session.close()
        api.close()


async def first_visit(url: str) -> None:
    """A session that speaks all through an idle clip: then the avatar is loaded, every picture of
    it looked at, and every place of the face remembered, which stays. Raises Refused."""
    api = Api(url)
    try:
        async with ClientSession(api, listens=False) as session:
            await api.say_sound(session.id, speech(LEARN_SECONDS))
            await asyncio.sleep(LEARN_SECONDS + SPEAK_SECONDS)
    finally:
        api.close()


class Churn:
    """One run against one server."""

    def __init__(self, server: Target, at_once: int, report: Report) -> None:
        self._server, self._at_once, self._report = server, at_once, report
        self._names = server.names()
        self.samples: Samples = {}
        self.crowded: Mapping[str, Holding] = {}
        """While many were there."""
        self.after: Mapping[str, Holding] = {}
        """When they were gone."""
        self.refused: list[str] = []

    async def run(self, rounds: int, step: int, crowd: int) -> None:
        """So many sessions, with a sample after each step of them, and a crowd at the end.

        One comes before the first sample, see `first_visit`."""
        await first_visit(self._server.url)
        await self._empty()
        self._sample(0)
        done = 0
        while done < rounds:
            upto = min(done + step, rounds)
            coming = iter(range(done, upto))
            await asyncio.gather(*(self._visitor(coming) for _ in range(self._at_once)))
            done = upto
            await self._empty()
            self._sample(done)
        if crowd:
            await self._crowd(crowd)

    async def _crowd(self, count: int) -> None:
        """So many sessions at the same time, with a sample when all speak and one after them."""
        full = asyncio.Barrier(count + 1)
        visits = [asyncio.ensure_future(self._stay(full)) for _ in range(count)]
        await full.wait()
        await asyncio.sleep(SPEAK_SECONDS)
        self.crowded = all_held(self._names)
        await full.wait()
        await asyncio.gather(*visits)
        await self._empty()
        self.after = all_held(self._names)

    async def _stay(self, full: asyncio.Barrier) -> None:
        """One of a crowd: speak when all are there, go when all were seen."""
        async with ClientSession(Api(self._server.url), listens=False) as session:
            await full.wait()
            await session.api.say(session.id, TEXT)
            await full.wait()
            session.api.close()

    def _sample(self, done: int) -> None:
        self.samples[done] = all_held(self._names)
        shown = "; ".join(f"{name}: {held}" for name, held in self.samples[done].items())
        self._report.say(f"{done} sessions: {shown}")

    async def _visitor(self, coming: Iterator[int]) -> None:
        for number in coming:
            try:
                await visit(self._server.url, vanishes=number % 2 == 1)
            except Refused as error:
                self.refused.append(str(error))

    async def _empty(self) -> None:
        """Wait until the server has no session left. Raises NoServer when it keeps one."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + EMPTY_SECONDS
        while (left := await asyncio.to_thread(_sessions, self._server.url)) > 0:
            if loop.time() > deadline:
                raise NoServer(f"{left} sessions are left {EMPTY_SECONDS:.0f} s after their end")
            await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(SETTLE_SECONDS)


def _sessions(url: str) -> int:
    with urlopen(f"{url}/healthz", timeout=10) as answer:
        return int(jsonlib.load(answer)["data"]["sessions"])


def growths(samples: Mapping[int, Mapping[str, Holding]]) -> dict[str, Growth]:
    """Each process that lived from the first sample to the last.

    Raises ValueError for fewer than three samples."""
    if len(samples) < 3:
        raise ValueError("nothing to compare: at least two steps of sessions are needed")
    counts = sorted(samples)
    before, warm, last = samples[counts[0]], samples[counts[1]], samples[counts[-1]]
    return {
        name: Growth(before[name], warm[name], holding)
        for name, holding in last.items()
        if name in before and name in warm
    }


def print_all(report: Report, found: Mapping[str, Growth], samples: Samples) -> None:
    """The table with its verdict, and the samples beside it."""
    report.table(
        f"before, after {sorted(samples)[1]} sessions, after {max(samples)}",
        {
            name: {
                "MB": " → ".join(
                    f"{one.pss_mb:.1f}" for one in (growth.before, growth.warm, growth.last)
                ),
                "of the warm": growth.share,
                "threads": f"{growth.before.threads} → {growth.last.threads}",
                "descriptors": f"{growth.before.descriptors} → {growth.last.descriptors}",
                "": ", ".join(growth.faults) or PASSED,
            }
            for name, growth in found.items()
        },
    )
    report.raw["samples"] = {
        str(count): {name: asdict(held) for name, held in each.items()}
        for count, each in samples.items()
    }


def print_crowd(report: Report, run: Churn, count: int) -> None:
    """What so many sessions took, and left."""
    last = run.samples[max(run.samples)]
    report.table(
        f"{count} sessions at once, MB",
        {
            name: {
                "before": last[name].pss_mb,
                "during": during.pss_mb,
                "a session": (during.pss_mb - last[name].pss_mb) / count,
                "threads": f"{last[name].threads} → {during.threads}",
                "after": run.after[name].pss_mb,
            }
            for name, during in run.crowded.items()
            if name in last and name in run.after
        },
    )
    report.raw["crowd"] = {
        "during": {name: asdict(held) for name, held in run.crowded.items()},
        "after": {name: asdict(held) for name, held in run.after.items()},
    }


def churn(
    url: str | None, rounds: int, step: int, at_once: int, crowd: int, out: Path | None
) -> bool:
    """Run, print, write; whether nothing grew. Raises NoServer, Refused or ValueError."""
    report = Report(f"{rounds} sessions, one after the other", Machine.here(PACKAGES))
    report.begin()
    with target(url, CALLS_MOST) as server:
        run = Churn(server, at_once, report)
        uvloop.run(run.run(rounds, step, crowd))
    found = growths(run.samples)
    print_all(report, found, run.samples)
    if crowd:
        print_crowd(report, run, crowd)
    lost = samples_lost(run.samples)
    if lost:
        report.say(f"{FAILED}: gone or started anew meanwhile: {', '.join(lost)}")
    if run.refused:
        report.say(f"{len(run.refused)} sessions were refused, the first: {run.refused[0]}")
    report.raw["refused"] = list(run.refused)
    if out is not None:
        report.write(out)
    return not (lost or run.refused or any(growth.faults for growth in found.values()))


def samples_lost(samples: Samples) -> list[str]:
    """Processes that were there before the first session and not at the end."""
    return sorted(samples[0].keys() - samples[max(samples)].keys())


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs; else one is started")] = None,
    rounds: Annotated[int, typer.Option(min=2, help="sessions in all")] = 200,
    step: Annotated[int, typer.Option(min=1, help="sessions between two samples")] = 50,
    at_once: Annotated[int, typer.Option(min=1, help="clients at a time")] = 4,
    crowd: Annotated[int, typer.Option(min=0, max=60, help="clients together, at the end")] = 8,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Whether the server grows with the sessions it has had; exit status 1 if it does."""
    try:
        kept = churn(url, rounds, step, at_once, crowd, json)
    except (NoServer, Refused, ValueError) as error:
        typer.echo(f"churn: {error}", err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if kept else 1)


if __name__ == "__main__":
    typer.run(main)
