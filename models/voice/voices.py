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
from models.voice.language import language_of
from models.voice.sentences import warm as warm_sentences
from models.voice.voice import BlockingVoice

AUTO: Final = "auto"


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
        self._voices = {voice.name: voice for voice in voices}

    @property
    def names(self) -> tuple[str, ...]:
        """What may be wanted; "espeak:<language>" is allowed beside "espeak"."""
        return tuple(self._voices)

    def choose(self, sentence: str, wanted: str | None = None) -> BlockingVoice:
        """The wanted voice, or with None or "auto" the first that speaks the sentence's language.

        Raise CannotSpeak, naming the language or letters and what would help: no voice has the
        wanted name, the wanted voice lacks these letters, or no loaded voice speaks the language.
        """
        if wanted is not None and wanted != AUTO:
            return self._able(self._named(wanted), sentence)
        language = language_of(sentence)
        fluent = [voice for voice in self._voices.values() if language in voice.languages]
        for voice in fluent:
            if not voice.unspeakable(sentence):
                return voice
        if fluent:
            return self._able(fluent[-1], sentence)
        raise UnfitVoice(self._nobody(language, sentence))

    def _named(self, wanted: str) -> BlockingVoice:
        kind, _, language = wanted.partition(":")
        if kind == "espeak" and language and self._espeak is not None:
            return EspeakVoice(self._espeak, language)
        if wanted in self._voices:
            return self._voices[wanted]
        if kind == "espeak":
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
