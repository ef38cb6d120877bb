"""The English voice: Hibari TTS, a 6 M parameter network on one onnxruntime thread.

In: one English sentence. Out: mono float32 at 24 kHz. Runs in the process that makes speech;
owns one onnxruntime session and the pronouncing dictionaries (about 160 MB), freed with it.
Source: https://github.com/MMWilliams/hibari (Apache-2.0), the `hibari-tts` package.
"""

import re
from collections.abc import Iterator
from textwrap import wrap
from typing import Final

import numpy as np
from hibari import Hibari
from hibari.voices import VOICES, voice_path
from numpy.typing import NDArray

from models.sound.loudness import levelled
from models.sound.trim import trim
from models.voice.errors import CannotSpeak, VoiceMissing
from models.voice.text import foreign_letters, greek_named, plain
from models.voice.voice import HEAD_MS, check_speed, pause_ms

MOST_PHONEMES: Final = 300
"""About 20 s of speech, 0.2 s of work and 150 MB; spelled-out numbers can be longer."""
_LONG_NUMBER: Final = re.compile(r"\d{16,}")
"""Read digit by digit: Hibari has no word for more."""
_RAISED: Final = str.maketrans("¹⁰⁴⁵⁶⁷⁸⁹", "10456789")
"""Hibari reads ² and ³ and stumbles over the others."""
_JOIN_MS: Final = 60.0
NOISE_SEED: Final = 0
"""The same sentence sounds the same each time, to the bit."""


class HibariVoice:
    """One Hibari speaker; see `voice.Voice`."""

    def __init__(self, speaker: str = "heart") -> None:
        """Load the speaker's network and dictionaries (about 1.2 s).

        Only speakers that are on this machine: "heart" is in the package, others must lie in
        Hibari's cache folder already. Raise VoiceMissing otherwise; nothing is downloaded.
        """
        if speaker not in VOICES:
            raise VoiceMissing(f"Hibari has no speaker {speaker!r}; it has {', '.join(VOICES)}")
        try:
            model = voice_path(speaker, download_missing=False)
        except FileNotFoundError as missing:
            raise VoiceMissing(
                f"Hibari's speaker {speaker!r} is not on this machine: "
                f"`hibari --voice {speaker} Hello` downloads it to {missing}"
            ) from missing
        self.name = "hibari" if speaker == "heart" else f"hibari:{speaker}"
        self.rate = int(Hibari.sample_rate)
        self.languages = frozenset({"en"})
        self._hibari = Hibari(voice=speaker, model=model, threads=1)
        self._hibari.phonemize("ringtalkly")

    def unspeakable(self, sentence: str) -> str:
        """Every letter that is not Latin: Hibari would drop it or spell it wrongly."""
        return foreign_letters(greek_named(plain(sentence)))

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[NDArray[np.float32]]:
        """See `voice.Voice.speak`. A sentence of 2 s takes about 20 ms, of 8 s about 60 ms."""
        check_speed(speed)
        phonemes = self._phonemes(sentence)
        return self._sound(phonemes, speed, pause_ms(sentence))

    def _phonemes(self, sentence: str) -> list[str]:
        """What the network reads, at most `MOST_PHONEMES` at a time."""
        text = greek_named(plain(sentence)).translate(_RAISED)
        text = _LONG_NUMBER.sub(lambda digits: " ".join(digits[0]), text)
        foreign = foreign_letters(text)
        if foreign:
            raise CannotSpeak(f"the voice {self.name} speaks English only, not {foreign!r}")
        try:
            phonemes = self._hibari.phonemize(text)
        except (LookupError, ValueError, TypeError) as lost:
            raise CannotSpeak(f"the voice {self.name} cannot read {sentence!r}") from lost
        if not phonemes or not any(c.isalnum() for c in text):
            raise CannotSpeak(f"there is nothing to say in {sentence!r}")
        return [part for long in phonemes for part in wrap(long, MOST_PHONEMES)]

    def _sound(
        self, phonemes: list[str], speed: float, pause: float
    ) -> Iterator[NDArray[np.float32]]:
        pauses = [_JOIN_MS] * (len(phonemes) - 1) + [pause]
        for part, rest in zip(phonemes, pauses, strict=True):
            raw = self._hibari.from_phonemes(part, speed, NOISE_SEED)
            yield from levelled(trim(raw, self.rate, HEAD_MS, rest), self.rate)
