"""Text cut into sentences, the first one at once.

In: text of any length. Out: sentences that a voice can speak in one breath. Pure; owns nothing
(pySBD compiles its patterns once per process, see `warm`).

pySBD's rules (Sadvilkar & Neumann 2020, https://aclanthology.org/2020.nlposs-1.15) know
abbreviations, numbers and quotes, but its time grows with the square of the text (0.2 s for 14 000
characters), so it sees windows of 600 characters here.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pysbd
from pysbd.languages import LANGUAGE_CODES

from models.voice.abbreviations import goes_on
from models.voice.clauses import clauses
from models.voice.glued import spaced
from models.voice.language import base_of
from models.voice.text import script_of

_WINDOW: Final = 600
_MARK: Final = r"[.!?…。！？؟।:;]"
_PARAGRAPH: Final = re.compile(rf"\n[ \t]*\n|(?<={_MARK})[ \t]*\n|\n(?=[ \t]*(?:[-*•#>]|\d+[.)]))")
"""A line ends a sentence if it is empty, ends in a mark, or the next one begins like a list item;
other line ends are wrapped text, also before a capital."""
_HEADING: Final = re.compile(r"^([ \t]*#{1,6}[ \t].*)\n", re.MULTILINE)
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
"""pySBD's rules for a script, where no language is known; English for the others."""
_LISTED: Final = re.compile(r"(\d+[.)]) ")
"""pySBD takes a number at a sentence's end for the head of a list's next item."""
_ENDED: Final = re.compile(r"[.!?…:;][\"'”’»)\]]*\s*\Z")
_CASED: Final = re.compile(r"[\"'“‘«(¿¡]*(?=[^\W\d_])(\w)")


def sentences(text: str, language: str = "") -> Iterator[str]:
    """Yield the sentences of `text` in order, without the space around them.

    language: the text's, by whose rules it is cut; "" goes by its script, else by English rules.
    Whatever has no letter and no digit is left out; every word of the text comes out once, in
    order. A sentence of more than about 200 characters (70 in Chinese, Japanese and Korean) comes
    in parts, cut at clause marks (`clauses`).
    """
    base = base_of(language)
    for paragraph in _PARAGRAPH.split(_HEADING.sub(r"\1\n\n", text)):
        line = spaced(_BULLET.sub("", " ".join(paragraph.split())), base)
        for sentence in _of_paragraph(line, base):
            for part in clauses(sentence):
                if any(c.isalnum() for c in part):
                    yield part


def warm() -> None:
    """Import and compile what the first text would wait for (about 50 ms)."""
    for sample in ("Dr. Smith paid $3.50. Then he left.", "你好。再见。"):
        list(sentences(sample))


def _of_paragraph(rest: str, language: str) -> Iterator[str]:
    """Sentences of one line: a window ahead is cut, all but its last sentence are certain."""
    while len(rest) > _WINDOW:
        found = _cut(rest[:_WINDOW], language)
        if len(found) == 1:
            space = rest.rfind(" ", 0, _WINDOW)
            found = [rest[: space if space > 0 else _WINDOW], ""]
        yield from found[:-1]
        rest = rest[sum(map(len, found[:-1])) :].lstrip()
    yield from _cut(rest, language)


def _cut(text: str, language: str) -> list[str]:
    """Sentences of `text` that together are `text`, character for character."""
    script = next((s for s in map(script_of, filter(str.isalpha, text)) if s in _PYSBD), "")
    rules = language if language in LANGUAGE_CODES else _PYSBD.get(script, "en")
    segments = pysbd.Segmenter(language=rules, clean=False).segment(text)
    found: list[str] = []
    for segment in _joined(list(_aligned(text, segments)), language or rules):
        quote = _CLOSING.match(segment)
        closed = quote.end() if quote is not None and found else 0
        if closed:
            found[-1] += segment[:closed]
        found += [part for part in _WIDE_MARK.split(segment[closed:]) if part]
    return found


def _joined(segments: list[str], language: str) -> Iterator[str]:
    """The segments without the cuts that are none in this language."""
    cased = bool(segments) and _is(str.isupper, segments[0])
    held = ""
    for cut in segments:
        listed = _LISTED.match(cut)
        number = listed.end() if held and listed and not _ENDED.search(held) else 0
        held, segment = held + cut[:number], cut[number:]
        lower = cased and held.rstrip().endswith((".", "…")) and _is(str.islower, segment)
        if held and not lower and not goes_on(held, segment, language):
            yield held
            held = ""
        held += segment
    if held:
        yield held


def _is(question: Callable[[str], bool], segment: str) -> bool:
    """Whether the first letter, behind opening quotes alone, is one of the kind asked for."""
    first = _CASED.match(segment)
    return first is not None and question(first[1])


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
