"""The progress of `ringtalk speak --batch`: a bar over all clips, and the one that is made.

In: clips as they begin, go on and end. Out: a line on standard error while it runs. Runs in the
command's process; frees the terminal.
"""

import sys
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from data.units import TICKS_PER_SECOND
from server.cli.speak import FilmOrder


class BatchBar:
    """A context manager. `seconds`: of video made."""

    def __init__(self, clips: int, skipped: int) -> None:
        """`clips` in all, of which so many were finished before."""
        self.seconds = 0.0
        self._now = 0.0
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[name]} {task.fields[seconds]:.1f} s"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self._task = self._bar.add_task("", total=clips, completed=skipped, name="", seconds=0.0)

    def begins(self, clip: FilmOrder) -> None:
        """A clip is being made."""
        self._now = 0.0
        self._bar.update(self._task, name=escape(clip.output.name), seconds=0.0)

    def progress(self, done: int, total: int | None) -> None:
        """So many ticks of it are written."""
        self._now = done / TICKS_PER_SECOND
        self._bar.update(self._task, seconds=self._now)

    def ends(self, clip: FilmOrder, failure: str) -> None:
        """A clip is made, or not."""
        self.seconds += 0.0 if failure else self._now
        self._bar.advance(self._task, 0 if failure else 1)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()
