"""What an avatar may be called.

In: a text. Out: whether it is such a name, or the nearest one: avatars are folders, parts of URLs
and arguments of commands, so their names are plain ASCII. Pure.
"""

import re
from typing import Final

from anyascii import anyascii

MOST: Final = 64
ALLOWED: Final = f"letters, digits, - and _, {MOST} at most"
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{MOST - 1}}}")
_OTHERS: Final = re.compile(r"[^A-Za-z0-9_-]+")


def is_avatar_name(text: str) -> bool:
    """Whether an avatar may be called so; the built-in ones' names are looked up elsewhere."""
    return _NAME.fullmatch(text) is not None


def as_avatar_name(text: str) -> str:
    """The nearest name: other alphabets as they sound (数字人1 is ShuZiRen1), a - for anything
    else. "" where nothing is left."""
    plain = _OTHERS.sub("-", anyascii(text).strip())
    return plain.lstrip("-_")[:MOST].rstrip("-_")
