"""The progress bar of `ringtalk speak`, in ticks of video made.

In: `tell(done, total)` after every tick or few; the total is None until the end of the sound
is known. Out: one line on standard error. Runs in the command's process; frees the terminal.
"""

import sys
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from data.units import TICKS_PER_SECOND


class SpeakBar:
    """A context manager; `seconds` is the length of the video so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._bar = Progress(
            BarColumn(),
            TextColumn("{task.fields[seconds]:.1f} s of video"),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            transient=True,
        )
        self._task = self._bar.add_task("speak", total=None, seconds=0.0)

    def tell(self, done: int, total: int | None) -> None:
        """`done` ticks of `total` are written."""
        self.seconds = done / TICKS_PER_SECOND
        self._bar.update(self._task, completed=done, total=total, seconds=self.seconds)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bar.stop()
