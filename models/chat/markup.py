r"""Markdown as it is said aloud: the words without the signs.

In: a growing text, cut anywhere. Out: the text that is spoken, the same for every cutting. Pure;
holds the few characters that may still turn out to be a sign. Follows CommonMark 0.31
(https://spec.commonmark.org/0.31.2/) as far as language models write it:

headings, list items and quotes become paragraphs; fenced code is left out; `**`, `*`, `_`, `~~`
and backticks around words go; of a link its text stays, of a bare address the host; a table's
bars are commas; emoji are not said.
"""

import re
from collections.abc import Iterator
from typing import Final

from models.voice.text import plain

_BREAK: Final = "\n\n"
_OPEN_HEAD: Final = re.compile(
    r"[ \t]{0,40}(?:[-*_]{3,40}[ \t]{0,40}|[-*_]{1,2}|#{1,6}|`{1,40}|~{1,40}|[+•>])?"
)
"""The beginning of a line that may still become a sign."""
_HEAD: Final = re.compile(
    r"[ \t]{0,40}(?:(?P<rule>[-*_]{3,40}(?=[ \t]{0,40}(?:\n|\Z)))|(?P<again>[-*+•][ \t]|>)"
    r"|(?P<heading>#{1,6}[ \t])|(?P<fence>`{3,40}|~{3,40}))"
)
_RUN: Final = re.compile(r"[*_~]{1,40}")
_SCHEMES: Final = ("http://", "https://")
_END_OF_LINK: Final = frozenset(")\n")
_END_OF_ADDRESS: Final = frozenset(" \t\n)>]\"'，。、；！？）")
_ENDS: Final = frozenset(".,;:!?")
"""At its end they belong to the sentence, not to the address."""
_ESCAPED: Final = frozenset(r"\`*_{}[]()#+-.!>|~")
_ABOVE_TEXT: Final = "\u2000"
"""Below it there is no emoji."""


class Markup:
    """Takes the markup out of one text."""

    def __init__(self) -> None:
        self._held = ""
        self._before = "\n"
        """The last character that was read; a line begins after a line end."""
        self._fence = ""
        self._line = ""
        """Of a line inside fenced code: what may be its closing fence."""
        self._host = False
        self._until: frozenset[str] = frozenset()
        """Characters of which one ends the address that is left out; none outside of one."""
        self._heading = False

    def push(self, piece: str) -> str:
        """What is spoken of the text so far and was not given yet."""
        return "".join(self._read(self._held + piece, last=False))

    def finish(self) -> str:
        """The rest; the text is over."""
        return "".join(self._read(self._held, last=True))

    def _read(self, text: str, last: bool) -> Iterator[str]:
        at = 0
        while at < len(text):
            if self._fence:
                at = self._in_code(text, at)
                continue
            if self._until:
                said, at = self._in_address(text, at)
                yield said
                continue
            step = self._step(text, at, last)
            if step is None:
                break
            said, length = step
            self._before = "\n" if said == _BREAK else text[at + length - 1]
            at += length
            yield said
        self._held = text[at:]
        if last and self._until is _END_OF_ADDRESS and self._before in _ENDS:
            yield self._before

    def _step(self, text: str, at: int, last: bool) -> tuple[str, int] | None:
        """What the next characters say and how many they are; None when more must be seen."""
        if self._before == "\n" and (head := _OPEN_HEAD.match(text, at)) is not None:
            if head.end() == len(text) and not last:
                return None
            if (sign := _HEAD.match(text, at)) is not None:
                return self._head(sign)
        character, rest = text[at], len(text) - at
        if character in "*_~":
            return self._run(text, at, last)
        if character in "hH" and not self._before.isalnum():
            return self._address(text, at, last)
        if character in "\\!]" and rest == 1 and not last:
            return None
        return self._character(character, text[at + 1 : at + 2])

    def _head(self, sign: re.Match[str]) -> tuple[str, int]:
        if sign["fence"]:
            self._fence, self._line = sign["fence"], "info"
        self._heading = bool(sign["heading"])
        return _BREAK, len(sign[0])

    def _character(self, character: str, following: str) -> tuple[str, int]:
        if character == "\n":
            heading, self._heading = self._heading, False
            return _BREAK if heading else "\n", 1
        if character == "\\" and following in _ESCAPED and following:
            return following, 2
        if character == "]" and following == "(":
            self._until = _END_OF_LINK
            return "", 2
        if self._host and character in "/?#":
            self._host, self._until = False, _END_OF_ADDRESS
            return "", 1
        self._host = self._host and (character.isalnum() or character in ".-:")
        if character in "`[]" or (character == "!" and following == "["):
            return "", 1
        if character == "|":
            return ",", 1
        if character > _ABOVE_TEXT and not character.isspace() and not plain(character):
            return "", 1
        return character, 1

    def _run(self, text: str, at: int, last: bool) -> tuple[str, int] | None:
        """Stars and lines around words go; between spaces or inside a name they stay."""
        run = _RUN.match(text, at)
        assert run is not None
        if run.end() == len(text) and not last:
            return None
        after = text[run.end() : run.end() + 1] or "\n"
        signs = run[0]
        alone = self._before.isspace() and after.isspace()
        inside = "_" in signs and self._before.isalnum() and after.isalnum()
        keeps = alone or inside or signs == "~"
        return (signs if keeps else ""), len(signs)

    def _address(self, text: str, at: int, last: bool) -> tuple[str, int] | None:
        seen = text[at : at + len(_SCHEMES[1])].lower()
        for scheme in _SCHEMES:
            if seen.startswith(scheme):
                self._host = True
                return "", len(scheme)
            if scheme.startswith(seen) and not last:
                return None
        return text[at], 1

    def _in_address(self, text: str, at: int) -> tuple[str, int]:
        """Leave out what is inside; say the mark that ends the sentence behind it."""
        begin, until = at, self._until
        while at < len(text) and text[at] not in until:
            at += 1
        if at > begin:
            self._before = text[at - 1]
        if at == len(text):
            return "", at
        self._until = frozenset()
        if until is _END_OF_LINK and text[at] == ")":
            self._before = ")"
            return "", at + 1
        return (self._before if self._before in _ENDS else ""), at

    def _in_code(self, text: str, at: int) -> int:
        """Leave out one character of fenced code."""
        character = text[at]
        if character == "\n":
            if self._line == self._fence:
                self._fence = ""
            self._before, self._line = "\n", ""
        elif not character.isspace() and len(self._line) <= len(self._fence):
            self._line += character
        return at + 1
