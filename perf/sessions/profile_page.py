"""A profile's plots.

In: what a profile was made from. Out: SVG text, for `perf.page`. Pure functions; own nothing.
"""

from collections.abc import Sequence
from typing import Final

from perf import svg
from perf.sessions import goals
from perf.sessions.profile_samples import ProfileSamples

POINTS_MOST: Final = 2000
"""Points of one curve; more are thinned out, the highest of each group kept."""


def plots_of(found: ProfileSamples) -> list[str]:
    """Every plot as SVG text."""
    alone, loaded = _cumulative(found, ""), _cumulative(found, goals.LOADED)
    plots = [
        svg.curves(title, "ms", "% of trials", lines)
        for title, lines in (("Latency, one session", alone), ("Latency under load", loaded))
        if lines
    ]
    for name, way in found.first.items():
        bars = {step.stage: (step.queue_p50, step.stay_p50) for step in way}
        if bars:
            bars.pop("wire: sound", None)  # beside the picture's way, not before it
            plots.append(svg.waterfall(f"A first tick in the server, p50: {name}", "ms", bars))
    if found.late:
        late = {name: _thinned(points) for name, points in found.late.items()}
        plots.append(svg.curves("Later than the earliest, one session", "s", "ms", late))
    if found.levels:
        plots += _load_plots(found)
    return plots


def _cumulative(found: ProfileSamples, prefix: str) -> dict[str, list[tuple[float, float]]]:
    """The latencies' distributions, of the goals that have samples."""
    samples = {goal.name: found.samples.get(prefix + goal.name, []) for goal in goals.LATENCIES}
    there = {name: [one for one in each if one is not None] for name, each in samples.items()}
    return {name: svg.cumulative(each) for name, each in there.items() if each}


def _load_plots(found: ProfileSamples) -> list[str]:
    rates = {
        "p5 of the worst session": [(0.0 + level.calls, level.fps_p5) for level in found.levels],
        "mean": [(0.0 + level.calls, level.fps_mean) for level in found.levels],
    }
    late = {
        f"session {number + 1}": [(0.0 + s, ms) for s, ms in enumerate(caller.picture_late_ms)]
        for number, caller in enumerate(found.levels[-1].crowd.callers)
    }
    return [
        svg.curves(
            "Pictures a second", "sessions at once", "fps", rates, {"wanted": goals.FPS_LEAST}
        ),
        svg.curves(f"Pictures' lateness, {found.levels[-1].calls} sessions", "s", "ms", late),
    ]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    group = max(1, len(points) // POINTS_MOST)
    return [
        max(points[at : at + group], key=lambda point: point[1])
        for at in range(0, len(points), group)
    ]
