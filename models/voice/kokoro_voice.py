"""The voices of Kokoro v1.0: an 82 M parameter network through onnxruntime.

In: a sentence of English, Mandarin, Spanish, French, Hindi, Italian or Portuguese. Out: mono
float32 at 24 kHz, and the times of its words. Runs in the process that makes speech; owns one
onnxruntime session and the readers of the languages that were asked for. Optional extra `kokoro`.
Source: https://github.com/hexgrad/kokoro (Apache-2.0).

One core takes 0.6 to 0.8 s for a second of sound, so a long sentence is made in parts, the first
one short, and each next one no longer than what is being heard allows.
"""

import json
import threading
from collections.abc import Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
)

from models.voice.english import English
from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.espeak_library import EspeakLibrary
from models.voice.graph import INT64, with_output
from models.voice.ipa import EspeakReader
from models.voice.kokoro_files import network, voices
from models.voice.mandarin import Mandarin
from models.voice.phonemes import Reader, kokoro_seconds
from models.voice.speech import SpeechPiece
from models.voice.synthesis import Network, Sounded, spoken
from models.voice.voice import check_speed, pause_ms
from models.voice.words import written

RATE: Final = 24_000
_BROKEN: Final = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf)
MOST_PHONEMES: Final = (40, 60, 90, 120)
"""In a sentence's first part, its second and so on: about 3 s, then at most 8 s of sound."""
_DURATIONS: Final = "/encoder/Cast_output_0"
"""The graph's durations of its phonemes, see `phonemes.stretches`."""
_LANGUAGES: Final = {
    "a": "en", "b": "en-gb", "e": "es", "f": "fr-fr", "h": "hi", "i": "it", "p": "pt-br", "z": "zh",
}  # fmt: skip
"""What the first letter of a voice's name says; j (Japanese) has no reader here."""
_READ_AS: Final = {"fr": "fr-fr", "pt": "pt-br", "cmn": "zh"}
"""Codes of the same languages."""


class KokoroNetwork:
    """The loaded network and voices: `voices` are their names."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """Load about 90 MB (1 s). A second thread was measured to gain nothing.

        Raise VoiceMissing if there is no network or no voice; see `kokoro_files`.
        """
        self._styles = voices(folder)
        self._session = _session(network(folder), threads)
        self._tokens = self._session.get_inputs()[0].name
        self._timed = len(self._session.get_outputs()) > 1
        vocabulary = resources.files("hibari") / "assets/vocab.json"
        self._ids: dict[str, int] = json.loads(vocabulary.read_text("utf-8"))
        self._readers: dict[str, Reader] = {}
        self._loading = threading.Lock()

    @property
    def voices(self) -> tuple[str, ...]:
        """As `voice` takes them."""
        return tuple(self._styles)

    def voice(self, name: str, language: str = "") -> "KokoroVoice":
        """A voice by its name, in the language of its name or in another one.

        May be called from several threads; a language's first voice loads its reader (up to 1.5 s).
        Raise CannotSpeak if there is no such voice or no reader of the language, VoiceMissing if
        the reader's package is not installed.
        """
        if name not in self._styles:
            raise UnfitVoice(f"Kokoro has no voice {name!r}; it has {', '.join(self._styles)}")
        wanted = _known(language) if language else _LANGUAGES.get(name[:1], name[:1])
        with self._loading:
            if wanted not in self._readers:
                self._readers[wanted] = self._reader(wanted)
        return KokoroVoice(self, name, wanted, self._readers[wanted])

    def sounded(self, voice: str, speed: float, phonemes: str) -> Sounded:
        """Speak `phonemes`, at most 508 of them; about 0.7 s of work for a second of sound."""
        ids = [self._ids[sign] for sign in phonemes if sign in self._ids]
        style = self._styles[voice]
        inputs = {
            self._tokens: np.asarray([[0, *ids, 0]], np.int64),
            "style": style[None, min(len(ids), len(style)) - 1],
            "speed": np.asarray([speed], np.float32),
        }
        outputs = self._session.run(None, inputs)
        durations = kokoro_seconds(outputs[1]) if self._timed else None
        return Sounded(outputs[0].reshape(-1), durations)

    def as_network(self, voice: str, speed: float) -> Network:
        """This network with a voice and a speed, as `synthesis.spoken` takes it."""
        return Network(RATE, self._ids, partial(self.sounded, voice, speed))

    def _reader(self, language: str) -> Reader:
        if language in ("en", "en-gb"):
            return English(british=language == "en-gb")
        if language == "zh":
            return Mandarin(English())
        if language not in _LANGUAGES.values():
            known = ", ".join(_LANGUAGES.values())
            raise UnfitVoice(f"Kokoro reads {known} here, not {language!r}")
        return EspeakReader(EspeakLibrary(), language)


class KokoroVoice:
    """One voice in one language; see `voice.BlockingVoice`."""

    def __init__(self, owner: KokoroNetwork, voice: str, language: str, reader: Reader) -> None:
        self._network = owner
        self._voice = voice
        self._reader = reader
        self.name = f"kokoro:{voice}"
        self.rate = RATE
        self.languages = frozenset({language.partition("-")[0]})

    def unspeakable(self, sentence: str) -> str:
        """The letters that the language's reader does not know."""
        return self._reader.unspeakable(sentence)

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[SpeechPiece]:
        """See `voice.BlockingVoice.speak`. The first piece takes 1 to 2 s on one core."""
        check_speed(speed)
        parts = self._reader.read(sentence, MOST_PHONEMES)
        using = self._network.as_network(self._voice, speed)
        return spoken(using, written(sentence), parts, pause_ms(sentence))


def _known(language: str) -> str:
    """A BCP 47 code as one of `_LANGUAGES` if it is one with another region: en-US is en."""
    code = language.lower().replace("_", "-")
    base = code.partition("-")[0]
    candidates = (code, _READ_AS.get(base, base))
    return next((known for known in candidates if known in _LANGUAGES.values()), code)


def _session(model: bytes, threads: int) -> onnxruntime.InferenceSession:
    """With the durations as a second output where the graph has them under their usual name."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    if _DURATIONS.encode() in model:
        model = with_output(model, _DURATIONS, INT64)
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _BROKEN as broken:
        raise VoiceMissing(f"Kokoro's network does not load: {broken}") from broken
