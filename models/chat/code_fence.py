"""Fenced code, which is not said.

In: the characters behind an opening fence. Out: where it is over. Pure; owns the current line's
beginning.
"""

from typing import Final

_TICK: Final = "`"


class CodeFence:
    """The code that is open, if any is."""

    def __init__(self) -> None:
        self.open = False
        self._fence = ""
        self._line: str | None = None
        """What may be the closing fence; None in the line of the opening one."""

    def begin(self, fence: str) -> None:
        """Code begins behind this run of backticks or tildes."""
        self.open, self._fence, self._line = True, fence, None

    def skip(self, text: str, at: int) -> tuple[int, str]:
        """Where the code is over, or `text` is; and the last character that counts there."""
        while self.open and at < len(text):
            self._read(text[at])
            at += 1
        return at, text[at - 1]

    def _read(self, character: str) -> None:
        if character == "\n":
            self.open = self._line != self._fence
            self._line = ""
        elif self._line is None:  # in three backticks there may be code inside a line, too
            self.open = not character == self._fence[0] == _TICK
        elif not character.isspace() and len(self._line) <= len(self._fence):
            self._line += character
