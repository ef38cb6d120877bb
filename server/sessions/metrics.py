"""What /metrics shows: the sessions, every ring's counters, every actor's histograms.

In: sessions and actor processes. Out: Prometheus exposition text. The rings' counters
are read from shared memory, so looking costs the actors nothing; their histograms
are asked for. Runs in the supervisor; owns the totals of sessions that have ended.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Histogram, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from ringbuf import Counters
from runtime.errors import NotReady
from runtime.layouts import RINGS
from runtime.messages import MetricsRead, ReadMetrics
from runtime.metrics import merged
from runtime.supervisor import Worker
from server.sessions.event_types import TurnMs
from server.sessions.session import Session

COUNTED = ("published", "dropped", "stalls")
TURN_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Seconds: from a part that is hardly there to a wait at which a person gives up."""


class SessionMetrics:
    """The totals, and how they are shown."""

    def __init__(self) -> None:
        self._past: Counter[tuple[str, str]] = Counter()
        self._ended = 0
        self._turns = Histogram(
            "ringtalk_turn_seconds",
            "Time from a person's last voice, or from a text, to the first sound of the answer, "
            "by part.",
            ["part"],
            registry=None,
            buckets=TURN_BUCKETS,
        )

    def timed(self, ms: TurnMs) -> None:
        """A turn took so long."""
        for part, value in ms.model_dump(exclude_none=True).items():
            self._turns.labels(part).observe(value / 1000)

    def ended(self, session: Session) -> None:
        """Keep the counters of a session whose rings are about to go."""
        self._ended += 1
        for ring, counters in session.rings.counters().items():
            for name, value in _counted(counters).items():
                self._past[name, ring] += value

    async def exposition(
        self, workers: Sequence[Worker], sessions: Iterable[Session], more: Iterable[Metric] = ()
    ) -> bytes:
        """Prometheus text format 0.0.4, with `more` families; a process that is down is left
        out."""
        texts = await asyncio.gather(*(_scrape(worker) for worker in workers))
        registry = CollectorRegistry()
        registry.register(
            _CollectedFamilies([*more, *self._house(workers, list(sessions)), *merged(texts)])
        )
        return generate_latest(registry)

    def _house(self, workers: Sequence[Worker], sessions: Sequence[Session]) -> Iterator[Metric]:
        past = CounterMetricFamily("ringtalk_sessions_ended", "Sessions that have ended.")
        past.add_metric([], self._ended)
        restarts = CounterMetricFamily(
            "ringtalk_restarts", "Restarts of an actor process.", labels=["process"]
        )
        for worker in workers:
            restarts.add_metric([worker.name], worker.restarts)
        yield from (past, restarts)
        yield from self._turns.collect()
        yield from self._rings(sessions)

    def _rings(self, sessions: Sequence[Session]) -> Iterator[Metric]:
        totals = Counter(self._past)
        depth: Counter[str] = Counter()
        for session in sessions:
            for ring, counters in session.rings.counters().items():
                depth[ring] += counters.depth
                for name, value in _counted(counters).items():
                    totals[name, ring] += value
        for name in COUNTED:
            family = CounterMetricFamily(
                f"ringtalk_ring_{name}", f"Frames or times: {name}, by ring.", labels=["ring"]
            )
            for ring in RINGS:
                family.add_metric([ring], totals[name, ring])
            yield family
        waiting = GaugeMetricFamily(
            "ringtalk_ring_depth", "Frames that wait in the rings, by ring.", labels=["ring"]
        )
        for ring in RINGS:
            waiting.add_metric([ring], depth[ring])
        yield waiting


class _CollectedFamilies:
    """A Prometheus collector of families that are there already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def _counted(counters: Counters) -> dict[str, int]:
    return {
        "published": counters.published,
        "dropped": counters.dropped,
        "stalls": counters.stalls,
    }


async def _scrape(worker: Worker) -> str:
    try:
        reply = await worker.reach().channel.request(ReadMetrics(), MetricsRead, patience=2.0)
    except NotReady:
        return ""
    return reply.text
