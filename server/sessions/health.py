"""How the service is: its actors, its ticks, its counters.

In: the workers of the supervisor. Out: what /healthz, /trace and /metrics show; what the actors
remember is asked of them. Runs in the supervisor's process; owns nothing.
"""

import asyncio
import os
import time

from actors.table import TABLE
from runtime.errors import NotReady
from runtime.messages import ReadTrace, TraceRead
from runtime.settings import Settings
from runtime.supervisor import Supervisor, Worker
from runtime.trace import KEPT, PAGE, ROW, Rows, rows_of
from server.sessions import process_metrics
from server.sessions.metrics import SessionMetrics
from server.sessions.registry import SessionRegistry
from server.sessions.resources import shortage_of
from server.sessions.service import ActorHealth, Health


class ServiceHealth:
    """Implements server.sessions.service.HealthReport."""

    def __init__(
        self,
        settings: Settings,
        registry: SessionRegistry,
        supervisor: Supervisor,
        metrics: SessionMetrics,
    ) -> None:
        self._capacity = settings.max_calls
        self._registry = registry
        self._supervisor = supervisor
        self._metrics = metrics

    def state(self) -> Health:
        """Ready when every actor is and the machine has room for a session."""
        actors = {row.name: _health(self._supervisor.workers_of(row.name)[0]) for row in TABLE}
        ready = all(worker.serves for worker in self._supervisor.workers)
        lacking = self._lacking()
        accepting = self._registry.accepting and ready and not lacking
        return Health(accepting, actors, len(self._registry), self._capacity, lacking)

    def obstacle(self) -> str:
        """As things are now; an actor that restarts comes before what is missing."""
        if not self._registry.accepting:
            return "the server is starting or stopping"
        down = [worker.name for worker in self._supervisor.workers if not worker.serves]
        if down:
            return f"being started: {', '.join(down)}"
        if len(self._registry) >= self._capacity:
            return f"all {self._capacity} sessions are taken (setting max_calls)"
        return self._lacking()

    def _lacking(self) -> str:
        held = (worker.process for worker in self._supervisor.workers)
        return shortage_of([os.getpid(), *(one.pid for one in held if one is not None)])

    async def trace(self, seconds: float) -> Rows:
        """What the egress processes remember; one that is down is left out."""
        after = time.monotonic_ns() - int(seconds * 1e9)
        workers = self._supervisor.workers_of("egress")
        return rows_of(await asyncio.gather(*(_remembered(worker, after) for worker in workers)))

    async def metrics(self) -> bytes:
        """The server and its processes, the rings' counters, every actor's histograms."""
        workers = self._supervisor.workers
        accepting = not self.obstacle()
        itself = [
            process_metrics.build(),
            *process_metrics.room(len(self._registry), self._capacity, accepting=accepting),
            *process_metrics.processes(workers),
        ]
        return await self._metrics.exposition(workers, self._registry, itself)


def _health(worker: Worker) -> ActorHealth:
    pid = worker.process.pid if worker.process is not None else None
    return ActorHealth(pid, "ready" if worker.serves else "starting", worker.restarts)


async def _remembered(worker: Worker, after: int) -> bytes:
    """The rows of one egress process, page by page."""
    pages: list[bytes] = []
    while len(pages) <= KEPT // PAGE:
        try:
            channel = worker.reach().channel
            page = (await channel.request(ReadTrace(after), TraceRead, actor="egress")).rows
        except NotReady:
            break
        pages.append(page)
        if len(page) < PAGE * ROW.itemsize:
            break
        after = int(rows_of([page])["left"][-1])
    return b"".join(pages)
