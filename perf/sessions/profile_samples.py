"""All that one profile measured: what its tables and plots are made from.

Filled by perf/sessions/profile.py, read by it and by profile_page.py. Plain data; owns nothing.
"""

from dataclasses import dataclass, field

from perf.sessions.load import Level
from perf.sessions.stages import Step


@dataclass
class ProfileSamples:
    """All that was measured.

    samples: by goal, None for a trial without a result. stolen: how often speech that was
    interrupted at once was heard, by kind. steps: of every spoken tick; first: of the first tick
    of an utterance, by what was asked. late: of the attentive session, seconds and ms, by track.
    use: cores and wake-ups, by situation."""

    samples: dict[str, list[float | None]] = field(default_factory=dict)
    answers: list[float] = field(default_factory=list)
    stolen: dict[str, dict[str, str | float]] = field(default_factory=dict)
    levels: list[Level] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    first: dict[str, list[Step]] = field(default_factory=dict)
    late: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    use: dict[str, dict[str, str | float]] = field(default_factory=dict)

    def add(self, name: str, sample: float | None) -> None:
        self.samples.setdefault(name, []).append(sample)
