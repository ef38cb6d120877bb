"""Addresses of the web in a text: where one begins, and of what it consists.

In: characters of a text. Out: which of them are said: of an address its host. Pure; owns how deep
in parentheses a link's target is.
"""

import re
from typing import Final

_SCHEMES: Final = ("http://", "https://", "ftp://", "ws://", "wss://")
_WWW: Final = "www."
LETTERS: Final = frozenset("hHwWfF")
"""An address that is written out begins with one of them."""
_ENDS: Final = frozenset(" \t\n)>]<\"'，。、；：！？）》」』”’|")
PATH: Final = frozenset("/?#")
_BARE: Final = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9-]{0,40}\.){1,5}(?:com|org|net|edu|gov|io|ai|dev|app|co|info|eu|de|fr"
    r"|es|it|nl|uk|cn|jp|kr|ru|br|ch|at|us|tv)"
)
_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def begun(text: str, at: int, last: bool) -> tuple[str, int] | None:
    """What is said of the beginning of an address at `at` and its length; ("", 0) if none begins
    there, None when more must be seen."""
    seen = text[at : at + len(_SCHEMES[1])].lower()
    for scheme in _SCHEMES:
        if seen.startswith(scheme):
            return "", len(scheme)
    if seen.startswith(_WWW):
        return text[at : at + len(_WWW)], len(_WWW)
    if not last and any(start.startswith(seen) for start in (*_SCHEMES, _WWW)):
        return None
    return "", 0


def is_host(word: str) -> bool:
    """Whether a word without a scheme is a host all the same: "example.com"."""
    return _BARE.fullmatch(word) is not None


class AddressTail:
    """What is not said of an address: all behind its host, or the whole target of a link."""

    def __init__(self) -> None:
        self.open = self.link = False
        self._depth = 0

    def begin(self, link: bool) -> None:
        """It begins; link: behind `](`, until its `)`."""
        self.open, self.link, self._depth = True, link, 1

    def skip(self, text: str, at: int) -> int:
        """Where it is over, or `text` is."""
        while at < len(text) and not self._ends_at(text[at]):
            at += 1
        self.open = at == len(text)
        return at

    def _ends_at(self, character: str) -> bool:
        """Chinese is written right behind an address."""
        if not self.link:
            return character in _ENDS or _IDEOGRAPH.match(character) is not None
        self._depth += {"(": 1, ")": -1}.get(character, 0)
        return character == "\n" or self._depth == 0
