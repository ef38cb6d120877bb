"""What `ringtalk doctor` and `ringtalk settings` print, and all tables for people.

In: findings, settings, tables. Out: standard output. Runs in the command's process; owns nothing.
"""

import json
import sys
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from rich.console import Console, Group
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Column, Table

from runtime.settings import Settings, table
from runtime.shown_settings import secret_names
from server.cli.doctor import Finding

_ANY_WIDTH: Final = 10_000
_LEAST_FOLDED: Final = 60
"""Characters that a folded table has beside its names, at least."""
_STYLES: Final = {"ok": "green", "optional": "dim", "warning": "yellow", "missing": "bold red"}


def print_json(rows: object) -> None:
    """What a table shows, for programs."""
    sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")


def print_whole(table: Table) -> None:
    """Print a table as wide as it is, also where the terminal is narrower: names and paths are for
    copying, so none is cut or broken."""
    console = Console()
    anything = console.options.update(max_width=_ANY_WIDTH)
    needed = Measurement.get(console, anything, table).maximum
    Console(width=max(console.width, needed)).print(table, no_wrap=True, crop=False)


def _print_folded(table: Table, *, names: int) -> None:
    """Print a table whose sentences are folded where the terminal ends. What stands in column
    `names` is for copying and never broken. In a pipe or a file a row is one line."""
    console = Console()
    if not console.is_terminal:
        print_whole(table)
        return
    column = table.columns[names]
    column.min_width = Measurement.get(
        console, console.options.update(max_width=_ANY_WIDTH), Group(*column.cells)
    ).maximum
    Console(width=max(console.width, column.min_width + _LEAST_FOLDED)).print(table)


def print_findings(findings: Iterable[Finding]) -> None:
    """One line a finding; under it what to do, where there is something to do."""
    found = Column(overflow="fold")
    rows = Table("", Column(overflow="fold"), found, box=None, show_header=False, pad_edge=False)
    for finding in findings:
        state = f"[{_STYLES[finding.state]}]{finding.state}[/]"
        rows.add_row(state, escape(finding.name), escape(finding.found))
        if finding.advice:
            rows.add_row("", "", f"[bold]→[/] {escape(finding.advice)}")
    _print_folded(rows, names=1)


def settings_rows(settings: Settings) -> list[dict[str, str]]:
    """Every setting with its value in force, for programs; keys are left out."""
    return [
        {
            "name": row.name,
            "value": _shown(row.name, attrgetter(row.name)(settings)),
            "allowed": row.allowed.replace("`", ""),
            "meaning": row.meaning.replace("`", ""),
        }
        for row in table()
    ]


def print_settings(settings: Settings) -> None:
    """Every setting with its value in force; values that are not the default stand out."""
    titles = ("setting", "value", "allowed", "meaning")
    rows = Table(*(Column(title, overflow="fold") for title in titles), box=None, pad_edge=False)
    defaults = Settings()
    for row in settings_rows(settings):
        usual = attrgetter(row["name"])(settings) == attrgetter(row["name"])(defaults)
        name, *others = row.values()
        rows.add_row(name, *map(escape, others), style="" if usual else "bold")
    _print_folded(rows, names=0)


def _shown(name: str, value: object) -> str:
    """As text; a key is not for a screen."""
    secret = name.endswith(".key") or name in {"push_url", *secret_names(Settings)}
    return "…" if secret and value else str(value)
