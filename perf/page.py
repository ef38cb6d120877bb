"""A report as one HTML file that needs nothing else: its tables, and plots.

In: a report, and plots as SVG text. Out: a file. Pure but for the writing; owns nothing.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from perf.report import Json, Report

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
svg .moment { stroke: #94a3b8; stroke-dasharray: 2 3; }
svg .limit { stroke: #b91c1c; stroke-dasharray: 4 3; }
svg text.limit { stroke: none; fill: #b91c1c; }
"""


def write_page(path: Path, report: Report, plots: Sequence[str]) -> None:
    """Write the report's tables, then the plots."""
    tables = [_table(title, rows) for title, rows in report.tables.items()]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(report.title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(report.title)}</h1>"
        f"<p>{escape(str(report.machine))}</p>{''.join(tables)}{''.join(plots)}</html>"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")


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
