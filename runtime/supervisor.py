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
from functools import partial
from typing import Literal

from runtime.actor_row import ActorRow, ActorTable
from runtime.errors import NotReady, RingtalkError
from runtime.messages import ActorNews, ActorSettings, Begin, HostedActor
from runtime.process import Process
from runtime.process_life import ProcessState

logger = logging.getLogger(__name__)

Placement = Literal["shared", "separate"]
MakeProcess = Callable[[Begin, Callable[[ActorNews], None]], Process]


@dataclass(eq=False)
class Worker:
    """One actor process and what it hosts, across its lives. restored: it was told of the sessions
    that went on without it."""

    name: str
    rows: tuple[ActorRow, ...]
    process: Process | None = None
    restored: bool = False
    restarts: int = 0
    deaths_in_a_row: int = 0
    born: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def ready(self) -> bool:
        return self.process is not None and self.process.state is ProcessState.READY

    @property
    def serves(self) -> bool:
        """Whether it is ready and has all its sessions."""
        return self.ready and self.restored

    def reach(self) -> Process:
        """The process that is there now; raises NotReady while it is (re)started."""
        if self.process is None or not self.ready:
            raise NotReady(f"{self.name} is being started; try again in a second")
        return self.process


class Supervisor:
    """All actor processes.

    on_event(worker, event): an actor tells something. on_up(worker): a restarted
    process is ready, its sessions are to be opened again. on_down(worker): a process
    died that had been ready."""

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
        make: MakeProcess = Process,
    ) -> None:
        self._settings = settings
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._make = make
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
        except* (RingtalkError, OSError) as errors:
            await self.stop(patience=2.0)
            raise NotReady(str(errors.exceptions[0])) from errors
        for worker in self.workers:
            worker.restored = True
            worker.task = asyncio.get_running_loop().create_task(self._keep(worker))

    async def stop(self, patience: float) -> None:
        """Stop all processes; none is left when this returns."""
        for worker in self.workers:
            if worker.task is not None:
                worker.task.cancel()
        living = [worker.process for worker in self.workers if worker.process is not None]
        await asyncio.gather(*(process.stop(patience) for process in living))
        for worker in self.workers:
            worker.process = None

    async def _keep(self, worker: Worker) -> None:
        """One life after the other, until cancelled. A worker is here from its first life on, so
        no order of deaths, events and ends of sockets can leave one without its next life."""
        while worker.process is not None:
            await worker.process.gone()
            worker.restored = False
            self._down(worker)
            why = "died"
            while why:
                await asyncio.sleep(self._delay(worker, why))
                why = await self._revive(worker)

    def _down(self, worker: Worker) -> None:
        try:
            self._on_down(worker)
        except Exception:  # the owner's fault must not cost the worker its next life
            logger.exception("sessions of %s could not be told of its death", worker.name)

    async def _revive(self, worker: Worker) -> str:
        """Spawn it anew; why that failed, or "". Nothing may end the attempts: what the machine
        lacks now, descriptors or memory, it may have next time."""
        worker.restarts += 1
        try:
            await self._spawn(worker)
        except Exception as error:  # noqa: BLE001 - see above; `_delay` logs it
            return f"did not start: {error}"
        await self._restore(worker)
        return ""

    async def _restore(self, worker: Worker) -> None:
        """Have its sessions opened, unless it dies over it."""
        assert worker.process is not None
        opening = asyncio.ensure_future(self._on_up(worker))
        dying = asyncio.ensure_future(worker.process.gone())
        await asyncio.wait([opening, dying], return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not opening.done():
            opening.cancel()
        await asyncio.wait([opening, dying])
        if not opening.cancelled() and (error := opening.exception()) is not None:
            logger.error("sessions of %s could not go on", worker.name, exc_info=error)
        worker.restored = True

    async def _spawn(self, worker: Worker) -> None:
        """Raises RingtalkError or OSError when it cannot be had; then there is no process."""
        hosted = [HostedActor(row.name, row.target) for row in worker.rows]
        worker.born = time.monotonic()
        begin = Begin(worker.name, hosted, min(row.nice for row in worker.rows), self._settings)
        process = worker.process = self._make(begin, partial(self._on_event, worker))
        try:
            await process.start()
        except (RingtalkError, OSError):
            await process.gone()
            raise
        fields = {"pid": process.pid, "seconds": _since(worker.born)}
        logger.info("%s is ready", worker.name, extra={"fields": fields})

    def _delay(self, worker: Worker, what: str) -> float:
        """Count a death, and log it; how long to wait for the next life."""
        policy = worker.rows[0].restart
        lived = time.monotonic() - worker.born
        worker.deaths_in_a_row = 1 if lived > policy.forgive_seconds else worker.deaths_in_a_row + 1
        delay = policy.delay(worker.deaths_in_a_row)
        fields = {"lived": _since(worker.born), "deaths": worker.deaths_in_a_row}
        message = "%s %s; it restarts in %.2f s"
        logger.error(message, worker.name, what, delay, extra={"fields": fields})
        return delay


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
