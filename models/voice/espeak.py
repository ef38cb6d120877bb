"""The voice of a hundred languages: eSpeak NG, robotic but instant.

In: one sentence. Out: mono float32 at 22.05 kHz, and the times of its words. Runs in the process
that makes speech; owns nothing but a reference to the library, which stays loaded while the process
lives.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from models.voice.errors import UnfitVoice
from models.voice.espeak_library import EspeakLibrary, EspeakPhone
from models.voice.language import language_of
from models.voice.numbers.mandarin import mandarin
from models.voice.numbers.rules import Respelled, owners
from models.voice.pieces import kept, pieces
from models.voice.speech import SpeechPiece, SpokenWord
from models.voice.text import plain, romanised, script_of
from models.voice.voice import check_speed, pause_ms
from models.voice.words import Stretch, matched, timed, word_at, written

_ESPEAK_CODES: Final = {"en": "en-us", "chr": "chr-US-Qaaa-x-west"}
"""Where the code here is not eSpeak's own, or a region must be chosen."""

_MANDARIN: Final = ("zh", "cmn")
_READ_HANZI: Final = ("zh", "cmn", "yue", "hak")


class EspeakVoice:
    """See `voice.BlockingVoice`; `language` fixes the language, None takes the sentence's own."""

    def __init__(self, library: EspeakLibrary, language: str | None = None, name: str = "") -> None:
        """`name` is what it is called, where that is not "espeak:<language>".

        Raise UnfitVoice if eSpeak has no such language."""
        self._library = library
        self._language = language
        if language is not None and self._identifier(language) is None:
            raise UnfitVoice(
                f"eSpeak has no language {language!r}; "
                f"it has {', '.join(sorted(library.languages))}"
            )
        self.name = name or ("espeak" if language is None else f"espeak:{language}")
        self.rate = library.rate
        self.languages = (
            frozenset(library.languages) | _ESPEAK_CODES.keys()
            if language is None
            else frozenset({language})
        )

    def unspeakable(self, sentence: str) -> str:
        """Hanzi outside Chinese (eSpeak says "Chinese letter" for each), and unknown scripts."""
        text = self._readable(sentence)
        language = self._language or language_of(text)
        letters = "".join(dict.fromkeys(c for c in text if c.isalpha()))
        if self._identifier(language) is None:
            return letters
        if language.startswith(_READ_HANZI):
            return ""
        return "".join(c for c in letters if script_of(c) == "CJK")

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[SpeechPiece]:
        """See `voice.BlockingVoice.speak`. A sentence of 2 s takes about 4 ms; the call makes it
        all."""
        check_speed(speed)
        text = self._readable(sentence)
        language = self._language or language_of(text)
        identifier = self._identifier(language)
        if identifier is None or self.unspeakable(text):
            raise UnfitVoice(f"eSpeak cannot read {self.unspeakable(text)!r} ({language})")
        if not any(c.isalnum() for c in text):
            raise UnfitVoice(f"there is nothing to say in {sentence!r}")
        numbers = mandarin(text) if language in _MANDARIN else Respelled(text, ())
        raw, phones = self._library.synthesise(numbers.text, identifier, speed)
        words = self._words(sentence, text, numbers, phones)
        return pieces(kept(raw, self.rate, pause_ms(text)), self.rate, words)

    def _readable(self, sentence: str) -> str:
        """Hanzi that stand among Latin words are spelled in Latin letters; Chinese stays."""
        text = plain(sentence)
        chinese = (self._language or language_of(text)).startswith(_READ_HANZI)
        hanzi = any(script_of(c) == "CJK" for c in text if c.isalpha())
        return romanised(text) if hanzi and not chinese else text

    def _words(
        self, sentence: str, text: str, numbers: Respelled, phones: Iterable[EspeakPhone]
    ) -> list[SpokenWord]:
        """When the words of `sentence` are said; `phones` have their places in `numbers`."""
        words, read = written(sentence), written(numbers.text)
        made = matched([w.text for w in words], [w.text for w in written(text)], lambda _: 1)
        of = [made[at] for at in owners(text, numbers, _count)] if made else []
        said = (
            Stretch(of[word_at(read, place)], begin / self.rate, end / self.rate)
            for place, begin, end in phones
            if of
        )
        return timed(words, 0, len(words), said)

    def _identifier(self, language: str) -> str | None:
        return self._library.languages.get(_ESPEAK_CODES.get(language, language))


def _count(word: str) -> int:
    return len(written(mandarin(word).text))
