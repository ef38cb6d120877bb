"""The English voice: Hibari TTS, a 6 M parameter network on one onnxruntime thread.

In: one English sentence. Out: mono float32 at 24 kHz, and the times of its words. Runs in the
process that makes speech; owns one onnxruntime session and the pronouncing dictionaries (about
160 MB), freed with it. Source: https://github.com/MMWilliams/hibari (Apache-2.0), the `hibari-tts`
package.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from hibari import Hibari, dsp
from hibari.voices import VOICES, voice_path

from models.voice.english import English
from models.voice.errors import VoiceMissing
from models.voice.graph import INT64, with_output
from models.voice.phonemes import kokoro_seconds
from models.voice.speech import SpeechPiece
from models.voice.synthesis import Network, Sounded, spoken
from models.voice.voice import check_speed, pause_ms
from models.voice.words import written

MOST_PHONEMES: Final = 300
"""About 20 s of speech, 0.2 s of work and 150 MB; spelled-out numbers can be longer."""
NOISE_SEED: Final = 0
"""The same sentence sounds the same each time, to the bit."""
_DURATIONS: Final = "/Cast_32_output_0"
"""The graph's durations of its phonemes, see `phonemes.stretches`."""


class HibariVoice:
    """One Hibari speaker; see `voice.BlockingVoice`."""

    def __init__(self, speaker: str = "heart") -> None:
        """Load the speaker's network and dictionaries (about 1.2 s).

        Only speakers that are on this machine: "heart" is in the package, others must lie in
        Hibari's cache folder already. Raise VoiceMissing otherwise; nothing is downloaded.
        """
        if speaker not in VOICES:
            raise VoiceMissing(f"Hibari has no speaker {speaker!r}; it has {', '.join(VOICES)}")
        try:
            path = voice_path(speaker, download_missing=False)
        except FileNotFoundError as missing:
            raise VoiceMissing(
                f"Hibari's speaker {speaker!r} is not on this machine: "
                f"`hibari --voice {speaker} Hello` downloads it to {missing}"
            ) from missing
        self.name = "hibari" if speaker == "heart" else f"hibari:{speaker}"
        self.rate = int(Hibari.sample_rate)
        self.languages = frozenset({"en"})
        self._english = English(british=bool(VOICES[speaker]["british"]))
        network = with_output(Path(path).read_bytes(), _DURATIONS, INT64)
        self._hibari = Hibari(voice=speaker, model=network, threads=1)

    def unspeakable(self, sentence: str) -> str:
        """Every letter that is not Latin."""
        return self._english.unspeakable(sentence)

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[SpeechPiece]:
        """See `voice.BlockingVoice.speak`. A sentence of 2 s takes about 20 ms, of 8 s about 60
        ms."""
        check_speed(speed)
        parts = self._english.read(sentence, (MOST_PHONEMES,))
        network = Network(self.rate, self._hibari.vocab, partial(self._sounded, speed))
        return spoken(network, written(sentence), parts, pause_ms(sentence))

    def _sounded(self, speed: float, phonemes: str) -> Sounded:
        ids = np.asarray([self._hibari.ids(phonemes)], np.int64)
        inputs = {"ids": ids, "speed": np.asarray([speed], np.float32)}
        *spectra, durations = self._hibari.sess.run(None, inputs)
        noise = np.random.default_rng(NOISE_SEED)
        sound = dsp.synth(*(spectrum[0] for spectrum in spectra), noise)
        return Sounded(sound, kokoro_seconds(durations))
