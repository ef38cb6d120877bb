"""A bar that shows how far the making of an avatar is.

In: what is done, and how much of it. Out: a line on standard error. Runs in the command; owns the
line until its block ends.
"""

# ruff: noqa: PLC0415 - rich is imported by the command that needs it

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, int, int | None], None]


@contextmanager
def progress() -> Iterator[Tell]:
    """A bar on standard error, gone when it is over."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)

        def tell(what: str, done: int, total: int | None) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield tell
