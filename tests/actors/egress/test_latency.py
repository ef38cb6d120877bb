"""Histograms out of the stamps that a frame carries."""

import numpy as np
import pytest
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry

from actors.egress.latency import LatencyMetrics
from runtime.layouts import Stage

MS = 1_000_000


class Watched:
    """Latency and its registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.latency = LatencyMetrics(self.registry)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(f"ringtalk_{name}", labels)

    def observe(
        self, stamps: NDArray[np.int64], left: int = 0, *, first: bool = False, spoken: bool = True
    ) -> None:
        self.latency.observe(stamps, left, first=first, spoken=spoken)


def stamps(**stages: tuple[int, int]) -> NDArray[np.int64]:
    """Stamps in ms by stage, 0 where the frame did not pass."""
    made = np.zeros((len(Stage), 2), np.int64)
    for name, row in stages.items():
        made[Stage[name.upper()]] = np.array(row) * MS
    return made


def test_each_stage_and_each_wait_before_it_is_timed() -> None:
    it = Watched()
    it.observe(
        stamps(
            ingest=(1000, 1020),
            features=(1021, 1025),
            inference=(1030, 1045),
            compositor=(1080, 1083),
            egress=(1084, 0),
        )
    )
    stages = {"ingest": 0.020, "features": 0.004, "inference": 0.015, "compositor": 0.003}
    for stage, seconds in stages.items():
        assert it.value("stage_seconds_sum", stage=stage) == pytest.approx(seconds)
        assert it.value("stage_seconds_count", stage=stage) == 1
    waits = {"features": 0.001, "inference": 0.005, "compositor": 0.035, "egress": 0.001}
    for stage, seconds in waits.items():
        assert it.value("queue_seconds_sum", stage=stage) == pytest.approx(seconds)
    assert it.value("queue_seconds_count", stage="ingest") is None, "nobody stands before it"
    assert it.value("stage_seconds_count", stage="egress") is None, "it had not given it on"


def test_the_first_sound_is_timed_from_the_request_and_only_once() -> None:
    it = Watched()
    carried = stamps(ingest=(1000, 1020))
    it.observe(carried, 1150 * MS, first=True)
    it.observe(carried, 1190 * MS)
    assert it.value("first_sound_seconds_count") == 1
    assert it.value("first_sound_seconds_sum") == pytest.approx(0.150)
    assert it.value("first_sound_seconds_bucket", le="0.08") == 0
    assert it.value("first_sound_seconds_bucket", le="0.16") == 1


def test_idle_ticks_are_counted_and_not_timed() -> None:
    it = Watched()
    it.observe(stamps(compositor=(1, 2)), 3 * MS, spoken=False)
    it.observe(stamps(compositor=(1, 2)), 3 * MS)
    assert it.value("ticks_total", kind="idle") == 1
    assert it.value("ticks_total", kind="spoken") == 1
    assert it.value("stage_seconds_count", stage="compositor") == 1


def test_a_stage_that_a_frame_did_not_pass_is_not_timed() -> None:
    it = Watched()
    it.observe(stamps(features=(10, 12), compositor=(50, 51)), 60 * MS, first=True)
    assert it.value("stage_seconds_count", stage="ingest") is None
    assert it.value("queue_seconds_count", stage="features") is None
    assert it.value("queue_seconds_count", stage="compositor") is None
    assert it.value("first_sound_seconds_count") == 0
