"""Signs at the beginning of a line of Markdown.

In: a text and the place where its line begins. Out: the sign there, or that more must be seen.
Pure; owns nothing.
"""

import re
from typing import Final

_OPEN: Final = re.compile(
    r"[ \t]{0,40}(?:[-*_]{3,40}[ \t]{0,40}|[-*_]{1,2}|#{1,6}|`{1,40}|~{1,40}|[+•>])?"
)
"""The beginning of a line that may still become a sign."""
_OPEN_RULED: Final = re.compile(r":?-{0,40}:?[ \t]{0,20}(?:\|[-:| \t]{0,80})?")
_HEAD: Final = re.compile(
    r"(?P<ruled>:?-{1,40}:?[ \t]{0,20}\|[-:| \t]{0,80}(?:\n|\Z))"
    r"|[ \t]{0,40}(?:(?P<rule>[-*_]{3,40}(?=[ \t]{0,40}(?:\n|\Z)))|(?P<again>[-*+•][ \t]|>)"
    r"|(?P<heading>#{1,6}[ \t])|(?P<fence>`{3,40}|~{3,40})|(?P<row>\|))"
)
"""ruled: below the names of a table's columns, where its lines do not begin with a bar."""


def head_at(text: str, at: int) -> re.Match[str] | None:
    """The sign, with the space before it; one of the groups ruled, rule, again (a list item or a
    quote, behind which a line begins again), heading, fence and row."""
    return _HEAD.match(text, at)


def may_be_head(text: str, at: int) -> bool:
    """Whether all from `at` on may still become a sign."""
    head = _OPEN.match(text, at)
    if head is not None and head.end() == len(text):
        return True
    return _OPEN_RULED.fullmatch(text, at) is not None
