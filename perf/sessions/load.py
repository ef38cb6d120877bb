"""A crowd process as its owner holds it, and what its figures come to.

In: a server and how many sessions. Out: `Ready` when all speak, then `Level`. Runs in the
benchmark's process; owns the crowd's process, which never outlives it.
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import Final, Self

import msgspec
import numpy as np

from perf.client.crowd import Caller, Crowd, Ready
from perf.sessions.goals import FAILED, FPS_LEAST, GAP_MOST_MS, PASSED

BEGIN_SECONDS: Final = 120.0
END_SECONDS: Final = 30.0
LINE_LIMIT: Final = 1 << 26
FPS_PERCENTILE: Final = 5


@dataclass(frozen=True)
class Level:
    """So many sessions at once. fps_p5: of each session's seconds the 5th percentile, the worst
    session.

    gaps: gaps in the sound over GAP_MOST_MS. late: pictures' worst lateness, ms."""

    calls: int
    speaking: int
    fps_p5: float
    fps_mean: float
    gaps: int
    longest_gap_ms: float
    late_ms: float
    lost: int
    crowd: Crowd

    @property
    def holds(self) -> bool:
        """Whether every session was served as it should be."""
        return (
            self.speaking == self.calls
            and not self.crowd.failures
            and self.fps_p5 >= FPS_LEAST
            and self.gaps == 0
        )

    def cells(self) -> dict[str, str | float]:
        """One row of the table."""
        return {
            "speaking": str(self.speaking),
            "fps p5": self.fps_p5,
            "fps mean": self.fps_mean,
            f"gaps > {GAP_MOST_MS:g} ms": str(self.gaps),
            "longest gap ms": self.longest_gap_ms,
            "latest picture ms": self.late_ms,
            "lost": str(self.lost),
            "client cores": self.crowd.cpu,
            "": PASSED if self.holds else FAILED,
        }


class CrowdProcess:
    """Sessions that speak, while the context lasts."""

    def __init__(self, url: str, calls: int, seconds: float, *, speaks: bool = True) -> None:
        """They speak `seconds` at most, or only watch for so long."""
        self._calls = calls
        self._arguments = ["--url", url, "--calls", str(calls), "--seconds", str(seconds)]
        if not speaks:
            self._arguments.append("--silent")
        self._process: asyncio.subprocess.Process | None = None
        self.ready = Ready(0, 0, "", [])

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "perf.client.crowd",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_LIMIT,
        )
        try:
            self.ready = msgspec.json.decode(await self._line(BEGIN_SECONDS), type=Ready)
        except BaseException:
            await self._kill()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._kill()

    async def end(self, *beside: Caller) -> Level:
        """Hang up; the figures since all spoke, and those of sessions that are not the crowd's."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.close()
        crowd = msgspec.json.decode(await self._line(END_SECONDS), type=Crowd)
        callers = [*crowd.callers, *beside]
        return level(self._calls + len(beside), msgspec.structs.replace(crowd, callers=callers))

    async def _line(self, patience: float) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        async with asyncio.timeout(patience):
            line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the crowd ended before it told its figures; see its errors above")
        return line

    async def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            try:
                async with asyncio.timeout(END_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


def level(calls: int, crowd: Crowd) -> Level:
    """What the callers' figures come to."""
    each = [caller.fps for caller in crowd.callers if caller.fps]
    gaps = [gap for caller in crowd.callers for gap in caller.gaps_ms]
    late = [ms for caller in crowd.callers for ms in caller.picture_late_ms]
    return Level(
        calls,
        len(crowd.callers),
        min((float(np.percentile(fps, FPS_PERCENTILE)) for fps in each), default=0.0),
        float(np.mean([n for fps in each for n in fps])) if each else 0.0,
        sum(gap > GAP_MOST_MS for gap in gaps),
        max(gaps, default=0.0),
        max(late, default=0.0),
        sum(caller.lost for caller in crowd.callers),
        crowd,
    )
