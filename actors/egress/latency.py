"""Latency of every frame, from the stamps that it carries.

In: the stamps of a tick that leaves. Out: Prometheus histograms, in seconds, by
stage; never by session. Runs in egress; owns the histograms.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter, Histogram

from runtime.layouts import Stage

BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28)
NS: Final = 1e-9


class LatencyMetrics:
    """What the stamps say."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._stage = Histogram(
            "ringtalk_stage_seconds",
            "Time from taking a frame to giving it on, by stage.",
            ["stage"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._queue = Histogram(
            "ringtalk_queue_seconds",
            "Time that a frame waited in the ring before a stage took it, by stage.",
            ["stage"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._first = Histogram(
            "ringtalk_first_sound_seconds",
            "Time from a request to the moment its first tick leaves.",
            buckets=BUCKETS,
            registry=registry,
        )
        self._ticks = Counter(
            "ringtalk_ticks_total", "Ticks that left, by kind.", ["kind"], registry=registry
        )
        self._pictureless = Counter(
            "ringtalk_ticks_without_picture_total",
            "Ticks that left without a picture, while that of before stood still.",
            registry=registry,
        )

    def without_picture(self) -> None:
        """A tick's picture was not there in time."""
        self._pictureless.inc()

    def observe(self, stamps: NDArray[np.int64], left: int, *, first: bool, spoken: bool) -> None:
        """A tick left at `left` (ns); `first` of its utterance, `spoken` or idle."""
        self._ticks.labels("spoken" if spoken else "idle").inc()
        if not spoken:
            return
        before = 0
        for stage in Stage:
            taken, given = int(stamps[stage, 0]), int(stamps[stage, 1])
            if taken and before:
                self._queue.labels(stage.name.lower()).observe((taken - before) * NS)
            if taken and given:
                self._stage.labels(stage.name.lower()).observe((given - taken) * NS)
            before = given
        if first and stamps[Stage.INGEST, 0]:
            self._first.observe((left - int(stamps[Stage.INGEST, 0])) * NS)
