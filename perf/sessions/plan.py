"""How many sessions this machine will hold with an avatar, from a measurement of a minute.

    plan ─┬─ spawns ─▶ ringtalk serve
          │                 ║ WebRTC
          └─ spawns ─▶ crowd ══ TRIED sessions that speak: what each process and thread used

In: an avatar. Out: the number of sessions, and what bounds it: all cores, one thread that cannot
be divided, or shared memory. Nothing is loaded to its limit: what a few sessions use is taken times
as many as fit. `ringtalk capacity --plan`. Owns the server and the crowd that it starts.
"""

import asyncio
import os
from collections.abc import Mapping
from typing import Final

from perf.report import Report
from perf.sessions import cpu
from perf.sessions.load import CrowdProcess
from perf.sessions.target import Target
from runtime.capacity_plan import MOST, CapacityPlan, cores_here
from server.sessions.resources import SESSION_BYTES, SHARED_MEMORY

TRIED: Final = 4
WARM_SECONDS: Final = 5.0
SECONDS: Final = 40.0
SLACK_SECONDS: Final = 120.0
BUSY_MOST: Final = 0.9
"""Of all cores, and of one thread: above it ticks come late."""
FOREIGN_MOST: Final = 0.1
"""Cores that others may use before it is said."""


def fitting(each: Mapping[str, float], limits: Mapping[str, float]) -> tuple[int, str]:
    """How many sessions fit that use so much `each` of what is limited, and what runs out first."""
    counts = {name: limits[name] / used for name, used in each.items() if used > 0}
    bound = min(counts, key=lambda name: counts[name])
    return max(1, min(MOST, int(counts[bound]))), bound


async def measured(server: Target, avatar: str, report: Report) -> CapacityPlan:
    """Let some sessions speak, and work out how many would fit."""
    async with CrowdProcess(server.url, TRIED, SECONDS + SLACK_SECONDS) as crowd:
        await asyncio.sleep(WARM_SECONDS)
        processes = server.processes()
        before, threads = cpu.look(processes), cpu.threads(processes)
        await asyncio.sleep(SECONDS)
        use, spent = cpu.between(before, cpu.look(processes)), cpu.threads(processes)
        level = await crowd.end()
    busiest = max(spent[task] - threads.get(task, 0.0) for task in spent) / SECONDS
    cores = cores_here()
    total = use.of(processes) / TRIED
    each = {"all cores": total, "one thread": busiest / TRIED, "shared memory": SESSION_BYTES}
    space = os.statvfs(SHARED_MEMORY)
    limits = {
        "all cores": BUSY_MOST * cores,
        "one thread": BUSY_MOST,
        "shared memory": float(space.f_bavail * space.f_frsize),
    }
    calls, bound = fitting(each, limits)
    report.table(
        f"{TRIED} sessions of {avatar} that spoke, p5 {level.fps_p5:.1f} fps",
        {
            name: {"each": each[name], "there is": limits[name], "fit": limits[name] / each[name]}
            for name in each
        },
    )
    if use.foreign > FOREIGN_MOST:
        report.say(f"others used {use.foreign:.2f} cores meanwhile: with them fewer will fit")
    return CapacityPlan(avatar, calls, bound, total, cores)
