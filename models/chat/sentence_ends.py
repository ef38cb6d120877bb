"""Whether a mark in an unfinished text ends a sentence, or more of it must be seen first.

Pure functions on strings. The rules are `models.voice.sentences`'s: a mark ends a sentence if what
stands before and after it is cut the same apart as together. How far behind a mark is looked is
decided by the text alone, so the answer is the same whenever it is asked.
"""

import re
from typing import Final, NamedTuple

from models.voice.glued import FAR, glued
from models.voice.language import base_of
from models.voice.sentences import sentences

MARKS: Final = frozenset(".!?…؟।。！？；:;\n")
_WIDE: Final = frozenset("。！？；")
_SURE: Final = frozenset("。；")
"""No second mark follows these; outside of quotes they end a sentence at once."""
_RUN: Final = re.compile(r"[.!?…؟।:;]{1,20}[\"'”’»)\]」』》〉】）]{0,4}")
_WIDE_RUN: Final = re.compile(r"[。！？；][”’」』）》〉】]{0,4}")
_LINE_END: Final = re.compile(r"[ \t]*\n")
_WHOLE_WORD: Final = re.compile(r"\s*\S+\s")
_CAPITAL: Final = re.compile(r"\s+[A-Z]")
_PLAIN_WORD: Final = re.compile(r"(?<!\S)[\"“‘(]?[^\W\d_]{2,}\Z")
"""Letters only. One that the rules know as an abbreviation is not cut off by them."""
_LETTERS: Final = re.compile(r"[\"'“‘«(]?[^\W\d_]*")
_OPENING: Final = "“「『《〈【（(«"
_CLOSING: Final = "”」』》〉】）)»"


class SentenceEnd(NamedTuple):
    """Where the mark with all that belongs to it is over, and whether the sentence is too."""

    at: int
    ends: bool


def verdict(
    text: str, at: int, last: bool, quoted: bool = False, language: str = ""
) -> SentenceEnd | None:
    """What the mark `text[at]` means; None when more text must be seen.

    `text` begins with the open sentence; last: nothing follows it; quoted: it begins inside a
    quote, which a Chinese mark does not wait for the end of; language: as of `sentences`.
    """
    if text[at] == "\n":
        return _line_end(text, at, last, language)
    if text[at] in _WIDE:
        return _wide(text, at, last, quoted)
    run = _RUN.match(text, at)
    assert run is not None
    end = run.end()
    if _LINE_END.match(text, end):
        return SentenceEnd(end, True)
    rest = text[end:]
    if not rest.strip(" \t") and len(rest) <= FAR and not last:
        return None
    if is_open(text[:end]) or text[at] in ":;" or not _says(text[:at]):
        return SentenceEnd(end, False)
    if not rest[:1].isspace():
        return _before_a_letter(text, at, end, last, language)
    capital = _CAPITAL.match(text, end)
    if capital and _PLAIN_WORD.search(text, 0, at) and _apart(text, end, capital.end(), language):
        return SentenceEnd(end, True)
    return _by_next_word(text, end, last, language)


def _before_a_letter(text: str, at: int, end: int, last: bool, language: str) -> SentenceEnd | None:
    """A mark without a space behind it: the next sentence may have lost its space."""
    word = _LETTERS.match(text, end)
    assert word is not None
    if not last and len(text) - end < FAR and word.end() + 2 > len(text):
        return None
    if length := glued(text[: end + FAR], at, base_of(language)):
        return SentenceEnd(at + length, _apart(text, at + length, word.end() + 1, language))
    if text[at] == ".":
        return SentenceEnd(end, False)
    return _by_next_word(text, end, last, language)


def is_open(text: str) -> bool:
    """Whether `text` ends inside a quote or a bracket."""
    return depth(text) > 0 or text.count('"') % 2 == 1


def depth(text: str) -> int:
    """Quotes and brackets that `text` opens, less those that it closes."""
    return sum(map(text.count, _OPENING)) - sum(map(text.count, _CLOSING))


def _wide(text: str, at: int, last: bool, quoted: bool) -> SentenceEnd | None:
    """A Chinese or Japanese mark: only a closing quote may still belong to it."""
    run = _WIDE_RUN.match(text, at)
    assert run is not None
    if not _says(text[:at]):
        return SentenceEnd(run.end(), False)
    if text[at] in _SURE and not quoted and not is_open(text[:at]):
        return SentenceEnd(at + 1, True)
    if run.end() == len(text) and not last:
        return None
    return SentenceEnd(run.end(), True)


def _line_end(text: str, at: int, last: bool, language: str) -> SentenceEnd | None:
    """An empty line ends a sentence; another may, if the next begins like one."""
    if not _says(text[:at]):
        return SentenceEnd(at + 1, False)
    if _LINE_END.match(text, at + 1):
        return SentenceEnd(at + 1, True)
    found = _by_next_word(text, at, last, language)
    return found and SentenceEnd(at + 1, found.ends)


def _by_next_word(text: str, end: int, last: bool, language: str) -> SentenceEnd | None:
    word = _WHOLE_WORD.match(text, end, end + FAR)
    if word is not None:
        seen = word.end()
    elif len(text) >= end + FAR or last:
        seen = min(len(text), end + FAR)
    else:
        return None
    return SentenceEnd(end, _apart(text, end, seen, language))


def _apart(text: str, end: int, seen: int, language: str) -> bool:
    """Whether the rules cut `text[:seen]` at `end`."""
    first, second = text[:end], text[end:seen]
    apart = [*sentences(first, language), *sentences(second, language)]
    return apart == list(sentences(first + second, language))


def _says(text: str) -> bool:
    return any(map(str.isalnum, text))
