"""Where in the server the time goes: its histograms between two looks, and its trace.

In: two Prometheus expositions, or a trace (server.sessions.trace_format). Out: for each stage how
long frames waited for it and stayed in it. Of a trace only the first tick of each utterance counts:
those that follow are made ahead of the ear, and wait. A histogram gives its percentiles only to a
bucket's width; between two bounds a straight line is drawn, as Prometheus's histogram_quantile
does. Pure functions; own nothing.
"""

import json
from dataclasses import dataclass
from typing import Final

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from runtime.layouts import Stage
from server.sessions.trace_format import LANES

QUEUE: Final = "ringtalk_queue_seconds"
STAY: Final = "ringtalk_stage_seconds"
US_PER_MS: Final = 1000.0

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
    """The stages that frames passed between the two expositions, in the table's order."""
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


def first_steps(trace: bytes) -> list[Step]:
    """The way of the first ticks of all utterances in a trace; [] for what is no trace."""
    try:
        events = json.loads(trace)["traceEvents"]
    except (ValueError, LookupError, TypeError):
        return []
    names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    ticks: dict[tuple[int, int], list[tuple[int, float, float]]] = {}
    for event in events:
        if event["ph"] == "X" and "FIRST" in event["args"]["flags"]:
            tick = event["tid"] // LANES, event["args"]["tick"]
            ticks.setdefault(tick, []).append((event["pid"], event["ts"], event["dur"]))
    waits: dict[int, list[float]] = {}
    stays: dict[int, list[float]] = {}
    for slices in ticks.values():
        given = min(begin for _, begin, _ in slices)
        for track, begin, length in sorted(slices):
            waits.setdefault(track, []).append((begin - given) / US_PER_MS)
            stays.setdefault(track, []).append(length / US_PER_MS)
            if track <= Stage.EGRESS:
                given = begin + length
    return [
        Step(
            names[track],
            len(waits[track]),
            *(float(np.percentile(each[track], q)) for each in (waits, stays) for q in (50, 95)),
        )
        for track in sorted(waits)
    ]


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
