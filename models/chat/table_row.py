"""A row of a table, read as one sentence: its cells with commas between them.

In: what is said inside the row, character by character, and where its cells begin. Out: what is
said of it. Pure; holds the space and the signs before the next word. A line of dashes says nothing,
nor does an empty cell.
"""

from typing import Final

_PAUSES: Final = frozenset(".,;:!?…。，；：！？")
"""Behind these no comma is said."""
_RULES: Final = frozenset("-:")


class TableRow:
    """The row that is open, if one is."""

    def __init__(self) -> None:
        self.open = False
        self.wraps = False
        """Whether a line end is only space in it, as in HTML."""
        self._reset()

    def _reset(self) -> None:
        self._said = self._gap = self._signs = ""
        self._blank = True

    def begin(self, wraps: bool = False) -> None:
        """A row begins."""
        self._reset()
        self.open, self.wraps = True, wraps

    def end(self) -> None:
        """It is over; what was held of it is not said."""
        self._reset()
        self.open = False

    def cell(self) -> None:
        """A cell begins or ends here."""
        self._signs, self._blank = "", True
        if self._said:
            self._gap = " " if self._said in _PAUSES else ", "

    def take(self, said: str) -> str:
        """What of the row is certain with these characters and was not given yet."""
        if not said:
            return ""
        if said.isspace():
            self._gap = self._gap or (" " if self._said else "")
            return ""
        if said in _RULES and self._blank:
            self._signs = (self._signs + said)[:2]
            return ""
        sign = self._signs if len(self._signs) == 1 else ""
        taken = self._gap + sign + said
        self._gap, self._signs, self._blank, self._said = "", "", False, said[-1]
        return taken
