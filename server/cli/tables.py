"""What `ringtalk doctor` and `ringtalk settings` print, as tables for people.

In: findings, settings. Out: standard output. Runs in the command's process; owns nothing.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.settings import Settings, table
from server.cli.doctor import Finding

_STYLES: Final = {"ok": "green", "warning": "yellow", "missing": "bold red"}


def print_findings(findings: Iterable[Finding]) -> None:
    """One line a finding; under it what to do, where there is something to do."""
    rows = Table(box=None, show_header=False, pad_edge=False)
    for finding in findings:
        state = f"[{_STYLES[finding.state]}]{finding.state}[/]"
        rows.add_row(state, escape(finding.name), escape(finding.found))
        if finding.advice:
            rows.add_row("", "", f"[bold]→[/] {escape(finding.advice)}")
    Console().print(rows)


def print_settings(settings: Settings) -> None:
    """Every setting with its value in force; values that are not the default stand out."""
    rows = Table("setting", "value", "allowed", "meaning", box=None, pad_edge=False)
    defaults = Settings()
    for row in table():
        value = attrgetter(row.name)(settings)
        style = "" if value == attrgetter(row.name)(defaults) else "bold"
        shown = escape(_shown(row.name, value))
        allowed = escape(row.allowed.replace("`", ""))
        rows.add_row(row.name, shown, allowed, escape(row.meaning.replace("`", "")), style=style)
    Console().print(rows)


def _shown(name: str, value: object) -> str:
    """As text; a key is not for a screen."""
    return "…" if name.endswith(".key") and value else str(value)
