"""Languages that eSpeak NG reads, as phonemes that Kokoro v1.0 knows, each with its word.

In: a sentence. Out: strings of phonemes in misaki's alphabet. Runs in the process that makes
speech; owns a reference to the library. Source: misaki's `espeak.py` for how tied sounds are
written.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from models.voice.errors import UnfitVoice
from models.voice.espeak_library import EspeakLibrary
from models.voice.language import scripts_of
from models.voice.phonemes import NOBODY, Phonemes, parts
from models.voice.text import plain, script_of
from models.voice.words import matched, written

_TIED: Final = {
    "a^ɪ": "I", "a^ʊ": "W", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "ɔ^ɪ": "Y", "d^z": "ʣ",
    "d^ʒ": "ʤ", "t^s": "ʦ", "t^ʃ": "ʧ", "s^s": "S",
}  # fmt: skip
_LANGUAGE_SWITCH: Final = re.compile(r"\([a-z-]+\)")
_MARK: Final = re.compile(r"([;:,.!?…।]+(?=\s|$)|[—«»“”\"()¡¿]+)")
_KNOWN_MARKS: Final = frozenset(';:,.!?—…“”"()')
_WRITTEN_AS: Final = {"«": "“", "»": "”", "।": "."}


class EspeakReader:
    """One language; a `phonemes.Reader`."""

    def __init__(self, library: EspeakLibrary, language: str) -> None:
        """Raise CannotSpeak if eSpeak has no such language."""
        if language not in library.languages:
            raise UnfitVoice(f"eSpeak has no language {language!r}")
        self._library = library
        self._identifier = library.languages[language]
        self._scripts = scripts_of(language)
        self._language = language

    def unspeakable(self, sentence: str) -> str:
        """The letters of other scripts."""
        letters = dict.fromkeys(c for c in plain(sentence) if c.isalpha())
        return "".join(c for c in letters if script_of(c) not in self._scripts)

    def read(self, sentence: str, most: Sequence[int]) -> list[Phonemes]:
        """See `phonemes.Reader.read`."""
        foreign = self.unspeakable(sentence)
        if foreign:
            raise UnfitVoice(f"this voice speaks {self._language} only, not {foreign!r}")
        words = [word.text for word in written(sentence)]
        said: list[str] = []
        marked = [self._marked(part) for part in _MARK.split(plain(sentence))]
        for spoken, _ in marked:
            said += spoken
        if not said:
            raise UnfitVoice(f"there is nothing to say in {sentence!r}")
        owners = iter(matched(words, said, self._count))
        return list(parts(list(_signs(marked, owners)), most))

    def _marked(self, text: str) -> tuple[list[str], str]:
        """The words of a clause as phonemes and no mark; or none and the mark it is."""
        if not any(c.isalnum() for c in text):
            marks = "".join(_WRITTEN_AS.get(c, c) for c in text)
            return [], "".join(c for c in marks if c in _KNOWN_MARKS)
        sounds = _LANGUAGE_SWITCH.sub("", self._library.phonemes(text, self._identifier))
        for tied, single in _TIED.items():
            sounds = sounds.replace(tied, single)
        return sounds.replace("^", "").replace("-", "").replace("_", " ").split(), ""

    def _count(self, word: str) -> int:
        return sum(len(self._marked(part)[0]) for part in _MARK.split(plain(word)))


def _signs(
    marked: Sequence[tuple[list[str], str]], owners: Iterator[int]
) -> Iterator[tuple[str, int]]:
    """The phonemes with their words: a space before each word, marks next to the word before."""
    for spoken, mark in marked:
        yield from ((sign, NOBODY) for sign in mark)
        for word in spoken:
            owner = next(owners)
            yield " ", NOBODY
            yield from ((sign, owner) for sign in word)
