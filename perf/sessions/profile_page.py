"""A profile as one HTML file that needs nothing else: the tables, and plots of the samples.

In: a report and what it was made from. Out: a file. Pure but for the writing; owns nothing.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from perf import svg
from perf.report import Json, Report
from perf.sessions import goals
from perf.sessions.profile_samples import ProfileSamples

STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  background: #fff; color: #111; }
table { border-collapse: collapse; margin: 0 0 2rem; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .7rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child { text-align: left; }
caption { text-align: left; font-weight: 600; padding: .4rem 0; }
svg { width: 100%; height: auto; margin: 0 0 1.5rem; background: #fff; }
svg text { font: 11px system-ui, sans-serif; fill: #333; }
svg .title { font-size: 14px; font-weight: 600; }
svg .end { text-anchor: end; }
svg .curve { fill: none; stroke-width: 1.5; }
svg .grid { stroke: #e5e7eb; }
svg .limit { stroke: #b91c1c; stroke-dasharray: 4 3; }
svg text.limit { stroke: none; fill: #b91c1c; }
"""
POINTS_MOST: Final = 2000
"""Points of one curve; more are thinned out, the highest of each group kept."""


def write_page(path: Path, report: Report, found: ProfileSamples) -> None:
    """Write the report with its plots."""
    tables = [_table(title, rows) for title, rows in report.tables.items()]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(report.title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(report.title)}</h1>"
        f"<p>{escape(str(report.machine))}</p>{''.join(tables)}{''.join(_plots(found))}</html>"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


def _plots(found: ProfileSamples) -> list[str]:
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


def _table(title: str, rows: Json) -> str:
    if not isinstance(rows, dict):
        return ""
    cells = {name: row for name, row in rows.items() if isinstance(row, dict)}
    columns = list(dict.fromkeys(column for row in cells.values() for column in row))
    head = "".join(f"<th>{escape(column)}</th>" for column in ("", *columns))
    body = "".join(
        f"<tr><th>{escape(name)}</th>"
        + "".join(f"<td>{escape(_shown(row.get(column, '')))}</td>" for column in columns)
        + "</tr>"
        for name, row in cells.items()
    )
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{body}</table>"


def _shown(cell: Json) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
