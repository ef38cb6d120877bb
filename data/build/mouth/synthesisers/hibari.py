"""Hibari (Apache-2.0): a neural English voice, made into many by moving its spectra.

In: an order. Out: speech with the durations of Hibari's own graph (25 ms units). Owns an
onnxruntime session and the pronouncing dictionaries. Source: hibari-tts 0.2.1; its network gives
magnitudes and phases of a harmonic, a noise and a free part, 601 bins each 12.5 ms, and a pitch
curve: pitch and vocal tract length are changed there, before any sound is made.
"""

from typing import Final

import numpy as np
from hibari import Hibari as Engine
from hibari import dsp
from hibari.voices import voice_path
from numpy.typing import NDArray

from data.build.mouth.spoken_clip import SILENT, STRESS, Phone, SynthesisedSpeech
from data.build.mouth.synthesisers.synthesiser import INVENTED, SpeechOrder
from models.voice.english import English
from models.voice.graph import INT64, with_output
from models.voice.phonemes import MARKS, kokoro_seconds

_DURATIONS: Final = "/Cast_32_output_0"
_MOST_PHONEMES: Final = 300
_JOIN: Final = 0.15
"""Seconds of silence between two sentences."""


class HibariSynthesiser:
    """The voice "heart", which the package brings; see `Speaker`."""

    def __init__(self) -> None:
        path = voice_path("heart", download_missing=False)
        with open(path, "rb") as file:
            network = with_output(file.read(), _DURATIONS, INT64)
        self._engine = Engine(voice="heart", model=network, threads=1)
        self._english = English()

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; heeds all of the order."""
        sounds, phones, begun = [], [], 0.0
        for part in self._read(order):
            sound, durations = self._sounded(part, order)
            known = [sign for sign in part if sign in self._engine.vocab]
            phones += timed(known, durations, begun)
            gap = np.zeros(round(_JOIN * dsp.SR), np.float32)
            begun += (len(sound) + len(gap)) / dsp.SR
            sounds += [sound, gap]
        return SynthesisedSpeech(np.concatenate(sounds), dsp.SR, tuple(phones))

    def _read(self, order: SpeechOrder) -> list[str]:
        if order.language == INVENTED:
            return [order.text]
        return [part.text for part in self._english.read(order.text, (_MOST_PHONEMES,))]

    def _sounded(
        self, phonemes: str, order: SpeechOrder
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        ids = np.asarray([self._engine.ids(phonemes)], np.int64)
        inputs = {"ids": ids, "speed": np.asarray([order.speed], np.float32)}
        *spectra, durations = self._engine.sess.run(None, inputs)
        harmonic, turn, noise, rest, phase, pitch = (spectrum[0] for spectrum in spectra)
        moved = [_stretched(part, order.size) for part in (harmonic, noise, rest)]
        random = np.random.default_rng(order.seed)
        sound = dsp.synth(
            moved[0], turn, moved[1], moved[2], phase, pitch * np.float32(order.pitch), random
        )
        return np.asarray(sound, np.float32), kokoro_seconds(durations)


def timed(signs: list[str], durations: NDArray[np.float64], begun: float) -> list[Phone]:
    """Phones of the signs of Kokoro's alphabet.

    durations: float64 [n + 2], with the silence at both ends, in seconds; begun: where they
    begin. A space is no sound: it goes to the phone before it; other marks are pauses.
    """
    starts = begun + np.concatenate([[0.0], np.cumsum(durations)])
    phones = [Phone(float(begun), SILENT)]
    ahead: float | None = None
    for sign, start in zip(signs, starts[1:-2], strict=True):
        if ahead is None:
            ahead = max(float(start), begun)
        if sign not in STRESS and sign != " ":
            phones.append(Phone(ahead, SILENT if sign in MARKS else sign))
            ahead = None
    phones.append(Phone(float(starts[-2]), SILENT))
    return phones


def _stretched(log: NDArray[np.float32], size: float) -> NDArray[np.float32]:
    """A log spectrum [bins, frames] with its frequencies times `size`."""
    if size == 1:
        return log
    bins = len(log)
    source = np.clip(np.arange(bins) / size, 0, bins - 1)
    low = np.minimum(source.astype(np.intp), bins - 2)
    share = (source - low)[:, None].astype(np.float32)
    return np.asarray(log[low] * (1 - share) + log[low + 1] * share, np.float32)
