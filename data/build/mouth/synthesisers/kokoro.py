"""Kokoro v1.0 (Apache-2.0), for testing only: no weight is learned from it.

In: an order whose voice is one of Kokoro's. Out: speech with its graph's durations (25 ms units).
Owns the network, about 300 MB; see `models.voice.kokoro_files` for where it lies.
"""

from pathlib import Path
from typing import Final

import numpy as np

from data.build.mouth.spoken_clip import Phone, SynthesisedSpeech
from data.build.mouth.synthesisers.hibari import timed
from data.build.mouth.synthesisers.synthesiser import SpeechOrder
from models.voice.english import English
from models.voice.kokoro_voice import RATE, KokoroNetwork
from models.voice.mandarin import Mandarin
from models.voice.phonemes import Reader

_MOST_PHONEMES: Final = 200


class KokoroSynthesiser:
    """English and Mandarin; see `Speaker`."""

    def __init__(self, folder: Path) -> None:
        """Load the network; VoiceMissing says what is missing."""
        self._network = KokoroNetwork(folder)
        english = English()
        self._readers: dict[str, Reader] = {"en": english, "zh": Mandarin(english)}

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; heeds voice, language and speed."""
        sounds, begun = [], 0.0
        phones: list[Phone] = []
        known = self._network.as_network(order.voice, order.speed).known
        for part in self._readers[order.language].read(order.text, (_MOST_PHONEMES,)):
            said = self._network.sounded(order.voice, order.speed, part.text)
            if said.durations is None:
                raise ValueError("this Kokoro network does not tell its durations")
            phones += timed([s for s in part.text if s in known], said.durations, begun)
            begun += len(said.sound) / RATE
            sounds.append(said.sound)
        return SynthesisedSpeech(np.concatenate(sounds).astype(np.float32), RATE, tuple(phones))
