"""What is to be told of an answer while it comes, which waits until the answer is wanted.

In: troubles, calls of tools, and the pieces that a model sent. Out: the troubles and calls to
whoever is told of them, at once or when they are there. Runs in ingest; owns those that wait.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from models.chat.tools.call import ToolNews

AnswerNote = str | ToolNews
"""A trouble in words, or a call of a tool that begins or ends."""
_MOST: Final = 100


class AnswerNotes:
    """Of one answer. tokens: pieces that the model sent for it, which most services make one of
    each token. wanted: set once it is sure that the answer is."""

    def __init__(self, tell: Callable[[AnswerNote], None] | None = None) -> None:
        """`tell` hears of all at once; None: `adopt` will name it."""
        self.tokens = 0
        self.wanted = asyncio.Event()
        self._tell = tell
        self._waiting: list[AnswerNote] = []
        if tell is not None:
            self.wanted.set()

    def trouble(self, what: str) -> None:
        """Something went wrong that a person should know."""
        self.note(what)

    def note(self, what: AnswerNote) -> None:
        """Tell of it, now or when the answer is wanted."""
        if self._tell is not None:
            self._tell(what)
        elif len(self._waiting) < _MOST:
            self._waiting.append(what)

    def adopt(self, tell: Callable[[AnswerNote], None]) -> None:
        """From now on `tell` hears of all; it hears at once of what was."""
        self._tell = tell
        waiting, self._waiting = self._waiting, []
        for what in waiting:
            tell(what)
        self.wanted.set()
