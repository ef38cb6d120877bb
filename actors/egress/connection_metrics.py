"""What went to all clients, and how their ways are, for /metrics; never by session.

In: each connection's counts, when Prometheus asks and when it ends. Out: families of metrics. Runs
in egress; owns the totals of connections that have ended.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from runtime.messages import ConnectionCounts

LOSSY: Final = 0.05
"""Part of the packets from whose loss on a picture is seen to stand still."""
FAR: Final = 0.3
"""Seconds there and back from which on a conversation is felt to drag."""
Way = Literal["good", "lossy", "far", "unknown"]
WAYS: Final[tuple[Way, ...]] = ("good", "lossy", "far", "unknown")


class ConnectionMetrics(Collector):
    """A collector over the connections of one egress process."""

    def __init__(
        self, registry: CollectorRegistry, counts: Callable[[], Iterable[ConnectionCounts]]
    ) -> None:
        """`counts` gives those that are there now."""
        self._counts = counts
        self._past: Counter[str] = Counter()
        registry.register(self)

    def ended(self, counts: ConnectionCounts) -> None:
        """A connection is about to go."""
        self._past += _totals(counts)

    def collect(self) -> Iterator[Metric]:
        now = list(self._counts())
        totals = sum((_totals(one) for one in now), self._past.copy())
        sent = CounterMetricFamily(
            "ringtalk_sent_bytes", "Coded and handed to the network, by kind.", labels=["kind"]
        )
        for kind in ("picture", "sound"):
            sent.add_metric([kind], totals[kind])
        dropped = CounterMetricFamily(
            "ringtalk_pictures_dropped",
            "Pictures that were not encoded or sent: a newer one overtook them.",
        )
        dropped.add_metric([], totals["dropped"])
        ways = GaugeMetricFamily(
            "ringtalk_connections",
            "Clients, by their last report: lossy from 5 % on, else far from 0.3 s on.",
            labels=["way"],
        )
        found = Counter(way_of(one) for one in now)
        for way in WAYS:
            ways.add_metric([way], found[way])
        yield from (sent, dropped, ways, *_sums(now))


def way_of(counts: ConnectionCounts) -> Way:
    """What a client notices of its way, by its last report."""
    if counts.lost is None:
        return "unknown"
    if counts.lost >= LOSSY:
        return "lossy"
    return "far" if (counts.round_trip or 0.0) >= FAR else "good"


def _sums(now: list[ConnectionCounts]) -> Iterator[Metric]:
    """Sums, so that those of several processes may be added; by the clients they are means."""
    loss = GaugeMetricFamily("ringtalk_loss_sum", "Of the lost parts that the clients report.")
    loss.add_metric([], sum(one.lost or 0.0 for one in now))
    trip = GaugeMetricFamily(
        "ringtalk_round_trip_seconds_sum", "Of the times there and back that they report."
    )
    trip.add_metric([], sum(one.round_trip or 0.0 for one in now))
    yield from (loss, trip)


def _totals(counts: ConnectionCounts) -> Counter[str]:
    return Counter(picture=counts.picture_bytes, sound=counts.sound_bytes, dropped=counts.dropped)
