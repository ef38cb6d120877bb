"""Whether a call notices that an avatar is being made beside it.

    beside_job ─ spawns ─▶ ringtalk serve ─ spawns ─▶ the process that makes an avatar
        │                      ║ WebRTC
        └── one client: asks, hears, interrupts, sees

In: a server on this machine. Out: ms from a request to its first loud packet, from an interrupt to
the last one, and the longest time without a picture in each trial, alone (A) and beside a job (B),
in turns A B A B …. The job is one photo for the built-in engine after another: it works all the
time, and how far it came is said, so that nobody compares with a job that stood still. `python -m
perf.sessions.beside_job --help`. Owns the server that it starts.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import cv2
import httpx
import numpy as np
import typer
import uvloop
from numpy.typing import NDArray

from data.head import SQUARE, portrait
from perf.client.api import Api
from perf.client.session import ClientSession
from perf.report import Machine, Report, Spread
from perf.sessions.target import Target, target
from perf.sounds import bursts, wav

VOWEL: Final = wav(bursts(1, 4.0, [0.0]))
PHOTO_SIDE: Final = 820
PATIENCE: Final = 30.0
SPEAKS_SECONDS: Final = 1.0
AFTERMATH: Final = 0.8
NS_PER_MS: Final = 1e6
ALONE: Final = "A alone"
BESIDE: Final = "B beside a job"
TASK: Final = "/api/avatar/task"


class CallTrial(NamedTuple):
    """ms: to the first sound, to silence after an interrupt, longest without a picture."""

    first: float
    silence: float
    picture: float


def photo() -> bytes:
    """A person whose mouth is large enough, JPEG."""
    picture = portrait("mira", SQUARE)
    large: NDArray[np.uint8] = np.asarray(cv2.resize(picture, (PHOTO_SIDE, PHOTO_SIDE)), np.uint8)
    _, stored = cv2.imencode(".jpg", large)
    return stored.tobytes()


class Jobs:
    """One avatar after another, while the block lasts. percents: how far they came, in all."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False)
        self._photo = photo()
        self.percents = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """From the first one's first step on."""
        working = asyncio.Event()
        work = asyncio.ensure_future(self._work(working))
        try:
            async with asyncio.timeout(PATIENCE * 4):
                await working.wait()
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _work(self, working: asyncio.Event) -> None:
        while True:
            name = f"beside-{time.monotonic_ns()}"
            data = {"model": "builtin", "avatar_id": name}
            answer = await self._http.post(TASK, data=data, files={"video_file": self._photo})
            task = answer.raise_for_status().json()["data"]["task_id"]
            try:
                await self._followed(task, working)
            finally:
                await self._http.delete(f"{TASK}/{task}")
                await self._http.delete(f"/avatars/{name}")

    async def _followed(self, task: str, working: asyncio.Event) -> None:
        before = 0
        async with self._http.stream("GET", f"{TASK}/{task}/events", timeout=None) as events:
            async for line in events.aiter_lines():
                if not line.startswith("data: "):
                    continue
                told = httpx.Response(200, content=line.removeprefix("data: ")).json()
                if told["status"] == "failed":
                    raise RuntimeError(told["error_msg"])
                self.percents += told["progress"] - before
                before = told["progress"]
                if before:
                    working.set()

    async def close(self) -> None:
        await self._http.aclose()


async def _trial(api: Api, session: ClientSession) -> CallTrial:
    assert session.sounds is not None
    asked = await api.say_sound(session.id, VOWEL)
    first = await session.sounds.first_loud(asked, PATIENCE)
    if first is None:
        raise RuntimeError("the face does not speak")
    await asyncio.sleep(SPEAKS_SECONDS + random.uniform(0, 0.1))
    interrupted = await api.interrupt(session.id)
    await asyncio.sleep(AFTERMATH)
    loud = [one.at for one in session.sounds.heard if one.loud and one.at > interrupted]
    seen = [one.last for one in session.pictures.arrivals if one.whole and one.last > asked]
    return CallTrial(
        (first.at - asked) / NS_PER_MS,
        max(0, max(loud, default=0) - interrupted) / NS_PER_MS,
        max(after - before for before, after in pairwise(seen)) / NS_PER_MS,
    )


async def _run(server: Target, rounds: int, trials: int, report: Report) -> None:
    api, jobs = Api(server.url), Jobs(server.url)
    found: dict[str, list[CallTrial]] = {ALONE: [], BESIDE: []}
    try:
        async with ClientSession(api, listens=True) as session:
            await _trial(api, session)  # warm
            for _ in range(rounds):
                found[ALONE] += [await _trial(api, session) for _ in range(trials)]
                async with jobs.running():
                    found[BESIDE] += [await _trial(api, session) for _ in range(trials)]
    finally:
        api.close()
        await jobs.close()
    for title, column in (
        ("Request to first sound", "first"),
        ("Interrupt to silence", "silence"),
        ("Longest time without a picture in a trial", "picture"),
    ):
        rows = {
            name: Spread.of(getattr(trial, column) for trial in these)
            for name, these in found.items()
        }
        report.spreads(title, "ms", rows)
    report.table("The jobs", {"avatars made meanwhile": {"of 100 %": jobs.percents / 100}})
    report.raw["trials"] = {name: [list(trial) for trial in these] for name, these in found.items()}


def main(
    rounds: Annotated[int, typer.Option(help="of A and B in turns")] = 4,
    trials: Annotated[int, typer.Option(help="in each half of a round")] = 10,
    output: Annotated[Path | None, typer.Option(help="where the JSON goes")] = None,
) -> None:
    """Compare a call alone with one beside a job."""
    report = Report("A call beside the making of an avatar", Machine.here(("aiortc", "uvloop")))
    report.begin()
    with target(None, calls=2) as server:
        uvloop.run(_run(server, rounds, trials, report))
    if output is not None:
        report.write(output)


if __name__ == "__main__":
    typer.run(main)
