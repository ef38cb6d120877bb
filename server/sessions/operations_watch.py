"""The service as its operators watch it: one look a second for all of them, none without one.

In: the sessions, the workers, and what the egress processes count and remember of the last
second. Out: `Operations`. Runs in the supervisor's process; owns the last look. Nothing is measured
for it: egress counts bytes and keeps every tick's stamps anyway, and is asked only while somebody
watches.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from actors.table import TABLE
from runtime.errors import NotReady, QueueFull
from runtime.layouts import Stage
from runtime.messages import ConnectionCounts, ConnectionsRead, ReadConnections
from runtime.supervisor import Supervisor, Worker
from runtime.trace import Rows
from server.sessions.health import ServiceHealth
from server.sessions.operations_types import Operations, StageTimes, WatchedActor, WatchedSession
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session

EVERY_SECONDS: Final = 1.0
MOST_WATCHERS: Final = 16
_FORGOTTEN_SECONDS: Final = 3 * EVERY_SECONDS
"""Counts that are older tell nothing of the last second."""
_PATIENCE: Final = 2.0
_NS_PER_MS: Final = 1e6
_KBIT: Final = 8 / 1000
Recording = Callable[[Session], bool]


@dataclass(frozen=True)
class _Moment:
    """at: seconds of the monotonic clock. counts: by session."""

    at: float = -_FORGOTTEN_SECONDS
    counts: Mapping[str, ConnectionCounts] = field(default_factory=dict)
    shown: Operations | None = None


class OperationsWatch:
    """Implements server.sessions.service.OperationsReport. recording: whether a session is being
    recorded."""

    def __init__(
        self,
        registry: SessionRegistry,
        supervisor: Supervisor,
        health: ServiceHealth,
        recording: Recording,
    ) -> None:
        self._registry = registry
        self._supervisor = supervisor
        self._health = health
        self._recording = recording
        self._last = _Moment()
        self._looking = asyncio.Lock()
        self._watchers = 0
        self._stopped = asyncio.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """While somebody watches. Raises QueueFull when MOST_WATCHERS do already."""
        if self._watchers >= MOST_WATCHERS:
            raise QueueFull(f"{MOST_WATCHERS} pages watch the operations already")
        self._watchers += 1
        try:
            yield
        finally:
            self._watchers -= 1

    async def look(self) -> Operations:
        """The service now, or as another watcher saw it less than half a second ago."""
        async with self._looking:
            if self._last.shown is None or time.monotonic() - self._last.at > EVERY_SECONDS / 2:
                self._last = await self._taken(self._last)
            assert self._last.shown is not None
            return self._last.shown

    async def until_next(self) -> bool:
        """Wait until it is time for the next look; False once the service stops."""
        try:
            async with asyncio.timeout(EVERY_SECONDS):
                await self._stopped.wait()
        except TimeoutError:
            return True
        return False

    def stop(self) -> None:
        """Send every watcher away."""
        self._stopped.set()

    async def _taken(self, before: _Moment) -> _Moment:
        workers = self._supervisor.workers_of("egress")
        asked = asyncio.gather(*(_connections(worker) for worker in workers))
        rows, answers = await asyncio.gather(self._health.trace(EVERY_SECONDS), asked)
        now = time.monotonic()
        counts = {one.session: one for answer in answers for one in answer}
        past = before.counts if now - before.at < _FORGOTTEN_SECONDS else {}
        health = self._health.state()
        sessions = [
            self._session(one, counts.get(one.id), past.get(one.id), now - before.at, rows)
            for one in self._registry
        ]
        actors = [
            _actor(row.name, worker)
            for row in TABLE
            for worker in self._supervisor.workers_of(row.name)
        ]
        shown = Operations(
            ready=health.ready,
            lacking=health.lacking,
            capacity=health.capacity,
            sessions=sessions,
            actors=actors,
        )
        return _Moment(now, counts, shown)

    def _session(
        self,
        session: Session,
        counts: ConnectionCounts | None,
        past: ConnectionCounts | None,
        seconds: float,
        rows: Rows,
    ) -> WatchedSession:
        spec = session.rings.spec
        shown = WatchedSession(
            sessionid=session.id,
            avatar=session.avatar,
            engine=spec.shape.engine,
            state=session.state,
            dialogue=session.dialogue.state,
            speaking=session.speaking,
            recording=self._recording(session),
            seconds=round(time.monotonic() - session.born, 1),
            stages=stage_times(rows[rows["session"] == session.id.encode()]),
        )
        return shown if counts is None else shown.model_copy(update=_way(counts, past, seconds))


def stage_times(rows: Rows) -> list[StageTimes]:
    """Of each stage that had one of these ticks, from their stamps."""
    found = []
    for stage in Stage:
        taken, given = rows["stamps"][:, stage, 0], rows["stamps"][:, stage, 1]
        if stage is Stage.EGRESS:
            given = rows["left"]
        took = (given - taken)[(taken > 0) & (given > 0)] / _NS_PER_MS
        if len(took):
            median, most = round(float(np.median(took)), 2), round(float(took.max()), 2)
            found.append(StageTimes(stage=stage.name.lower(), median=median, most=most))
    return found


def _way(
    counts: ConnectionCounts, past: ConnectionCounts | None, seconds: float
) -> dict[str, float | None]:
    """The fields of `WatchedSession` that tell of the way to the client."""
    trip = counts.round_trip
    way: dict[str, float | None] = {
        "target_kbps": counts.target / 1000,
        "loss": counts.lost,
        "round_trip_ms": None if trip is None else round(trip * 1000, 1),
        "dropped": counts.dropped,
    }
    if past is not None and counts.picture_bytes >= past.picture_bytes:
        pictures = counts.picture_bytes - past.picture_bytes
        sound = counts.sound_bytes - past.sound_bytes
        way["picture_kbps"] = round(pictures * _KBIT / seconds, 1)
        way["sound_kbps"] = round(sound * _KBIT / seconds, 1)
    return way


def _actor(name: str, worker: Worker) -> WatchedActor:
    pid = worker.process.pid if worker.process is not None else None
    state = "ready" if worker.serves else "starting"
    return WatchedActor(actor=name, pid=pid, state=state, restarts=worker.restarts)


async def _connections(worker: Worker) -> list[ConnectionCounts]:
    """What one egress process counts; nothing while it is down."""
    try:
        channel = worker.reach().channel
        read = await channel.request(
            ReadConnections(), ConnectionsRead, actor="egress", patience=_PATIENCE
        )
    except NotReady:
        return []
    return read.connections
