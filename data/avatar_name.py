"""What an avatar may be called: one rule for the command line and for the API.

In: a name that somebody chose, or any text. Out: nothing, or `BadAvatarName`, whose message says
what is allowed; and the nearest name. Avatars are folders, parts of URLs and arguments of commands,
so their names are plain ASCII. Pure; owns nothing.
"""

import re
from typing import Final

from anyascii import anyascii

from data.head import people

BUILTIN: Final = "builtin"
"""Another name of the first person's."""
MOST_CHARACTERS: Final = 64
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MOST_CHARACTERS - 1}}}")
_OTHERS: Final = re.compile(r"[^A-Za-z0-9_-]+")


class BadAvatarName(ValueError):
    """No avatar can be called so; the message says what is allowed, and which name is near."""


def is_reserved(name: str) -> bool:
    """Whether a name is, or looks like, a built-in avatar's."""
    return name.split("-", maxsplit=1)[0] in (BUILTIN, *people())


def require_name(name: str) -> None:
    """Raises BadAvatarName for what is no name, or a built-in avatar's."""
    if _NAME.fullmatch(name) and not is_reserved(name):
        return
    near = as_avatar_name(name)
    hint = f"; {near} is one" if near and near != name and not is_reserved(near) else ""
    raise BadAvatarName(
        f"{name[: 2 * MOST_CHARACTERS]!r} is no name for an avatar: letters, digits, - and _, "
        f"{MOST_CHARACTERS} at most, and what stands before the first - is none of "
        f"{', '.join((BUILTIN, *people()))}{hint}"
    )


def as_avatar_name(text: str) -> str:
    """The nearest name: other alphabets as they sound (数字人1 is ShuZiRen1), a - for anything
    else. "" where nothing is left."""
    plain = _OTHERS.sub("-", anyascii(text).strip())
    return plain.lstrip("-_")[:MOST_CHARACTERS].rstrip("-_")
