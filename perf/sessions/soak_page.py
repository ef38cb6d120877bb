"""A long run's plots: memory, threads and descriptors, drift, what clients noticed, kills.

In: samples, visits and kills. Out: SVG text, for `perf.page`. Pure functions; own nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from perf import svg
from perf.client.soak_caller import FREEZE_MS, GAP_MS, Visit
from perf.sessions.holding import Holding
from perf.sessions.soak_faults import Kill
from perf.sessions.soak_figures import OFFSET_MOST_MS, Sample

Points = list[tuple[float, float]]


def plots_of(
    begun: int, samples: Sequence[Sample], visits: Sequence[Visit], kills: Sequence[Kill]
) -> list[str]:
    """Every plot; times in minutes since `begun` (CLOCK_MONOTONIC ns), kills as grey uprights."""

    def minutes(at: int) -> float:
        return (at - begun) / 60e9

    moments = [minutes(kill.at) for kill in kills]

    def curves(title: str, up: str, lines: dict[str, Points], **limits: float) -> str:
        return svg.curves(title, "minutes; grey: a process is killed", up, lines, limits, moments)

    def of(figure: Callable[[Holding], float]) -> dict[str, Points]:
        lines: dict[str, Points] = {}
        for sample in samples:
            for (name, _), holding in sample.holdings.items():
                lines.setdefault(name, []).append((minutes(sample.at), figure(holding)))
        return lines

    end = max((minutes(sample.at) for sample in samples), default=0.0)
    offsets = [pair for visit in visits for pair in visit.offsets]
    sessions = [(minutes(sample.at), float(sample.sessions)) for sample in samples]
    load = [(minutes(sample.at), sample.load) for sample in samples]
    ready = [(minutes(kill.at), kill.seconds or 0.0) for kill in kills]
    plots = [
        curves("Memory (PSS)", "MB", of(lambda held: held.pss_mb)),
        curves("Threads", "threads", of(lambda held: held.threads)),
        curves("Descriptors", "descriptors", of(lambda held: held.descriptors)),
        curves("Sessions, and the machine's load", "", {"sessions": sessions, "load": load}),
        curves(
            "Pictures arrive after their sound",
            "ms",
            {"median of 2 s": sorted((minutes(at), ms) for at, ms in offsets)},
            most=OFFSET_MOST_MS,
            least=-OFFSET_MOST_MS,
        ),
    ]
    for title, pairs, limit in (
        ("Gaps in the sound", [pair for visit in visits for pair in visit.gaps], GAP_MS),
        ("Pictures stood still", [pair for visit in visits for pair in visit.freezes], FREEZE_MS),
    ):
        spikes = _worst([(minutes(at), ms) for at, ms in pairs])
        worst = {"worst of a minute": [(0.0, 0.0), *spikes, (end, 0.0)]}
        plots.append(curves(title, "ms", worst, told=limit))
    plots.append(curves("From a kill until ready again", "s", {"each kill": ready}))
    return plots


def _worst(pairs: Points) -> Iterator[tuple[float, float]]:
    """One spike for each minute that had any."""
    for minute, group in groupby(sorted(pairs), key=lambda pair: int(pair[0])):
        worst = max(ms for _, ms in group)
        yield from ((minute + 0.4, 0.0), (minute + 0.5, worst), (minute + 0.6, 0.0))
