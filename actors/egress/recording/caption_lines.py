"""A sentence cut into captions that a person can read at a glance.

In: a sentence, when it was heard, and when its words were. Out: captions of LINES lines of
LINE columns at most. Pure; owns nothing.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from actors.egress.recording.subtitles import SubtitleCue

LINE: Final = 42
"""Columns of a line; a wide character (Unicode annex 11) takes two."""
LINES: Final = 2


class HeardWord(NamedTuple):
    """A word and the ms at which it began to be heard."""

    start_ms: int
    text: str


def captions_of(
    sentence: str, start_ms: int, end_ms: int, words: Sequence[HeardWord]
) -> list[SubtitleCue]:
    """The captions of a sentence, one after the other; none of an empty one."""
    lines = list(_lines(sentence))
    groups = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
    starts = [_heard_at(group[0][0], sentence, start_ms, end_ms, words) for group in groups]
    found = []
    for number, group in enumerate(groups):
        begin = start_ms if number == 0 else starts[number]
        end = starts[number + 1] if number + 1 < len(groups) else end_ms
        if end > begin:
            found.append(SubtitleCue(begin, end, "\n".join(text for _, text in group)))
    return found


def heard_part(sentence: str, words: Sequence[HeardWord]) -> str:
    """As much of a sentence that broke off as was heard; all of it where no word is known."""
    if not words:
        return sentence
    *_, (at, word) = _places(sentence, words)
    end = at + len(word.text)
    return sentence if end >= len(sentence.rstrip()) else f"{sentence[:end]}…"


def _places(sentence: str, words: Sequence[HeardWord]) -> Iterator[tuple[int, HeardWord]]:
    """Where in the sentence each word stands: one that is not found (it was spoken otherwise than
    written) where the one before it ended."""
    place = 0
    for word in words:
        found = sentence.find(word.text, place)
        at = place if found < 0 else found
        yield at, word if found >= 0 else word._replace(text="")
        place = at + (len(word.text) if found >= 0 else 0)


def _heard_at(
    place: int, sentence: str, start_ms: int, end_ms: int, words: Sequence[HeardWord]
) -> int:
    """When what stands at `place` was heard: with its word, else by its part of the sentence."""
    for at, word in _places(sentence, words):
        if at >= place and word.text:
            return min(max(word.start_ms, start_ms), end_ms)
    return start_ms + (end_ms - start_ms) * place // max(1, len(sentence))


def _lines(sentence: str) -> Iterator[tuple[int, str]]:
    """Lines that fit, with their places: cut at a space, or anywhere where there is none."""
    begin = 0
    while begin < len(sentence):
        if sentence[begin].isspace():
            begin += 1
            continue
        end = _fitting(sentence, begin)
        yield begin, sentence[begin:end].rstrip()
        begin = end


def _fitting(sentence: str, begin: int) -> int:
    """Where a line that begins here ends."""
    columns, space = 0, 0
    for at in range(begin, len(sentence)):
        letter = sentence[at]
        if letter.isspace():
            space = at
        columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if columns > LINE:
            return space or max(at, begin + 1)
    return len(sentence)
