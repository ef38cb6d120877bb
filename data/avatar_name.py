"""What an avatar may be called: one rule for the command line and for the API.

In: a name that somebody chose. Out: nothing, or `BadAvatarName`, whose message says what is
allowed. Pure; owns nothing.
"""

import re
from typing import Final

from data.head import people

BUILTIN: Final = "builtin"
"""Another name of the first person's."""
MOST_CHARACTERS: Final = 64
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MOST_CHARACTERS - 1}}}")


class BadAvatarName(ValueError):
    """No avatar can be called so; the message says what is allowed."""


def is_reserved(name: str) -> bool:
    """Whether a name is, or looks like, a built-in avatar's."""
    return name.split("-", maxsplit=1)[0] in (BUILTIN, *people())


def require_name(name: str) -> None:
    """Raises BadAvatarName for what is no name, or a built-in avatar's."""
    if not _NAME.fullmatch(name) or is_reserved(name):
        taken = ", ".join((BUILTIN, *people()))
        raise BadAvatarName(
            f"{name[: 2 * MOST_CHARACTERS]!r} is no name for an avatar: letters, digits, - and _, "
            f"{MOST_CHARACTERS} at most, and what stands before the first - is none of {taken}"
        )
