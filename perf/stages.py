"""Where in the server the time goes: its own histograms, between two looks.

In: two Prometheus expositions. Out: for each stage how long frames waited for it and stayed in
it. Pure functions; own nothing. A histogram gives its percentiles only to a bucket's width;
between two bounds a straight line is drawn, as Prometheus's histogram_quantile does.
"""

from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from runtime.layouts import Stage

QUEUE: Final = "ringtalk_queue_seconds"
STAY: Final = "ringtalk_stage_seconds"

Buckets = dict[float, float]
"""Upper bound in seconds -> count of those not above it."""


@dataclass(frozen=True)
class Step:
    """ms; a stage's frames waited `queue`, and stayed `stay`, at the two percentiles."""

    stage: str
    count: int
    queue_p50: float
    queue_p95: float
    stay_p50: float
    stay_p95: float

    def cells(self) -> dict[str, str | float]:
        """One row of the table."""
        return {
            "wait p50 ms": self.queue_p50,
            "wait p95 ms": self.queue_p95,
            "work p50 ms": self.stay_p50,
            "work p95 ms": self.stay_p95,
            "count": str(self.count),
        }


def steps(before: str, after: str) -> list[Step]:
    """The stages that frames passed between the two expositions, in street order."""
    old, new = _histograms(before), _histograms(after)
    found: list[Step] = []
    for stage in (stage.name.lower() for stage in Stage):
        queue, stay = (_less(new, old, (name, stage)) for name in (QUEUE, STAY))
        if queue or stay:
            figures = [
                1000 * quantile(buckets, q) for buckets in (queue, stay) for q in (0.5, 0.95)
            ]
            found.append(Step(stage, int(max([*queue.values(), *stay.values()])), *figures))
    return found


def quantile(buckets: Buckets, q: float) -> float:
    """The q-quantile in seconds; 0 for an empty histogram, the last bound for what is above."""
    bounds = sorted(buckets)
    if not bounds or not buckets[bounds[-1]]:
        return 0.0
    rank, low, below = q * buckets[bounds[-1]], 0.0, 0.0
    for bound in bounds:
        if buckets[bound] >= rank:
            if bound == float("inf"):
                return low
            return low + (bound - low) * (rank - below) / (buckets[bound] - below)
        low, below = bound, buckets[bound]
    return low


def _less(
    new: dict[tuple[str, str], Buckets], old: dict[tuple[str, str], Buckets], key: tuple[str, str]
) -> Buckets:
    past = old.get(key, {})
    return {bound: count - past.get(bound, 0.0) for bound, count in new.get(key, {}).items()}


def _histograms(exposition: str) -> dict[tuple[str, str], Buckets]:
    found: dict[tuple[str, str], Buckets] = {}
    for family in text_string_to_metric_families(exposition):
        if family.name in (QUEUE, STAY):
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    buckets = found.setdefault((family.name, sample.labels["stage"]), {})
                    buckets[float(sample.labels["le"])] = sample.value
    return found
