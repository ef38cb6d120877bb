"""What is to be told of an answer while it comes, which waits until the answer is wanted.

In: troubles, and the pieces that a model sent. Out: the troubles to whoever is told of them, at
once or when they are there. Pure; runs in ingest; owns the troubles that wait.
"""

from collections.abc import Callable
from typing import Final

_MOST: Final = 20


class AnswerNotes:
    """Of one answer. tokens: pieces that the model sent for it, which most services make one of
    each token."""

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        """`tell` hears of a trouble at once; None: `adopt` will name it."""
        self.tokens = 0
        self._tell = tell
        self._waiting: list[str] = []

    def trouble(self, what: str) -> None:
        """Something went wrong that a person should know."""
        if self._tell is not None:
            self._tell(what)
        elif len(self._waiting) < _MOST:
            self._waiting.append(what)

    def adopt(self, tell: Callable[[str], None]) -> None:
        """From now on `tell` hears of troubles; it hears at once of those that were."""
        self._tell = tell
        waiting, self._waiting = self._waiting, []
        for what in waiting:
            tell(what)
