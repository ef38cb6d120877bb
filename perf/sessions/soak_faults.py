"""Actor processes killed at random moments, and how long each takes to be ready again.

In: a server on this machine and a seed. Out: a `Kill` for each. The supervisor is left alone. Runs
in the benchmark's event loop; owns nothing.
"""

import asyncio
import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from perf.sessions.target import Target

SPREAD: Final = (0.5, 1.5)
"""Of the mean pause between two kills."""
READY_SECONDS: Final = 60.0
"""After which a process counts as lost; nothing is killed so near to the end."""
LOOK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Kill:
    """at: CLOCK_MONOTONIC ns. process: its actors. seconds: until they were ready; None: never."""

    at: int
    process: str
    seconds: float | None


class Killer:
    """Kills one process after another."""

    def __init__(self, server: Target, pause: float, seed: int) -> None:
        """`pause`: mean seconds between two kills."""
        self.kills: list[Kill] = []
        self._server, self._pause = server, pause
        self._dice = random.Random(seed)

    async def run(self, until: int) -> None:
        """Kill, wait until what was killed is ready again, and so on; until CLOCK_MONOTONIC ns."""
        while True:
            pause = self._pause * self._dice.uniform(*SPREAD)
            if time.monotonic_ns() + int((pause + READY_SECONDS) * 1e9) > until:
                return
            await asyncio.sleep(pause)
            hosts = await asyncio.to_thread(_hosts, self._server)
            if hosts:
                pid = self._dice.choice(sorted(hosts))
                self.kills.append(await self.kill(pid, hosts[pid]))

    async def kill(self, pid: int, actors: list[str]) -> Kill:
        """Kill one that hosts these actors, and wait until they are ready elsewhere."""
        at = time.monotonic_ns()
        with suppress(ProcessLookupError):  # it went by itself meanwhile
            os.kill(pid, signal.SIGKILL)
        seconds = None
        while seconds is None and time.monotonic_ns() - at < READY_SECONDS * 1e9:
            await asyncio.sleep(LOOK_SECONDS)
            states = (await asyncio.to_thread(self._server.health)).get("actors", {})
            again = [states.get(actor, {}) for actor in actors]
            if all(one.get("state") == "ready" and one["pid"] != pid for one in again):
                seconds = (time.monotonic_ns() - at) / 1e9
        return Kill(at, " ".join(actors), seconds)


def _hosts(server: Target) -> dict[int, list[str]]:
    """The actors of each process, if all are ready."""
    found: dict[int, list[str]] = {}
    for actor, state in server.health().get("actors", {}).items():
        if state["state"] != "ready":
            return {}
        found.setdefault(state["pid"], []).append(actor)
    return found
