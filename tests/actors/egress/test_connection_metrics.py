"""What went to all clients: totals that never fall, and ways as they are now."""

import pytest
from prometheus_client import CollectorRegistry

from actors.egress.connection_metrics import ConnectionMetrics, Way, way_of
from runtime.messages import ConnectionCounts


def counts(
    lost: float | None = None, round_trip: float | None = None, *, sent: int = 0
) -> ConnectionCounts:
    return ConnectionCounts("7", sent, sent // 10, 1_000_000, sent // 100, lost, round_trip)


def test_totals_stay_when_a_connection_ends() -> None:
    registry = CollectorRegistry()
    there = [counts(sent=1000), counts(sent=3000)]
    metrics = ConnectionMetrics(registry, lambda: there)

    def total(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert total("ringtalk_sent_bytes_total", kind="picture") == 4000
    metrics.ended(there.pop())
    assert total("ringtalk_sent_bytes_total", kind="picture") == 4000
    assert total("ringtalk_sent_bytes_total", kind="sound") == 400
    assert total("ringtalk_pictures_dropped_total") == 40
    assert total("ringtalk_connections", way="unknown") == 1


@pytest.mark.parametrize(
    ("lost", "round_trip", "way"),
    [
        (None, None, "unknown"),
        (0.0, None, "good"),
        (0.049, 0.29, "good"),
        (0.0, 0.3, "far"),
        (0.05, 0.3, "lossy"),
    ],
)
def test_what_a_client_notices(lost: float | None, round_trip: float | None, way: Way) -> None:
    assert way_of(counts(lost, round_trip)) == way


def test_sums_are_of_those_that_reported() -> None:
    registry = CollectorRegistry()
    ConnectionMetrics(registry, lambda: [counts(), counts(0.1, 0.2), counts(0.3, 0.4)])
    assert registry.get_sample_value("ringtalk_loss_sum") == pytest.approx(0.4)
    assert registry.get_sample_value("ringtalk_round_trip_seconds_sum") == pytest.approx(0.6)
