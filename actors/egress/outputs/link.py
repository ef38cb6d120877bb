"""One attempt of an output: connected to where it leads, until it breaks.

Types only; owns nothing.
"""

from collections.abc import Callable
from typing import Protocol


class OutputBroke(Exception):
    """The way ended; `str(error)` says why, without any secret. final: trying again is in vain."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class Link(Protocol):
    """Made for one attempt."""

    async def run(self, on_live: Callable[[], None]) -> None:
        """Connect, call `on_live`, and send until it breaks: raises OutputBroke."""
        ...

    async def close(self) -> None:
        """End what is sent in good order, and free everything."""
        ...
