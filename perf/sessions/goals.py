"""What is to be reached, and whether it was: the figures of the latency promise.

In: samples by name. Out: a verdict for each goal. Pure data and arithmetic; owns nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from perf.report import Spread

UNDER_LOAD: Final = 2.0
"""One session among many may be so many times as slow."""
LOADED: Final = "under load: "
PASSED: Final = "✓"
FAILED: Final = "✗"
NOT_TAKEN: Final = "-"


@dataclass(frozen=True)
class Goal:
    """Limits in the samples' unit. magnitude: p95 is that of the distances from 0."""

    name: str
    p50: float | None
    p95: float | None
    magnitude: bool = False
    unit: str = "ms"


SOUND_IN: Final = "humanaudio → sound"
MOUTH_IN: Final = "humanaudio → mouth"
TEXT_IN: Final = "echo → sound"
SILENCED: Final = "interrupt → last loud packet"
STILLED: Final = "interrupt → mouth still"
LIPS: Final = "mouth minus sound"
CONNECT: Final = "offer → first picture"
SOUND_JITTER: Final = "sound: off its pace"
PICTURE_JITTER: Final = "pictures: off their pace"

LATENCIES: Final = (
    Goal(SOUND_IN, 60, 90),
    Goal(MOUTH_IN, 80, 120),
    Goal(TEXT_IN, 120, 180),
    Goal(SILENCED, 40, 80),
    Goal(STILLED, 40, 80),
)
GOALS: Final = (
    *LATENCIES,
    Goal(LIPS, 20, 40, magnitude=True),
    Goal(CONNECT, 120, 200),
    Goal(SOUND_JITTER, None, 5),
    Goal(PICTURE_JITTER, None, 5),
    *(
        Goal(LOADED + goal.name, goal.p50 * UNDER_LOAD, goal.p95 * UNDER_LOAD)
        for goal in LATENCIES
        if goal.p50 is not None and goal.p95 is not None
    ),
)
FPS_LEAST: Final = 24.0
GAP_MOST_MS: Final = 40.0


@dataclass(frozen=True)
class Verdict:
    """What was found for one goal; spread is None where nothing could be measured.

    missing: trials in which what was waited for did not come."""

    goal: Goal
    spread: Spread | None
    p95: float
    missing: int

    @property
    def mark(self) -> str:
        """Whether both percentiles keep the limits and nothing is missing."""
        if self.spread is None:
            return FAILED if self.missing else NOT_TAKEN
        kept = (self.goal.p50 is None or abs(self.spread.p50) <= self.goal.p50) and (
            self.goal.p95 is None or self.p95 <= self.goal.p95
        )
        return PASSED if kept and not self.missing else FAILED

    def cells(self) -> dict[str, str | float]:
        """One row of the table."""
        found = self.spread
        return {
            "p50": found.p50 if found else NOT_TAKEN,
            "≤": NOT_TAKEN if self.goal.p50 is None else f"{self.goal.p50:g}",
            "p95": self.p95 if found else NOT_TAKEN,
            "≤ ": NOT_TAKEN if self.goal.p95 is None else f"{self.goal.p95:g}",
            "p99": found.p99 if found else NOT_TAKEN,
            "count": str(found.count if found else 0),
            "missing": str(self.missing),
            "": self.mark,
        }


def verdict(goal: Goal, samples: Sequence[float | None]) -> Verdict:
    """Samples that are None are missing ones."""
    there = [sample for sample in samples if sample is not None]
    missing = len(samples) - len(there)
    if not there:
        return Verdict(goal, None, 0.0, missing)
    far = np.abs(there) if goal.magnitude else np.array(there)
    return Verdict(goal, Spread.of(there), float(np.percentile(far, 95)), missing)


def verdicts(samples: Mapping[str, Sequence[float | None]]) -> list[Verdict]:
    """One for each goal, in their order."""
    return [verdict(goal, samples.get(goal.name, ())) for goal in GOALS]
