"""Do mouth and sound part over a long time? An hour by a simulated clock, or minutes at a client.

    simulated:   feeder ──face ring──▶ Player ──picture ring──▶ checker, egress's Timeline
                 one loop whose clock jumps, and wakes late now and then

    at a client: drift ─┬─ spawns ─▶ ringtalk serve (or --url)
                        │                 ║ WebRTC
                        └── one session: vowels every half minute, mouth minus sound by the
                            sender's clock; and every packet's time of arrival

In: how long. Out: the offset between each sound and the mouth that was made for it, its change
from the first part to the last, and how late ticks were. `python -m perf.sessions.drift --help`.
Owns the rings, or the server, that it makes.
"""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
import uvloop

from perf.client import flow
from perf.client.api import Api, Refused
from perf.client.mouth import Region, region_of
from perf.client.session import ClientSession
from perf.client.trials import Trials
from perf.report import Machine, Report, Spread
from perf.sessions import goals, virtual
from perf.sessions.hour import Hour, Stalls, hour
from perf.sessions.target import NoServer, Target, target

PACKAGES: Final = ("aiortc", "av", "numpy", "uvloop")
ROUND_SECONDS: Final = 30.0
VOWELS: Final = 8
PARTS: Final = 4
"""The first and the last of so many parts are compared."""


def simulated(minutes: float, report: Report) -> bool:
    """Print what an hour brings; whether nothing parted."""
    stalls = Stalls(seed=1)
    begun = time.perf_counter()
    found = virtual.run(hour(minutes * 60), stalls.late_ns)
    report.say(
        f"{minutes:g} simulated minutes took {time.perf_counter() - begun:.0f} s; "
        f"{stalls.count} stalls of up to {stalls.longest_ns / 1e6:.0f} ms"
    )
    _print_hour(found, report)
    return found.mismatched == 0 and found.offset_ms < 0.01


def _print_hour(found: Hour, report: Report) -> None:
    report.table(
        "simulated",
        {
            "ticks that left": {"": str(found.ticks)},
            "of these spoken": {"": str(found.spoken)},
            "of these sound only": {"": str(found.sound_only)},
            "ticks given up": {"": str(found.given_up)},
            "pictures with another's sound": {"": str(found.mismatched)},
            "mouth minus sound, most, ms": {"": f"{found.offset_ms:.6f}"},
            "drift over the time, ms": {"": f"{found.drift_ms:.6f}"},
        },
    )
    report.spreads("simulated: ticks leave after their time", "ms", {"": Spread.of(found.late_ms)})


class AtClient:
    """One session over minutes."""

    def __init__(self, server: Target, seconds: float, region: Region, report: Report) -> None:
        self._server, self._seconds = server, seconds
        self._region, self._report = region, report

    async def run(self) -> list[tuple[float, float]]:
        """(seconds into the run, ms from sound to mouth) of every vowel."""
        api = Api(self._server.url)
        offsets: list[tuple[float, float]] = []
        try:
            async with ClientSession(api, listens=True, region=self._region) as session:
                trials = await Trials.begin(session)
                begun = time.monotonic_ns()
                rounds = max(2, round(self._seconds / ROUND_SECONDS))
                for number in range(rounds):
                    due = begun / 1e9 + number * self._seconds / rounds
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    at = time.monotonic() - begun / 1e9
                    offsets += [(at, ms) for ms in await trials.lips(VOWELS)]
                self._clocks(session, (begun, time.monotonic_ns()))
        finally:
            api.close()
        return offsets

    def _clocks(self, session: ClientSession, span: flow.Span) -> None:
        sound, pictures = (
            flow.rate_error(pace, span) for pace in (session.sound, session.pictures)
        )
        self._report.table(
            "clocks, ms an hour",
            {
                "sound's, against this machine's": {"": sound},
                "pictures', against this machine's": {"": pictures},
                "sound's against pictures'": {"": sound - pictures},
            },
        )


def at_client(url: str | None, minutes: float, region: Region, report: Report) -> bool:
    """Print what minutes bring; whether the offset stayed."""
    with target(url, 2) as server:
        offsets = uvloop.run(AtClient(server, minutes * 60, region, report).run())
    if len(offsets) < 2 * PARTS:
        report.say(f"only {len(offsets)} vowels were both heard and seen: nothing to compare")
        return False
    whole = [ms for _, ms in offsets]
    part = len(whole) // PARTS
    report.spreads(
        "mouth minus sound",
        "ms",
        {
            "all": Spread.of(whole),
            "first quarter": Spread.of(whole[:part]),
            "last quarter": Spread.of(whole[-part:]),
        },
    )
    change = float(np.median(whole[-part:]) - np.median(whole[:part]))
    report.table("change, last quarter less first", {"ms": {"": change}})
    report.raw["offsets"] = [list(pair) for pair in offsets]
    return goals.verdict(LIPS_GOAL, whole).mark == goals.PASSED


LIPS_GOAL: Final = next(goal for goal in goals.GOALS if goal.name == goals.LIPS)


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="simulated, or real with --real")] = 60.0,
    real: Annotated[bool, typer.Option("--real", help="at a client, in real time")] = False,
    url: Annotated[str | None, typer.Option(help="with --real: a server that runs")] = None,
    mouth: Annotated[
        str | None, typer.Option(help="another face's mouth: LEFT,TOP,RIGHT,BOTTOM, 0 to 1")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Whether mouth and sound part over a long time; exit status 1 if they do."""
    report = Report("drift", Machine.here(PACKAGES))
    report.begin()
    try:
        kept = (
            at_client(url, minutes, region_of(mouth), report)
            if real
            else simulated(minutes, report)
        )
    except (NoServer, Refused, ValueError) as error:
        typer.echo(f"drift: {error}", err=True)
        raise typer.Exit(2) from None
    if json is not None:
        report.write(json)
    raise typer.Exit(0 if kept else 1)


if __name__ == "__main__":
    typer.run(main)
