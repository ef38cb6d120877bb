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
        ticks = Counter(
            "ringtalk_ticks_total", "Ticks that left, by kind.", ["kind"], registry=registry
        )
        self._spoken, self._idle = ticks.labels("spoken"), ticks.labels("idle")
        self._labelled: dict[tuple[bool, int], Histogram] = {}
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
        if not spoken:
            self._idle.inc()
            return
        self._spoken.inc()
        before, times = 0, stamps.tolist()
        for stage, (taken, given) in enumerate(times):
            if taken and before:
                self._of(stage, waits=True).observe((taken - before) * NS)
            if taken and given:
                self._of(stage, waits=False).observe((given - taken) * NS)
            before = given
        begun = times[Stage.INGEST][0]
        if first and begun:
            self._first.observe((left - begun) * NS)

    def _of(self, stage: int, *, waits: bool) -> Histogram:
        """The histogram of a stage, resolved once: of what waits for it, or of its work."""
        found = self._labelled.get((waits, stage))
        if found is None:
            of = self._queue if waits else self._stage
            found = self._labelled[waits, stage] = of.labels(Stage(stage).name.lower())
        return found
