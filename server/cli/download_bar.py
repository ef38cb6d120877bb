"""The progress bar of `ringtalk models pull`, in bytes.

In: `tell(what, done, total)` as bytes come. Out: one line on standard error, if that is a
terminal, gone when it is over; lines said above it on standard output. Runs in the command's
process; frees the terminal.
"""

import sys
from typing import Self

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)


class DownloadBar:
    """A context manager; one bar, for one thing after another."""

    def __init__(self) -> None:
        console = Console(file=sys.stderr)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)
        self._what = ""

    def tell(self, what: str, done: int, total: int | None) -> None:
        """So many bytes of `what` are done, of so many if that is known."""
        if what != self._what:
            self._what = what
            self._bar.reset(self._task, description=what)
        self._bar.update(self._task, completed=done, total=total)

    def say(self, line: str) -> None:
        """Print a line on standard output; the bar gives way meanwhile."""
        self._bar.stop()
        typer.echo(line)
        self._bar.start()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()
