"""What a caller hears and sees when a process dies, or stands still, in the middle of a word.

    deaths ─ spawns ─▶ ringtalk serve
       │                  ║ WebRTC
       ├── one client: the face says one long vowel, every packet is heard
       └── kills, or stops for STOPPED_SECONDS, the process of an actor

In: a server on this machine, also one of an older build at --url. Out: for each kind of trouble
the longest time without loud sound and without a new picture, in ms beyond what is usual (20 and
40). A death of egress ends the session and is measured by the page's test.
`python -m perf.sessions.deaths --help`. Owns the server that it starts.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.request import urlopen

import typer
import uvloop

from data.units import CHUNK_MS, TICK_MS
from perf.client.api import Api
from perf.client.session import ClientSession
from perf.report import Machine, Report, Spread
from perf.sessions.target import Target, target
from perf.sounds import bursts, wav
from runtime.actor_row import Restart

VOWEL_SECONDS: Final = 9.0
VOWEL: Final = wav(bursts(1, VOWEL_SECONDS, [0.0]))
FIRST_SECONDS: Final = 2.0
STOPPED_SECONDS: Final = 2.0
"""Shorter than a watch would let it stand."""
AFTERMATH: Final = 4.0
PATIENCE: Final = 15.0
NS_PER_MS: Final = 1e6


class Trouble(NamedTuple):
    """Longest ms without loud sound, and without a picture, beyond the usual."""

    sound: float
    picture: float


def pid_of(server: Target, actor: str) -> int:
    """The process that hosts an actor now."""
    with urlopen(f"{server.url}/healthz", timeout=5) as answer:
        pid: int = json.load(answer)["data"]["actors"][actor]["pid"]
    return pid


async def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


async def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(STOPPED_SECONDS)
    os.kill(pid, signal.SIGCONT)


async def _trial(server: Target, api: Api, actor: str, act: Callable[[int], object]) -> Trouble:
    async with ClientSession(api, listens=True) as session:
        assert session.sounds is not None
        begun = time.monotonic_ns()
        await api.say_sound(session.id, VOWEL)
        if await session.sounds.first_loud(begun, PATIENCE) is None:
            raise RuntimeError("the face does not speak")
        await asyncio.sleep(FIRST_SECONDS)
        pid = await asyncio.to_thread(pid_of, server, actor)
        since = time.monotonic_ns()
        done = act(pid)
        assert asyncio.iscoroutine(done)
        await done
        await asyncio.sleep(AFTERMATH - (time.monotonic_ns() - since) / 1e9)
        until = time.monotonic_ns()
        loud = [one.at for one in session.sounds.heard if one.loud and one.at < until]
        seen = [one.last for one in session.pictures.arrivals if one.whole and one.last < until]
        return Trouble(_longest(loud, since, CHUNK_MS), _longest(seen, since, TICK_MS))


def _longest(moments: Iterable[int], since: int, usual_ms: int) -> float:
    """Of the gaps that end behind `since`."""
    gaps = [after - before for before, after in pairwise(moments) if after > since]
    return max(0.0, max(gaps) / NS_PER_MS - usual_ms)


async def _run(server: Target, repeats: int, report: Report) -> None:
    api = Api(server.url)
    kinds: dict[str, tuple[str, Callable[[int], object]]] = {
        "face killed": ("inference", kill),
        f"face stopped for {STOPPED_SECONDS:g} s": ("inference", stop),
    }
    sounds: dict[str, Spread] = {}
    pictures: dict[str, Spread] = {}
    try:
        for name, (actor, act) in kinds.items():
            found: list[Trouble] = []
            for number in range(repeats):
                if number and act is kill:  # deaths in a row wait longer, and longer
                    await asyncio.sleep(Restart().forgive_seconds)
                found.append(await _trial(server, api, actor, act))
            sounds[name] = Spread.of(trouble.sound for trouble in found)
            pictures[name] = Spread.of(trouble.picture for trouble in found)
    finally:
        api.close()
    report.spreads("Longest time without sound, within a vowel", "ms", sounds)
    report.spreads("Longest time without a new picture", "ms", pictures)


def main(
    url: Annotated[str | None, typer.Option(help="a server that runs already, here")] = None,
    repeats: Annotated[int, typer.Option(help="trials of each kind; a death takes 40 s")] = 10,
    output: Annotated[Path | None, typer.Option(help="where the JSON goes")] = None,
) -> None:
    """Measure what a death is to a caller."""
    report = Report("What a death is to a caller", Machine.here(("aiortc", "uvloop")))
    report.begin()
    with target(url, calls=2) as server:
        uvloop.run(_run(server, repeats, report))
    if output is not None:
        report.write(output)


if __name__ == "__main__":
    typer.run(main)
