"""The loaded voices, and which of them speaks a sentence.

In: a sentence and perhaps a wanted name. Out: a `BlockingVoice`. Runs in the process that makes
speech; owns the voices.
"""

from collections.abc import Iterable
from typing import Final

from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.espeak import EspeakVoice
from models.voice.espeak_library import INSTALL, EspeakLibrary
from models.voice.hibari import HibariVoice
from models.voice.language import base_of, language_of, sentence_language
from models.voice.sentences import warm as warm_sentences
from models.voice.voice import BlockingVoice

AUTO: Final = "auto"
ESPEAK: Final = "espeak"


class Voices:
    """English by Hibari, everything else by eSpeak NG where that is installed."""

    def __init__(self, speakers: Iterable[str] = ("heart",)) -> None:
        """Name the Hibari speakers to load; nothing is loaded before `load`."""
        self._speakers = tuple(speakers)
        self._voices: dict[str, BlockingVoice] = {}
        self._espeak: EspeakLibrary | None = None
        self._no_espeak = f"eSpeak NG is not loaded: {INSTALL}"

    def load(self) -> None:
        """Load all voices and speak a word with each, so that the first sentence is quick.

        About 1.3 s. eSpeak NG may be missing; a Hibari speaker that is raises VoiceMissing.
        """
        voices: list[BlockingVoice] = [HibariVoice(speaker) for speaker in self._speakers]
        try:
            self._espeak = EspeakLibrary()
        except VoiceMissing as missing:
            self._no_espeak = str(missing)
        else:
            voices.append(EspeakVoice(self._espeak))
        for voice in voices:
            for _ in voice.speak("Hello there."):
                pass
        warm_sentences()
        language_of("Hello there.")  # loads the detector
        self._voices = {voice.name: voice for voice in voices}

    @property
    def names(self) -> tuple[str, ...]:
        """What may be wanted; "espeak:<language>" is allowed beside "espeak"."""
        return tuple(self._voices)

    def choose(self, sentence: str, wanted: str | None = None, language: str = "") -> BlockingVoice:
        """The wanted voice, or with None or "auto" the first that speaks the language.

        language: of the text that the sentence is from; "" finds that of the sentence alone.
        Raise UnfitVoice, naming the language or letters and what would help: no voice has the
        wanted name, the wanted voice lacks these letters, or no loaded voice speaks the language.
        """
        if wanted is not None and wanted != AUTO:
            return self._able(self._named(wanted), sentence)
        language = sentence_language(sentence, language) if language else language_of(sentence)
        fluent = [voice for voice in self._voices.values() if _speaks(voice, language)]
        for voice in fluent:
            if not voice.unspeakable(sentence):
                return self._in(voice, language)
        if fluent:
            return self._able(self._in(fluent[-1], language), sentence)
        raise UnfitVoice(self._nobody(language, sentence))

    def check_language(self, language: str) -> None:
        """Raise UnfitVoice, naming those that there are, if no loaded voice speaks the language."""
        if not any(_speaks(voice, language) for voice in self._voices.values()):
            known = sorted(
                {base_of(one) for voice in self._voices.values() for one in voice.languages}
            )
            raise UnfitVoice(
                f"no loaded voice speaks language {language!r}; there are {', '.join(known)}"
                + ("" if self._espeak is not None else f"; {self._no_espeak}")
            )

    def _in(self, voice: BlockingVoice, language: str) -> BlockingVoice:
        """The voice as it speaks this language: eSpeak's has many."""
        if self._espeak is None or voice.name != ESPEAK:
            return voice
        exact = language if language in voice.languages else base_of(language)
        return EspeakVoice(self._espeak, exact, ESPEAK)

    def _named(self, wanted: str) -> BlockingVoice:
        kind, _, language = wanted.partition(":")
        if kind == ESPEAK and language and self._espeak is not None:
            return EspeakVoice(self._espeak, language)
        if wanted in self._voices:
            return self._voices[wanted]
        if kind == ESPEAK:
            raise UnfitVoice(self._no_espeak)
        raise UnfitVoice(
            f"no voice is called {wanted!r}; there are {', '.join((AUTO, *self.names))}"
            + (" and espeak:<language>" if self._espeak is not None else "")
        )

    def _able(self, voice: BlockingVoice, sentence: str) -> BlockingVoice:
        letters = voice.unspeakable(sentence)
        if letters:
            raise UnfitVoice(
                f"the voice {voice.name} cannot read {letters[:20]!r}"
                + ("" if self._espeak is not None else f"; {self._no_espeak}")
            )
        return voice

    def _nobody(self, language: str, sentence: str) -> str:
        help_ = "" if self._espeak is not None else f"; {self._no_espeak}"
        return f"no loaded voice speaks {language!r}, the language of {sentence[:40]!r}{help_}"


def _speaks(voice: BlockingVoice, language: str) -> bool:
    """Whether it speaks the language, in whatever region's way."""
    return language in voice.languages or base_of(language) in voice.languages
