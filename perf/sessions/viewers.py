"""What one more viewer of a session costs the server: 1 against 30, in turns, in one run.

    viewers ─┬─ spawns ─▶ ringtalk serve: one session without a caller, that speaks
             │                 ║ WHEP
             └─ spawns ─▶ watchers ══ 1, 30, 1, 30 …; what they cost themselves stands apart

In: a server. Out: cores of the server at each level, and what a viewer adds: the difference between
two neighbours in time, over the viewers more. Its data is checked: no viewer may have had less than
another. `python -m perf.sessions.viewers --help`. Owns the server and the watchers that it starts.
"""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import httpx
import msgspec
import numpy as np
import typer
import uvloop

from perf.client.api import Api
from perf.client.crowd import speech
from perf.client.watchers import Watched, Watching
from perf.report import Machine, Report
from perf.sessions import cpu
from perf.sessions.goals import FAILED, PASSED
from perf.sessions.target import NoServer, Target, target

PACKAGES: Final = ("aiortc", "av", "numpy", "pylibsrtp", "uvloop")
GOAL_CORES: Final = 0.01
"""Of the server, for one more viewer."""
SPEECH_SECONDS: Final = 60.0
LEAST_PART: Final = 0.95
"""Of the pictures of the viewer who had the most, that every viewer must have had: how many there
are is the machine's load, that all have them is the fan-out's doing."""
BEGIN_SECONDS: Final = 120.0
LINE_LIMIT: Final = 1 << 20


@dataclass(frozen=True)
class Watch:
    """One turn of a level. server, foreign: cores of the server, and of everybody else."""

    count: int
    server: float
    foreign: float
    watching: Watching
    watched: Watched

    @property
    def whole(self) -> bool:
        """Whether every viewer had what all had."""
        pictures = self.watched.pictures
        return min(pictures) >= LEAST_PART * max(pictures) and self.watched.lost == 0


async def level(server: Target, session: str, count: int, seconds: float) -> Watch:
    """So many watch for so long."""
    arguments = ["--url", server.url, "--session", session, "--count", str(count)]
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "perf.client.watchers",
        *arguments,
        "--seconds",
        str(seconds + BEGIN_SECONDS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_LIMIT,
    )
    assert child.stdin is not None and child.stdout is not None
    async with asyncio.timeout(BEGIN_SECONDS):
        watching = msgspec.json.decode(await child.stdout.readline(), type=Watching)
    seen = [*server.processes(), child.pid]
    before = cpu.look(seen)
    await asyncio.sleep(seconds)
    use = cpu.between(before, cpu.look(seen))
    child.stdin.close()
    watched = msgspec.json.decode(await child.stdout.readline(), type=Watched)
    await child.wait()
    return Watch(count, use.of(server.processes()), use.foreign, watching, watched)


async def turns(server: Target, most: int, seconds: float, times: int) -> list[Watch]:
    """1 and `most` viewers in turns; the session speaks all the while."""
    async with httpx.AsyncClient(base_url=server.url, timeout=BEGIN_SECONDS) as client:
        begun = await client.post("/sessions", json={})
        session = str(begun.raise_for_status().json()["data"]["sessionid"])
        api, sound = Api(server.url), speech(SPEECH_SECONDS)
        speaks = asyncio.ensure_future(_speak(api, session, sound))
        try:
            counts = [1, most] * times
            return [await level(server, session, count, seconds) for count in counts]
        finally:
            speaks.cancel()
            await asyncio.wait([speaks])
            api.close()
            await client.post("/close", json={"sessionid": session})


async def _speak(api: Api, session: str, sound: bytes) -> None:
    """Keep one recording waiting behind the one that plays."""
    await api.say_sound(session, sound)
    while True:
        await api.say_sound(session, sound)
        await asyncio.sleep(0.9 * SPEECH_SECONDS)


def added(watched: list[Watch]) -> list[float]:
    """Cores that one more viewer cost, of each pair of neighbours in time."""
    pairs = zip(watched[::2], watched[1::2], strict=True)
    return [(many.server - one.server) / (many.count - one.count) for one, many in pairs]


def _cells(watch: Watch) -> dict[str, str | float]:
    return {
        "viewers": str(watch.count),
        "server cores": watch.server,
        "viewers' own cores": watch.watched.cpu,
        "others' cores": watch.foreign,
        "pictures/s, least": min(watch.watched.pictures),
        "packets/s": float(np.mean(watch.watched.packets)),
        "lost": str(watch.watched.lost),
        "first picture ms, p50": float(np.median(watch.watching.first_ms)),
    }


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs; else one is started")] = None,
    most: Annotated[int, typer.Option(min=2, help="viewers")] = 30,
    seconds: Annotated[float, typer.Option(min=3, help="of each turn")] = 20.0,
    times: Annotated[int, typer.Option(min=1, help="pairs of turns")] = 3,
    json: Annotated[Path | None, typer.Option(help="also write the figures here")] = None,
) -> None:
    """Find what one more viewer of a session costs the server."""
    report = Report("one more viewer of a session", Machine.here(PACKAGES))
    report.begin()
    try:
        with target(url, 1) as server:
            watched = uvloop.run(turns(server, most, seconds, times))
    except (NoServer, httpx.HTTPError, ValueError) as error:
        typer.echo(f"viewers: {error}", err=True)
        raise typer.Exit(2) from None
    report.table("turns", {str(number): _cells(watch) for number, watch in enumerate(watched, 1)})
    cost = float(np.median(added(watched)))
    whole = all(watch.whole for watch in watched)
    report.tables["added"] = {"each": [*added(watched)], "median": cost, "goal": GOAL_CORES}
    good = PASSED if cost <= GOAL_CORES and whole else FAILED
    report.say(
        f"one more viewer: {cost:.4f} cores of the server (goal {GOAL_CORES}); every viewer had "
        f"what all had: {'yes' if whole else 'no'} {good}"
    )
    if json is not None:
        report.write(json)


if __name__ == "__main__":
    typer.run(main)
