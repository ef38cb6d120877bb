"""Which words a sentence has, and when each is said.

In: sentences, and the stretches of sound that a voice knows of. Out: `SpokenWord`s in seconds.
Pure; owns nothing. A word is what stands between spaces and dashes, without the punctuation around
it; a character of Chinese or Japanese is a word of its own.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from models.voice.speech import SpokenWord
from models.voice.text import weight

_HAN: Final = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA: Final = "\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fd\u30fe\uff66-\uff9d"
_SMALL: Final = "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー\u3099\u309a\uff9e\uff9f"
"""Kana that lengthen or change the one before."""
_WORD: Final = re.compile(rf"[{_HAN}{_KANA}][{_SMALL}]*|[^\s—…{_HAN}{_KANA}]+")
_SPOKEN_SIGNS: Final = frozenset("%&@#°½¼¾")
_SPOKEN_CATEGORIES: Final = frozenset({"Sc", "Sm"})
_GAP: Final = 1
_PAUSES: Final = dict.fromkeys(",;:，；：、—–", 4) | dict.fromkeys(".!?…。！？؟।", 8)
"""Letters that would be spoken in the time of the pause after a mark."""


class Written(NamedTuple):
    """A word without the marks around it; [begin, end) is its place with them."""

    text: str
    begin: int
    end: int


class Stretch(NamedTuple):
    """Sound of a word, or of a part of it: which of the words, from when to when in seconds."""

    word: int
    start: float
    end: float


def written(sentence: str) -> list[Written]:
    """The words of a sentence in order; signs that are read aloud (%, &, $) count, marks do not."""
    found = ((_bare(m[0]), m.start(), m.end()) for m in _WORD.finditer(sentence))
    return [Written(text, begin, end) for text, begin, end in found if text]


def word_at(words: Sequence[Written], place: int) -> int:
    """The word that stands at this place of the sentence, or else the last before it (or 0)."""
    return max(0, bisect_right(words, place, key=lambda word: word.begin) - 1)


def matched(words: Sequence[str], read: Sequence[str], count: Callable[[str], int]) -> list[int]:
    """For each word that is read aloud, the index of the written word that it stands for.

    `count` says as how many words a single written word is read ("3:30" is two); asked only
    where the texts differ and the numbers of words do too.
    """
    if words == read:
        return list(range(len(read)))
    owners: list[int] = []
    blocks = SequenceMatcher(None, words, read, autojunk=False).get_opcodes()
    for _, begin, end, read_begin, read_end in blocks:
        size = read_end - read_begin
        if end - begin == size:
            owners += range(begin, end)
        elif begin == end:
            owners += [max(0, begin - 1)] * size
        else:
            sums = list(accumulate(max(1, count(word)) for word in words[begin:end]))
            owners += [
                begin + bisect_right(sums, (at + 0.5) / size * sums[-1]) for at in range(size)
            ]
    return owners


def timed(
    words: Sequence[Written], first: int, last: int, said: Iterable[Stretch]
) -> list[SpokenWord]:
    """Words `first` to before `last` with their times, from the stretches of their sound.

    A word that has none was run together with the one before (at the beginning: after) and
    shares its time. No word at all where no stretch is known.
    """
    spans: dict[int, tuple[float, float]] = {}
    for word, start, end in said:
        if first <= word < last:
            known = spans.get(word, (start, end))
            spans[word] = (min(known[0], start), max(known[1], end))
    heads = sorted(spans)
    bounds = [first, *heads[1:], last]
    return [
        word
        for head, begin, end in zip(heads, bounds, bounds[1:], strict=False)
        for word in _shared(words[begin:end], *spans[head])
    ]


def estimated(sentence: str, seconds: float) -> tuple[SpokenWord, ...]:
    """The words of a sentence that takes `seconds` in all, by their letters and the marks.

    For voices that cannot know. `seconds` without the silence after the last word. A digit counts
    as four letters, a Chinese character as three.
    """
    words = written(sentence)
    weights = [sum(map(weight, word.text)) for word in words]
    pauses = [_pause(sentence[w.begin : n.begin]) for w, n in pairwise(words)]
    if not words:
        return ()
    unit = seconds / (sum(weights) + sum(pauses))
    starts = accumulate((w + p for w, p in zip(weights, pauses, strict=False)), initial=0)
    return tuple(
        SpokenWord(word.text, start * unit, (start + weight) * unit)
        for word, start, weight in zip(words, starts, weights, strict=True)
    )


def shifted(words: Iterable[SpokenWord], seconds: float, longest: float) -> Iterator[SpokenWord]:
    """The words moved by `seconds`, kept between 0 and `longest`."""
    for text, start, end in words:
        yield SpokenWord(text, _within(start + seconds, longest), _within(end + seconds, longest))


def _within(time: float, longest: float) -> float:
    return min(max(time, 0.0), longest)


def _shared(words: Sequence[Written], start: float, end: float) -> Iterator[SpokenWord]:
    """Words run together, by their letters."""
    sums = list(accumulate((sum(map(weight, word.text)) for word in words), initial=0))
    unit = (end - start) / max(1, sums[-1])
    for word, before, after in zip(words, sums, sums[1:], strict=False):
        yield SpokenWord(word.text, start + before * unit, start + after * unit)


def _pause(between: str) -> int:
    """Letters' worth of time between a word (with its marks) and the next."""
    marks = max((_PAUSES.get(c, 0) for c in _tail(between)), default=0)
    return marks + (_GAP if " " in between else 0)


def _tail(text: str) -> str:
    last = max((at for at, c in enumerate(text) if _is_spoken(c)), default=-1)
    return text[last + 1 :]


def _bare(text: str) -> str:
    """Without the marks around it; "" if nothing in it is read."""
    spoken = [at for at, c in enumerate(text) if _is_spoken(c)]
    return text[spoken[0] : spoken[-1] + 1] if spoken else ""


def _is_spoken(character: str) -> bool:
    return (
        character.isalnum()
        or character in _SPOKEN_SIGNS
        or unicodedata.category(character) in _SPOKEN_CATEGORIES
        or unicodedata.category(character).startswith("M")
    )
