"""All that a long run saw, as JSON and back: so that it can be judged again.

In: samples, visits and kills. Out: the same as a tree for a report's `raw`, and from a file that
one was written to. Pure but for the reading; owns nothing.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from perf.client.soak_caller import Visit
from perf.report import Json, Machine
from perf.sessions.holding import Holding
from perf.sessions.soak_faults import Kill
from perf.sessions.soak_figures import Sample


@dataclass
class SoakRecord:
    """begun: CLOCK_MONOTONIC ns, as all times."""

    machine: Machine
    begun: int
    samples: list[Sample] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)

    @property
    def hours(self) -> float:
        """To the last sample."""
        return max((one.at - self.begun for one in self.samples), default=0) / 3600e9

    def tree(self) -> dict[str, Json]:
        """All but the machine, which a report has."""
        return {
            "begun": self.begun,
            "samples": [_sample(sample) for sample in self.samples],
            "visits": [asdict(visit) for visit in self.visits],
            "kills": [asdict(kill) for kill in self.kills],
        }


def record_of(path: Path) -> SoakRecord:
    """What a run wrote to `path`. Raises OSError, or ValueError for another file."""
    try:
        told = json.loads(path.read_text())
        raw = told["raw"]
        return SoakRecord(
            msgspec.convert(told["machine"], Machine),
            msgspec.convert(raw["begun"], int),
            [_sample_of(sample) for sample in raw["samples"]],
            msgspec.convert(raw["visits"], list[Visit]),
            msgspec.convert(raw["kills"], list[Kill]),
        )
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path} was not written by perf.sessions.soak: {error}") from error


def _sample(sample: Sample) -> dict[str, Json]:
    held: dict[str, Json] = {f"{n} {pid}": asdict(h) for (n, pid), h in sample.holdings.items()}
    return {
        "at": sample.at,
        "sessions": sample.sessions,
        "load": sample.load,
        "processes": held,
    }


def _sample_of(told: dict[str, Any]) -> Sample:
    holdings = {}
    for key, held in told["processes"].items():
        name, _, pid = key.rpartition(" ")
        holdings[name, int(pid)] = msgspec.convert(held, Holding)
    return Sample(told["at"], told["sessions"], told["load"], holdings)
