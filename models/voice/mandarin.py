"""Mandarin as phonemes, each of which knows its character.

In: a sentence. Out: strings of phonemes in misaki's alphabet, which Kokoro v1.0 reads. Runs in the
process that makes speech; owns jieba's and pypinyin's dictionaries (about 150 MB).
Source: misaki's `zh.py` (MIT), whose tables of sounds are used through its own functions; words
between the Hanzi are read as English.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Final

from models.voice.english import English
from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.numbers.mandarin import mandarin
from models.voice.numbers.rules import owners
from models.voice.phonemes import MARKS, NOBODY, Phonemes, parts
from models.voice.text import plain, script_of
from models.voice.words import matched, word_at, written

INSTALL: Final = "pip install 'ringtalk[kokoro]'"
_HAN: Final = "\u4e00-\u9fff"
"""What pypinyin has a reading for."""
_RUN: Final = re.compile(rf"[{_HAN}]+|[^{_HAN}]+")
_LONGEST_RUN: Final = 999


class Mandarin:
    """Standard readings; a `phonemes.Reader`."""

    def __init__(self, english: English) -> None:
        """Load the dictionaries (about 1.5 s); raise VoiceMissing with what to install."""
        try:
            # Optional: only who asks for this language loads it.
            import jieba  # noqa: PLC0415
            import pypinyin  # noqa: PLC0415
            from misaki.zh import ZHG2P  # noqa: PLC0415
        except ImportError as missing:
            raise VoiceMissing(f"misaki[zh] is not installed: {INSTALL}") from missing
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self._words = jieba.lcut
        self._pinyin = pypinyin.lazy_pinyin
        self._style = pypinyin.Style.TONE3
        self._tables = ZHG2P
        self._english = english

    def unspeakable(self, sentence: str) -> str:
        """Every letter that is neither common Hanzi nor Latin."""
        letters = dict.fromkeys(c for c in plain(sentence) if c.isalpha())
        return "".join(
            c
            for c in letters
            if not re.match(rf"[{_HAN}]", c) and script_of(c) not in ("", "LATIN")
        )

    def read(self, sentence: str, most: Sequence[int]) -> list[Phonemes]:
        """See `phonemes.Reader.read`."""
        foreign = self.unspeakable(sentence)
        if foreign:
            raise UnfitVoice(f"this voice speaks Mandarin and English only, not {foreign!r}")
        text = plain(sentence)
        numbers = mandarin(text)
        words, was = written(sentence), written(text)
        made = matched([w.text for w in words], [w.text for w in was], lambda _: 1)
        of = [made[at] for at in owners(text, numbers, _count)] if made else []
        signs = [
            (sign, of[at] if 0 <= at < len(of) and sign not in MARKS else NOBODY)
            for sign, at in self._signs(numbers.text)
        ]
        if all(at == NOBODY for _, at in signs):
            raise UnfitVoice(f"there is nothing to say in {sentence!r}")
        return list(parts(signs, most))

    def _signs(self, text: str) -> Iterator[tuple[str, int]]:
        """The phonemes, with indices into `written(text)`."""
        read = written(text)
        for run in _RUN.finditer(text):
            place = run.start()
            if not re.match(rf"[{_HAN}]", run[0]):
                yield from self._between(run[0], word_at(read, place + _indent(run[0])))
                continue
            for number, word in enumerate(self._words(run[0])):
                if number:
                    yield " ", NOBODY
                sounds = self._pinyin(word, style=self._style, neutral_tone_with_five=True)
                for at, syllable in enumerate(sounds):
                    owner = word_at(read, place + min(at, len(word) - 1))
                    for sign in self._tables.py2ipa(syllable).replace(chr(815), ""):
                        yield sign, owner
                place += len(word)

    def _between(self, text: str, first: int) -> Iterator[tuple[str, int]]:
        """Marks, and words in other letters: `first` is the index of the first of these."""
        marks = self._tables.map_punctuation(text)
        if not any(c.isalnum() for c in text):
            yield from ((c, NOBODY) for c in f"{marks} " if c in MARKS)
            return
        yield " ", NOBODY
        for part in self._english.read(marks, (_LONGEST_RUN,)):
            yield from (
                (sign, at if at == NOBODY else first + at)
                for sign, at in zip(part.text, part.words, strict=True)
            )
            yield " ", NOBODY


def _count(word: str) -> int:
    return len(written(mandarin(word).text))


def _indent(text: str) -> int:
    """Where the first letter or digit of the text stands."""
    return next((at for at, c in enumerate(text) if c.isalnum()), 0)
