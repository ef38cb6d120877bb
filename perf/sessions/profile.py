"""Every figure of the latency promise, at the client.

    profile ─┬─ spawns ─▶ ringtalk serve (or --url: one that runs, LiveTalking's too)
             │                 ║ WebRTC
             ├── one attentive session: hears every packet, decodes every picture
             └─ spawns ─▶ crowd ══ N sessions that speak, undecoded

In: a server. Out: a table with the limits beside the figures, `profile.json`, and
`profile.html` with plots. `python -m perf.sessions.profile --help`, or `ringtalk profile`. Owns the
server and the crowd that it starts.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
import uvloop

from perf.client import flow
from perf.client.api import Api, Refused
from perf.client.crowd import Caller, figures, speech
from perf.client.mouth import Region, region_of
from perf.client.session import ClientSession
from perf.client.trials import Onset, Trials, connecting
from perf.page import write_page
from perf.report import Json, Machine, Report
from perf.sessions import cpu, goals
from perf.sessions.load import CrowdProcess
from perf.sessions.profile_page import plots_of
from perf.sessions.profile_samples import ProfileSamples
from perf.sessions.stages import first_steps, steps
from perf.sessions.target import NoServer, Target, target

PACKAGES: Final = ("aiortc", "av", "numpy", "onnxruntime", "uvloop")
IDLE_SECONDS: Final = 3.0
KINDS: Final = ("text", "audio", "chat")
SLACK_SECONDS: Final = 300.0
"""The crowd's own bound, beyond the time that it is wanted for."""


@dataclass(frozen=True)
class Plan:
    """How much is measured. seconds: of each level of load."""

    repeats: int
    stolen: int
    connects: int
    vowels: int
    loaded: int
    calls: int
    seconds: float

    @property
    def levels(self) -> list[int]:
        """Sessions at once, up to `calls`."""
        return sorted({1, max(1, self.calls // 2), self.calls}) if self.calls else []


def plan(calls: int, seconds: float, quick: bool) -> Plan:
    """The whole of it, or a look of a minute."""
    if quick:
        return Plan(6, 3, 4, 8, 4, min(calls, 2), min(seconds, 6.0))
    return Plan(50, 25, 20, 25, 20, calls, seconds)


class Profile:
    """One run against one server."""

    def __init__(self, server: Target, plan: Plan, region: Region, report: Report) -> None:
        self.found = ProfileSamples()
        self._server, self._plan, self._region, self._report = server, plan, region, report
        self._api = Api(server.url)

    async def run(self) -> ProfileSamples:
        """Everything, in turn; what the server cannot do is left out and said."""
        try:
            await self._idle()
            await self._connect()
            async with ClientSession(self._api, listens=True, region=self._region) as session:
                await self._alone(await Trials.begin(session))
            for calls in self._plan.levels:
                await self._load(calls)
        finally:
            self._api.close()
        return self.found

    # --- nobody else ----------------------------------------------------------------

    async def _idle(self) -> None:
        before = self._look()
        await asyncio.sleep(IDLE_SECONDS)
        self._used("no session", before)

    async def _connect(self) -> None:
        for _ in range(self._plan.connects):
            self.found.add(goals.CONNECT, await connecting(self._api, self._region))
        self._report.say(f"connected {self._plan.connects} times")

    async def _alone(self, trials: Trials) -> None:
        """One session, nobody else."""
        trials.frames.shut()
        before = self._look()
        await asyncio.sleep(IDLE_SECONDS)
        self._used("one idle session", before)
        await trials.look()
        before, metrics, begun = self._look(), self._server.metrics(), time.monotonic_ns()
        await self._latencies(trials, self._plan.repeats, "")
        span = begun, time.monotonic_ns()
        self.found.steps = steps(metrics, self._server.metrics())
        self._used("one session, measured", before)
        self._pace(trials.session, span)
        for offset in await trials.lips(self._plan.vowels):
            self.found.add(goals.LIPS, offset)
        for kind in KINDS:
            await self._steal(trials, kind)

    async def _latencies(self, trials: Trials, repeats: int, prefix: str) -> None:
        """Onsets and interrupts, by turns with sound and with text."""
        for begin, sound, mouth in (
            (trials.sound_onset, goals.SOUND_IN, goals.MOUTH_IN),
            (trials.text_onset, goals.TEXT_IN, "echo → mouth"),
        ):
            begun = time.monotonic()
            for _ in range(repeats):
                self._keep(await begin(), prefix, sound, mouth)
                await self._interrupt(trials, prefix)
            seconds = time.monotonic() - begun + 1
            trace = await asyncio.to_thread(self._server.trace, seconds)
            self.found.first[f"{prefix}{sound}"] = first_steps(trace)
        self._report.say(f"{prefix}{repeats} onsets of sound and of text, each interrupted")

    def _keep(self, onset: Onset, prefix: str, sound: str, mouth: str) -> None:
        self.found.answers.append(onset.answer)
        self.found.add(prefix + sound, onset.sound)
        self.found.add(prefix + mouth, onset.mouth)

    async def _interrupt(self, trials: Trials, prefix: str) -> None:
        silence = await trials.silence()
        self.found.add(prefix + goals.SILENCED, silence.sound)
        if silence.mouth is not None:
            self.found.add(prefix + goals.STILLED, silence.mouth)

    async def _steal(self, trials: Trials, kind: str) -> None:
        heard = [await trials.stolen(kind) for _ in range(self._plan.stolen)]
        tried = [one for one in heard if one is not None]
        if tried:
            mark = goals.PASSED if not any(tried) else goals.FAILED
            self.found.stolen[kind] = {"heard": str(sum(tried)), "of": str(len(tried)), "": mark}
        else:
            self._report.say(f"interrupt right behind {kind}: the server takes no {kind}")

    def _pace(self, session: ClientSession, span: flow.Span) -> None:
        for name, goal, pace in (
            ("sound", goals.SOUND_JITTER, session.sound),
            ("pictures", goals.PICTURE_JITTER, session.pictures),
        ):
            late = flow.lateness(pace, span)
            self.found.late[name] = [(float(at), float(ms)) for at, ms in late]
            if len(late):
                off = np.abs(late[:, 1] - np.median(late[:, 1]))
                self.found.samples[goal] = [float(ms) for ms in off]

    # --- many -----------------------------------------------------------------------

    async def _load(self, calls: int) -> None:
        """`calls` that speak; at the highest level one of them is the attentive one."""
        attentive = calls == self._plan.calls and calls > 1
        most = self._plan.seconds + SLACK_SECONDS
        async with CrowdProcess(self._server.url, calls - attentive, most) as crowd:
            if crowd.ready.refused:
                self._report.say(f"{crowd.ready.refused} sessions refused: {crowd.ready.refusal}")
            before = self._look(crowd.pid)
            beside = await self._among() if attentive else []
            if not attentive:
                await asyncio.sleep(self._plan.seconds)
            self._used(f"{_calls(calls)} speaking", before, crowd.pid)
            level = await crowd.end(*beside)
        self.found.levels.append(level)
        self._report.say(f"{_calls(calls)} at once: p5 {level.fps_p5:.1f} fps, {level.gaps} gaps")

    async def _among(self) -> list[Caller]:
        """The attentive session among others: its latencies, then how evenly it is served."""
        async with ClientSession(self._api, listens=True, region=self._region) as session:
            trials = await Trials.begin(session)
            await self._latencies(trials, self._plan.loaded, goals.LOADED)
            trials.frames.shut()
            begun = time.monotonic_ns()
            await self._api.say_sound(session.id, speech(self._plan.seconds))
            await asyncio.sleep(self._plan.seconds)
            return [figures(session, (begun, time.monotonic_ns()))]

    # --- the processor --------------------------------------------------------------

    def _look(self, *others: int) -> cpu.Look:
        return cpu.look([*self._server.processes(), os.getpid(), *others])

    def _used(self, situation: str, before: cpu.Look, *crowd: int) -> None:
        """Cores since `before`, by process of the server, of the client, and of others."""
        use = cpu.between(before, self._look(*crowd))
        row: dict[str, str | float] = {}
        for pid, name in self._server.names().items():
            row[name] = float(row.get(name, 0.0)) + use.cores.get(pid, 0.0)
        row |= {
            "client": use.of([os.getpid(), *crowd]),
            "others": use.foreign,
            "server wake-ups/s": sum(use.wakes.get(p, 0.0) for p in self._server.processes()),
        }
        self.found.use[situation] = row


def print_all(report: Report, found: ProfileSamples) -> None:
    """Every table, and the samples beside them."""
    report.table(
        "at the client, ms", {v.goal.name: v.cells() for v in goals.verdicts(found.samples)}
    )
    if found.stolen:
        report.table("interrupt right behind the request: heard", found.stolen)
    if found.levels:
        rows = {_calls(level.calls): level.cells() for level in found.levels}
        report.table("sessions that speak at once", rows)
    if found.steps:
        report.table("in the server, every tick", {s.stage: s.cells() for s in found.steps})
    for name, way in found.first.items():
        if way:
            report.table(f"in the server, first tick: {name}", {s.stage: s.cells() for s in way})
    report.table("cores", found.use)
    report.raw |= _raw(found)


def _calls(count: int) -> str:
    return "1 session" if count == 1 else f"{count} sessions"


def _raw(found: ProfileSamples) -> Mapping[str, Json]:
    return {
        "samples": {name: list(samples) for name, samples in found.samples.items()},
        "answers_ms": list(found.answers),
        "levels": [
            {
                "calls": level.calls,
                "callers": [
                    {"fps": list(c.fps), "gaps_ms": list(c.gaps_ms), "lost": c.lost}
                    for c in level.crowd.callers
                ],
            }
            for level in found.levels
        ],
        "stages": [asdict(step) for step in found.steps],
        "first": {name: [asdict(step) for step in way] for name, way in found.first.items()},
    }


def profile(url: str | None, plan: Plan, region: Region, out: Path) -> bool:
    """Measure, print, write profile.json and profile.html; whether every goal was reached.

    Raises NoServer, Refused, or ValueError for a URL that is none."""
    report = Report("ringtalk profile", Machine.here(PACKAGES))
    report.begin()
    with target(url, plan.calls + 2) as server:
        found = uvloop.run(Profile(server, plan, region, report).run())
    print_all(report, found)
    report.write(out / "profile.json")
    write_page(out / "profile.html", report, plots_of(found))
    report.say(f"written: {out / 'profile.json'}, {out / 'profile.html'}")
    marks = [verdict.mark for verdict in goals.verdicts(found.samples)]
    marks += [str(row[""]) for row in found.stolen.values()]
    return goals.FAILED not in marks and all(level.holds for level in found.levels)


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs; else one is started")] = None,
    calls: Annotated[int, typer.Option(min=0, help="sessions at once, at most")] = 8,
    seconds: Annotated[float, typer.Option(min=3, help="of each level of load")] = 20.0,
    out: Annotated[Path, typer.Option(help="folder for profile.json and profile.html")] = Path(
        "profile"
    ),
    quick: Annotated[bool, typer.Option("--quick", help="a look of a minute")] = False,
    mouth: Annotated[
        str | None, typer.Option(help="another face's mouth: LEFT,TOP,RIGHT,BOTTOM, 0 to 1")
    ] = None,
) -> None:
    """Measure latencies, sessions at once and CPU at WebRTC clients; exit status 1 below the
    goals."""
    try:
        reached = profile(url, plan(calls, seconds, quick), region_of(mouth), out)
    except (NoServer, Refused, ValueError) as error:
        typer.echo(f"profile: {error}", err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(0 if reached else 1)


if __name__ == "__main__":
    typer.run(main)
