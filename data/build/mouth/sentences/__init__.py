"""Sentences of eighteen languages, written for this project, free for any use.

In: a language and a split. Out: texts. Every seventh sentence but one is for validation, every
seventh for the test, the others for training; so no sentence is in two of them. Mandarin has more
for the test, in a file of their own: six would say little of a language.
"""

from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

_OF: Final = 7
_PLACE: Final = {"val": 5, "test": 6}
_NO_SPACES: Final = frozenset({"zh"})
_STOPS: Final = ".?!。？！,，、;:"
_CONSONANTS: Final = "ppbbmmffvtdnslrkgj"
_VOWELS: Final = "aeiouao"
_ONSETS: Final = (
    *"ppbbmmmfvwttdnnlkɡhszʃʧʤɹj", "",
    "pj", "bj", "mj", "mj", "nj", "tj", "lj", "kw", "hw", "ʃw", "tw",
    "ph", "th", "th", "th", "kh", "thw", "thj", "phj", "khw",
)  # fmt: skip
_NUCLEI: Final = ("ɑ", "ɑ", "i", "u", "ə", "ɛ", "ɔ", "ɪ", "ʊ", "ʌ", "æ", "A", "I", "W", "O")
_CODAS: Final = ("", "", "", "", "n", "n", "ŋ", "ŋ", "m", "l", "s", "t")


@cache
def sentences(language: str, split: str) -> tuple[str, ...]:
    """Those of a split; ValueError for a language without any."""
    file = files(__name__) / f"{language}.txt"
    if not file.is_file():
        raise ValueError(f"there are no sentences in {language!r}")
    lines = file.read_text("utf-8").splitlines()
    kept = [
        line
        for at, line in enumerate(lines)
        if (at % _OF == _PLACE[split] if split in _PLACE else at % _OF not in _PLACE.values())
    ]
    more = files(__name__) / f"{language}-{split}.txt"
    return (*kept, *(more.read_text("utf-8").splitlines() if more.is_file() else ()))


def text(language: str, split: str, random: np.random.Generator, count: int = 2) -> str:
    """Some sentences; three times in five their words are shuffled: new neighbours, more joints.

    Where words are not written apart, whole sentences stay.
    """
    pool = sentences(language, split)
    chosen = [pool[n] for n in random.choice(len(pool), min(count, len(pool)), replace=False)]
    if language in _NO_SPACES or random.random() > 0.6:
        return " ".join(chosen)
    words = [word.strip(_STOPS) for line in chosen for word in line.split()]
    random.shuffle(words)
    half = len(words) // 2
    return f"{' '.join(words[:half])}, {' '.join(words[half:])}."


def words(random: np.random.Generator, count: int = 18) -> str:
    """Words that no language has, in letters that most read alike: every consonant between all
    vowels, the ones that lips make more often."""
    said = []
    for _ in range(count):
        word = "".join(
            _CONSONANTS[int(random.integers(len(_CONSONANTS)))]
            + _VOWELS[int(random.integers(len(_VOWELS)))]
            for _ in range(int(random.integers(1, 4)))
        )
        said.append(word + random.choice(["", "", "n", "l", "s", "m"]))
    half = count // 2
    return f"{' '.join(said[:half])}, {' '.join(said[half:])}."


def syllables(random: np.random.Generator, count: int = 16) -> str:
    """Words of no language in Kokoro's alphabet: joints of sounds that English does not have, as
    Mandarin's are (mj, pj, ŋ before everything, stops with a long breath)."""
    said = []
    for _ in range(count):
        parts = [
            _ONSETS[int(random.integers(len(_ONSETS)))]
            + _NUCLEI[int(random.integers(len(_NUCLEI)))]
            + _CODAS[int(random.integers(len(_CODAS)))]
            for _ in range(int(random.integers(1, 4)))
        ]
        stressed = int(random.integers(len(parts)))
        parts[stressed] = f"ˈ{parts[stressed]}"
        said.append("".join(parts))
    half = count // 2
    return f"{' '.join(said[:half])}, {' '.join(said[half:])}."
