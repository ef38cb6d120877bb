"""Sentences too long for one breath, cut where a speaker would breathe.

Strings in, strings out; owns nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from models.voice.text import weight

LONGEST: Final = 200
"""Letters of an alphabet in one part: about 12 s of speech, 90 ms of synthesis."""
_BREATHS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:[;；：—…]|:(?!\d))+[\"'”’)）」』]*\s*|\s[-–]\s",
        r"[,，、،][\"'”’)）」』]*(?:\s+|(?<=[，、]))|\s(?=\()",
        r"\s(?=(?:and|or|but|because|which|that|when|while|und|oder|et|ou|mais|y|o|pero)\s)",
        r"\s",
    )
)
"""Where to cut, the best first."""


def clauses(sentence: str) -> Iterator[str]:
    """Yield the sentence, or its parts of at most `LONGEST` weighted characters, stripped.

    Cut at the last semicolon or colon that fits and leaves no stump, else a comma, else before a
    conjunction, else at a space, else anywhere.
    """
    rest = sentence.strip()
    while (room := _room(rest)) < len(rest):
        at = _breath(rest, room)
        yield rest[:at].strip()
        rest = rest[at:].strip()
    if rest:
        yield rest


def _room(text: str) -> int:
    """How many characters of `text` fit in one part."""
    length = 0
    for at, character in enumerate(text):
        length += weight(character)
        if length > LONGEST:
            return at
    return len(text)


def _breath(text: str, room: int) -> int:
    for breath in _BREATHS:
        ends = [match.end() for match in breath.finditer(text, 0, room)]
        if ends and ends[-1] >= room // 3:
            return ends[-1]
    return room
