"""The supervisor of the actor processes: spawn, watch, restart with back-off.

In: the actor table and a placement. Out: for each actor a `Worker` to send messages
to, which outlives the process behind it. Knows nothing of what a session is; its
owner hears of a restart and tells the new process of the sessions that go on. Runs
in the supervisor process; owns the actor processes.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from runtime.actor_row import ActorRow, ActorTable
from runtime.errors import NotReady, RingtalkError
from runtime.messages import ActorNews, ActorSettings, Begin, HostedActor
from runtime.process import Process

logger = logging.getLogger(__name__)

Placement = Literal["shared", "separate"]


@dataclass(eq=False)
class Worker:
    """One actor process and what it hosts, across its lives."""

    name: str
    rows: tuple[ActorRow, ...]
    process: Process | None = None
    ready: bool = False
    restarts: int = 0
    deaths_in_a_row: int = 0
    born: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def reach(self) -> Process:
        """The process that is there now; raises NotReady while it is (re)started."""
        if self.process is None or not self.ready:
            raise NotReady(f"{self.name} is being started; try again in a second")
        return self.process


class Supervisor:
    """All actor processes.

    on_event(worker, event): an actor tells something. on_up(worker): a restarted
    process is ready, its sessions are to be opened again. on_down(worker): a process
    died."""

    def __init__(
        self,
        table: ActorTable,
        placement: Placement,
        settings: ActorSettings,
        *,
        copies: int,
        on_event: Callable[[Worker, ActorNews], None],
        on_up: Callable[[Worker], Awaitable[None]],
        on_down: Callable[[Worker], None],
    ) -> None:
        self._settings = settings
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._stopping = False
        self.workers = [Worker(name, rows) for name, rows in place(table, placement, copies)]

    def workers_of(self, actor: str) -> list[Worker]:
        """The workers that host this actor: one, or several where the row says many."""
        return [worker for worker in self.workers if any(row.name == actor for row in worker.rows)]

    async def start(self) -> None:
        """Start all processes at once; returns when every actor is ready.

        Raises NotReady, after having stopped the others, when one does not come up."""
        try:
            async with asyncio.TaskGroup() as group:
                for worker in self.workers:
                    group.create_task(self._spawn(worker))
        except* RingtalkError as errors:
            await self.stop(patience=2.0)
            raise NotReady(str(errors.exceptions[0])) from errors

    async def stop(self, patience: float) -> None:
        """Stop all processes; none is left when this returns."""
        self._stopping = True
        for worker in self.workers:
            if worker.task is not None:
                worker.task.cancel()
        living = [worker.process for worker in self.workers if worker.process is not None]
        await asyncio.gather(*(process.stop(patience) for process in living))
        for worker in self.workers:
            worker.process, worker.ready = None, False

    async def _spawn(self, worker: Worker) -> None:
        hosted = [HostedActor(row.name, row.target) for row in worker.rows]
        worker.born = time.monotonic()
        worker.process = Process(
            Begin(worker.name, hosted, min(row.nice for row in worker.rows), self._settings),
            on_event=lambda event: self._on_event(worker, event),
            on_death=lambda: self._died(worker),
        )
        await worker.process.start()
        worker.ready = True
        logger.info(
            "%s is ready",
            worker.name,
            extra={
                "fields": {
                    "pid": worker.process.pid,
                    "seconds": round(time.monotonic() - worker.born, 2),
                }
            },
        )

    def _died(self, worker: Worker) -> None:
        was_ready, worker.ready, worker.process = worker.ready, False, None
        if self._stopping:
            return
        policy = worker.rows[0].restart
        lived = time.monotonic() - worker.born
        worker.deaths_in_a_row = 1 if lived > policy.forgive_seconds else worker.deaths_in_a_row + 1
        delay = policy.delay(worker.deaths_in_a_row)
        logger.error(
            "%s died; it restarts in %.2f s",
            worker.name,
            delay,
            extra={"fields": {"lived": _since(worker.born), "deaths": worker.deaths_in_a_row}},
        )
        if was_ready:
            self._on_down(worker)
            worker.task = asyncio.get_running_loop().create_task(self._restart(worker, delay))

    async def _restart(self, worker: Worker, delay: float) -> None:
        while not self._stopping:
            await asyncio.sleep(delay)
            worker.restarts += 1
            try:
                await self._spawn(worker)
            except RingtalkError as error:
                delay = worker.rows[0].restart.delay(worker.deaths_in_a_row)
                logger.error("%s did not start: %s", worker.name, error)
                continue
            await self._on_up(worker)
            return


def place(
    table: ActorTable, placement: Placement, copies: int
) -> list[tuple[str, tuple[ActorRow, ...]]]:
    """Which process hosts which rows, in the table's order."""
    processes: dict[str, list[ActorRow]] = {}
    for row in table:
        home = row.shared if placement == "shared" else row.separate
        processes.setdefault(home, []).append(row)
    placed: list[tuple[str, tuple[ActorRow, ...]]] = []
    for name, rows in processes.items():
        if copies > 1 and all(row.many for row in rows):
            placed += [(f"{name}-{number}", tuple(rows)) for number in range(copies)]
        else:
            placed.append((name, tuple(rows)))
    return placed


def _since(moment: float) -> float:
    return round(time.monotonic() - moment, 2)
