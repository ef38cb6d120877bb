"""English as phonemes, each of which knows its word.

In: a sentence. Out: strings of phonemes in misaki's alphabet, which Hibari and Kokoro read. Runs in
the process that makes speech; owns the pronouncing dictionaries (about 100 MB).
Source: the grapheme-to-phoneme part of `hibari-tts` (Apache-2.0), misaki's English rules without
spaCy.
"""

import re
from collections.abc import Sequence
from typing import Final

from hibari.g2p import G2P
from hibari.g2p.normalize import normalize

from models.voice.errors import UnfitVoice
from models.voice.numbers.english import english
from models.voice.numbers.rules import Respelled, owners
from models.voice.phonemes import MARKS, NOBODY, Phonemes, parts
from models.voice.text import foreign_letters, greek_named, plain, romanised
from models.voice.words import matched, word_at, written

_THIN: Final = re.compile("(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d))")
"""Spaces that only stand inside a number; `plain` makes them those between words."""


class English:
    """American or British readings; a `phonemes.Reader`."""

    def __init__(self, british: bool = False) -> None:
        """Load the dictionaries (about 1 s)."""
        self._g2p = G2P(british=british)
        self._g2p("ringtalkly")  # A word that is in no dictionary loads the net for those.

    def unspeakable(self, sentence: str) -> str:
        """Every letter that is not Latin, unless few words have any: those are spelled."""
        return foreign_letters(romanised(greek_named(plain(sentence))))

    def read(self, sentence: str, most: Sequence[int]) -> list[Phonemes]:
        """See `phonemes.Reader.read`."""
        text = _prepared(sentence)
        numbers = english(text)
        foreign = foreign_letters(text)
        if foreign:
            raise UnfitVoice(f"this voice speaks English only, not {foreign!r}")
        if not any(c.isalnum() for c in text):
            raise UnfitVoice(f"there is nothing to say in {sentence!r}")
        try:
            read, signs = self._line(numbers.text)
        except (LookupError, ValueError, TypeError) as lost:
            raise UnfitVoice(f"this voice cannot read {sentence!r}") from lost
        of = _owners(sentence, text, numbers, read)
        said = [(sign, of[at] if 0 <= at < len(read) else at) for sign, at in signs]
        found = list(parts([(sign, NOBODY if sign in MARKS else at) for sign, at in said], most))
        if not found:
            raise UnfitVoice(f"there is nothing to say in {sentence!r}")
        return found

    def _line(self, text: str) -> tuple[list[str], list[tuple[str, int]]]:
        """The words as they are read, and the phonemes with their indices.

        Not cut again: the text is a sentence, and "Jan. 5" is no end of one."""
        normal = normalize(text)
        read = written(normal)
        signs: list[tuple[str, int]] = []
        place = 0
        for token in self._g2p.phonemize_tokens(self._g2p.tokenize(normal)):
            owner = word_at(read, place) if read else NOBODY
            signs += [(sign, owner) for sign in token.phonemes or ""]
            signs += [(" ", NOBODY)] * bool(token.whitespace)
            place += len(token.text) + len(token.whitespace)
        return [word.text for word in read], signs


def reading(sentence: str) -> str:
    """The words of a sentence as they are said, all numbers among them."""
    return str(normalize(english(_prepared(sentence)).text))


def _prepared(text: str) -> str:
    return romanised(greek_named(plain(_THIN.sub("'", text))))


def _owners(sentence: str, text: str, numbers: Respelled, read: Sequence[str]) -> list[int]:
    """For each word that is read the index of the word of `sentence`: by way of what was made of
    it, in three steps."""
    if not (words := written(sentence)):
        return [0] * len(read)
    spelled = [word.text for word in written(numbers.text)]
    made = matched([w.text for w in words], [w.text for w in written(text)], _count)
    middle = owners(text, numbers, _count)
    last = matched(spelled, read, lambda word: len(written(normalize(word))))
    return [made[middle[at]] for at in last]


def _count(word: str) -> int:
    return len(written(reading(word)))
