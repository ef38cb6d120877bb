"""Text respelled by rules, each of which knows a kind of writing; and which word came from which.

In: text and an ordered list of rules. Out: the text with what they know in words, and the places
where it was. Pure; owns nothing. At each place the first rule that matches and has an answer wins.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from models.voice.words import matched, word_at, written

_SIGNS: Final = re.compile(r"[\d#@&+%°=<>×÷±−≤≥≠≈∞√$€£¥¢₹℃℉№½¼¾⅐-⅞①-⓿Ⅰ-ⅿ²³¹⁰⁴-₉∼~′″/*^-]")
"""A chunk between spaces without any of these is not looked at, unless the next one has some."""
_HAN: Final = "\u2e80"
"""Characters from here on stand side by side."""
_CHUNK: Final = re.compile(r"\S+")

Say = Callable[[re.Match[str]], str | None]


class Rule(NamedTuple):
    """A way of writing, and how it is said: None where it is something else after all."""

    pattern: re.Pattern[str]
    say: Say


class TextSpan(NamedTuple):
    """[begin, end) of the text was respelled as [said_begin, said_end) of the new one."""

    begin: int
    end: int
    said_begin: int
    said_end: int


class Respelled(NamedTuple):
    """What is said, and the places that differ from what was written, in order."""

    text: str
    places: tuple[TextSpan, ...]


def rule(pattern: str, say: Say) -> Rule:
    """The pattern is matched anywhere: one that may not begin inside a word says so itself."""
    return Rule(re.compile(pattern), say)


def respelled(text: str, rules: Sequence[Rule]) -> Respelled:
    """The text with every place that a rule knows in words, spaces around them where needed."""
    said, places, copied = "", [], 0
    for begin, end in _looked_at(text):
        at = max(begin, copied)
        while at < end:
            found = _first(text, at, rules)
            if found is None:
                at += 1
                continue
            stop, words = found
            said = _joined(_joined(said, text[copied:at]), words)
            places.append(TextSpan(at, stop, len(said) - len(words), len(said)))
            at = copied = stop
    return Respelled(_joined(said, text[copied:]), tuple(places))


def owners(text: str, found: Respelled, count: Callable[[str], int]) -> list[int]:
    """For each word of `found.text` the index of the word of `text` that it stands for.

    `count` says as how many words a single written word is read, as in `words.matched`; it is
    asked where several written words are one place ("2,5 km"); those of one number ("1 000 000")
    share its words evenly."""
    words, read = written(text), written(found.text)
    of: list[int] = []
    rest = list(found.places)
    shift = 0
    for word in read:
        while rest and word.begin >= rest[0].said_end:
            shift = rest[0].end - rest[0].said_end
            del rest[0]
        if not rest or word.begin < rest[0].said_begin:
            of.append(word_at(words, word.begin + shift))
            continue
        place = rest[0]
        there = [at for at, w in enumerate(words) if w.begin < place.end and w.end > place.begin]
        spoken = [w for w in read if place.said_begin <= w.begin < place.said_end]
        parts = [words[at].text for at in there]
        one = all(map(str.isdecimal, parts)) and sum(map(count, parts)) > len(spoken)
        shares = matched(parts, [w.text for w in spoken], (lambda _: 1) if one else count)
        of.append(there[shares[spoken.index(word)]] if there else word_at(words, place.begin))
    return of


def _looked_at(text: str) -> list[tuple[int, int]]:
    """The chunks with signs in them, and the ones before those, each with the space before it."""
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    begins = [0, *(end for _, end in chunks)]
    signs = [bool(_SIGNS.search(text, *span)) for span in chunks]
    following = [*signs, False][1:]
    return [
        (begin, end)
        for begin, (_, end), here, next_ in zip(begins, chunks, signs, following, strict=False)
        if here or next_
    ]


def _first(text: str, at: int, rules: Sequence[Rule]) -> tuple[int, str] | None:
    for pattern, say in rules:
        match = pattern.match(text, at)
        words = say(match) if match is not None and match.end() > at else None
        if match is not None and words is not None:
            return match.end(), words
    return None


def _joined(before: str, after: str) -> str:
    """With a space between what would run together."""
    apart = all(c.isalnum() and c < _HAN for c in (before[-1:], after[:1]))
    return before + " " * apart + after
