"""What the measurement of turns found, as tables, raw numbers and plots.

In: what came of the turns of each kind; of an earlier run, its JSON. Out: a report's rows, and SVG.
Pure but for reading that file; owns nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from perf.report import Report, Spread
from perf.sessions.turn_client import Heard
from perf.svg import cumulative, curves, timeline

PARTS: Final = ("vad", "asr", "llm", "sentence", "tts", "face")


@dataclass
class Found:
    """Everything that was measured, by kind. cores: of the server, with a microphone in which
    nobody speaks, and without one."""

    complete: dict[str, Heard] = field(default_factory=dict)
    paused: Heard = field(default_factory=Heard)
    thinking: Heard = field(default_factory=Heard)
    disturbed: dict[str, list[bool]] = field(default_factory=dict)
    cores: dict[str, list[float]] = field(default_factory=dict)

    def all(self) -> dict[str, Heard]:
        """Every kind of which turns were asked."""
        kinds = {**self.complete, "paused inside": self.paused, "thinking": self.thinking}
        return {name: heard for name, heard in kinds.items() if heard.asked}


def tell(report: Report, found: Found) -> None:
    """Every table of what was measured, and the numbers behind them."""
    kinds = found.all()
    answered = {name: Spread.of(kind.answered) for name, kind in kinds.items() if kind.answered}
    if answered:
        report.spreads("Last voiced sound → first sound of the answer", "ms", answered)
    if kinds:
        report.table(
            "What became of the turns", {name: _fate(kind) for name, kind in kinds.items()}
        )
    if found.disturbed:
        report.table(
            "Answers to nothing",
            {
                name: {"tried": str(len(tried)), "answered": str(sum(tried))}
                for name, tried in found.disturbed.items()
            },
        )
    if found.complete:
        parts = {name: medians(heard.parts) for name, heard in found.complete.items()}
        report.table("Where the time goes, ms, median", parts)
    if found.cores:
        report.spreads(
            "The server in one session, cores",
            "cores",
            {name: Spread.of(cores) for name, cores in found.cores.items()},
        )
    report.raw["samples"] = {name: [*kind.answered] for name, kind in kinds.items()}
    report.raw["parts"] = {name: [{**one} for one in kind.parts] for name, kind in kinds.items()}
    report.raw["steps"] = {name: [{**one} for one in kind.steps] for name, kind in kinds.items()}


def medians(turns: Sequence[dict[str, float]]) -> dict[str, str | float]:
    """Each part's median over the turns; a part that a turn has not took no time."""
    if not turns:
        return {}
    return {part: float(np.median([ms.get(part, 0.0) for ms in turns])) for part in PARTS}


def plots(found: Found, before: Path | None) -> Iterable[str]:
    """The distribution of the answers, now and in the run `before`, and the time line of each."""
    old = json.loads(before.read_text()) if before is not None else {}
    samples: dict[str, list[float]] = {
        f"before: {name}": waited for name, waited in _raw(old, "samples").items() if waited
    }
    samples |= {name: heard.answered for name, heard in found.complete.items() if heard.answered}
    yield curves(
        "From the last voiced sound to the answer",
        "ms",
        "% of the turns",
        {name: cumulative(waited) for name, waited in samples.items()},
    )
    for name, parts in _raw(old, "parts").items():
        if parts and name in found.complete:
            yield timeline(f"Before: {name}", "ms", *in_a_row(medians(parts)))
    for name, heard in found.complete.items():
        if any(heard.steps):
            yield timeline(f"Now: {name}", "ms", *as_taken(heard.steps))


Spans = dict[str, tuple[float, float]]


def in_a_row(parts: dict[str, str | float]) -> tuple[Spans, float]:
    """Where each part began and ended that waits for the one before, and where the turn ended."""
    spans: Spans = {}
    at = 0.0
    for part, ms in parts.items():
        spans[part] = (at, at + float(ms))
        at += float(ms)
    return spans, spans["vad"][1] if "vad" in spans else 0.0


def as_taken(turns: Sequence[dict[str, float]]) -> tuple[Spans, float]:
    """The same of parts that were begun before the turn was over; medians of each step."""
    steps = [turn for turn in turns if turn]
    names = {name for turn in steps for name in turn}
    at = {name: float(np.median([turn[name] for turn in steps if name in turn])) for name in names}
    end, words = at.get("turn_end", 0.0), at.get("transcript", 0.0)
    token, sentence, sound = (
        at.get(name, words) for name in ("first_token", "first_sentence", "first_sound")
    )
    return {
        "vad": (0.0, end),
        "asr": (at.get("words_asked", 0.0), words),
        "llm": (words, token),
        "sentence": (token, sentence),
        "tts": (sentence, sound),
        "face": (max(end, sound), at.get("left", sound)),
    }, end


def _fate(heard: Heard) -> dict[str, str | float]:
    return {
        "asked": str(heard.asked),
        "cut off": str(heard.cut),
        "not answered": str(heard.unanswered),
    }


def _raw(report: dict[str, Any], what: str) -> dict[str, Any]:
    found: dict[str, Any] = report.get("raw", {}).get(what, {})
    return found
