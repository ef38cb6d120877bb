"""Text cut into sentences, the first one at once.

In: text of any length. Out: sentences that a voice can speak in one breath. Pure; owns nothing
(pySBD compiles its patterns once per process, see `warm`).

pySBD's rules (Sadvilkar & Neumann 2020, https://aclanthology.org/2020.nlposs-1.15) know
abbreviations, numbers and quotes, but its time grows with the square of the text (0.2 s for 14 000
characters), so it sees windows of 600 characters here.
"""

import re
from collections.abc import Iterator
from typing import Final

import pysbd

from models.voice.clauses import clauses
from models.voice.text import script_of

_WINDOW: Final = 600
_MARK: Final = r"[.!?…。！？؟।:;]"
_PARAGRAPH: Final = re.compile(
    rf"\n[ \t]*\n|(?<={_MARK})[ \t]*\n|\n(?=[ \t]*(?:[-*•#>]|\d+[.)]|[A-Z]))"
)
"""A line ends a sentence if it is empty, ends in a mark, or the next one begins like a sentence or
a list item; other line ends are wrapped text."""
_BULLET: Final = re.compile(r"^(?:[-*•#>]+\s+)+")
_WIDE_MARK: Final = re.compile(r"(?<=[。！？；])(?![”’」』）》。！？；])")
_CLOSING: Final = re.compile(r"[”’」』）》〉】]+\s*")
"""Closing quotes belong to what they close; pySBD leaves them to the next sentence."""
_GAP: Final = re.compile(r"\s+")
_PYSBD: Final = {
    "CJK": "zh",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "DEVANAGARI": "hi",
    "ARABIC": "ar",
    "CYRILLIC": "ru",
    "GREEK": "el",
    "ARMENIAN": "hy",
    "MYANMAR": "my",
    "ETHIOPIC": "am",
}
"""pySBD's rules for a script; English for the others."""


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of `text` in order, without the space around them.

    Whatever has no letter and no digit is left out; every word of the text comes out once, in
    order. A sentence of more than about 200 characters (70 in Chinese, Japanese and Korean) comes
    in parts, cut at clause marks (`clauses`).
    """
    for paragraph in _PARAGRAPH.split(text):
        for sentence in _of_paragraph(_BULLET.sub("", " ".join(paragraph.split()))):
            for part in clauses(sentence):
                if any(c.isalnum() for c in part):
                    yield part


def warm() -> None:
    """Import and compile what the first text would wait for (about 50 ms)."""
    for sample in ("Dr. Smith paid $3.50. Then he left.", "你好。再见。"):
        list(sentences(sample))


def _of_paragraph(rest: str) -> Iterator[str]:
    """Sentences of one line: a window ahead is cut, all but its last sentence are certain."""
    while len(rest) > _WINDOW:
        found = _cut(rest[:_WINDOW])
        if len(found) == 1:
            space = rest.rfind(" ", 0, _WINDOW)
            found = [rest[: space if space > 0 else _WINDOW], ""]
        yield from found[:-1]
        rest = rest[sum(map(len, found[:-1])) :].lstrip()
    yield from _cut(rest)


def _cut(text: str) -> list[str]:
    """Sentences of `text` that together are `text`, character for character."""
    script = next((s for s in map(script_of, filter(str.isalpha, text)) if s in _PYSBD), "")
    segmenter = pysbd.Segmenter(language=_PYSBD.get(script, "en"), clean=False)
    found: list[str] = []
    for segment in _aligned(text, segmenter.segment(text)):
        quote = _CLOSING.match(segment)
        closed = quote.end() if quote is not None and found else 0
        if closed:
            found[-1] += segment[:closed]
        found += [part for part in _WIDE_MARK.split(segment[closed:]) if part]
    return found


def _aligned(text: str, segments: list[str]) -> Iterator[str]:
    """Slices of `text` as long as pySBD's segments.

    pySBD marks places with rare characters while it works and may hand back a text that is not
    quite what it was given; then the whole text counts as one sentence, and nothing is lost.
    """
    if _GAP.sub("", "".join(segments)) != _GAP.sub("", text):
        yield text
        return
    at = 0
    for segment in segments:
        begin, missing = at, len(_GAP.sub("", segment))
        while missing or (at < len(text) and text[at].isspace()):
            missing -= not text[at].isspace()
            at += 1
        yield text[begin:at]
