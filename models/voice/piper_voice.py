"""A voice of Piper: a VITS network through onnxruntime, spelling by its own eSpeak NG.

In: a sentence in the voice's language. Out: mono float32 at the voice's rate (16 or 22.05 kHz), and
the times of its words. Runs in the process that makes speech; owns one onnxruntime session.
Source: https://github.com/OHF-Voice/piper1-gpl (GPL-3), the package `piper-tts`, imported only by
who asks for this voice (optional extra `piper`).
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
)

from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.graph import FLOAT, with_output
from models.voice.language import scripts_of
from models.voice.phonemes import MARKS, NOBODY, Phonemes, parts
from models.voice.sentences import sentences
from models.voice.speech import SpeechPiece
from models.voice.synthesis import Network, Sounded, spoken
from models.voice.text import plain, script_of
from models.voice.voice import check_speed, pause_ms
from models.voice.words import matched, written

if TYPE_CHECKING:
    from piper import PiperVoice as Engine

INSTALL: Final = "pip install 'ringtalk[piper]'"
MOST_PHONEMES: Final = (100, 200, 300)
"""In a sentence's first part, its second, the others: about 7 s of sound, then 20 s at most."""
_DURATIONS: Final = "/Ceil_output_0"
"""The graph's durations of its phonemes in frames, as piper's own alignments take them."""
_ELLIPSIS: Final = re.compile(r"\.\.|…")
"""A pause in the middle of a sentence."""
_PRIVATE_USE: Final = 0xE000
_BROKEN: Final = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf)


class PiperVoice:
    """See `voice.BlockingVoice`."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        """Load `model` (.onnx) and its `.onnx.json` beside it, 60 MB in 0.5 s.

        Raise VoiceMissing with what is missing: a file, the package, or what it can read.
        """
        self._engine = _loaded(model, threads)
        config = self._engine.config
        self.name = f"piper:{model.stem}"
        self.rate = int(config.sample_rate)
        self.languages = frozenset({config.espeak_voice.replace("_", "-").partition("-")[0]})
        self._scripts = scripts_of(config.espeak_voice)
        clusters = [phoneme for phoneme in config.phoneme_id_map if len(phoneme) > 1]
        self._clusters = {cluster: chr(_PRIVATE_USE + n) for n, cluster in enumerate(clusters)}
        """Phonemes of several characters, each as one of Unicode's private ones."""
        self._ids = {
            self._clusters.get(phoneme, phoneme): list(ids)
            for phoneme, ids in config.phoneme_id_map.items()
        }
        self._timed = len(self._engine.session.get_outputs()) > 1

    def unspeakable(self, sentence: str) -> str:
        """The letters of other scripts than the voice's language has, and Latin."""
        letters = dict.fromkeys(c for c in plain(sentence) if c.isalpha())
        return "".join(c for c in letters if script_of(c) not in self._scripts)

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[SpeechPiece]:
        """See `voice.BlockingVoice.speak`. About 80 ms of work for a second of sound."""
        check_speed(speed)
        foreign = self.unspeakable(sentence)
        if foreign:
            raise UnfitVoice(f"the voice {self.name} cannot read {foreign!r}")
        said = self._read(sentence)
        if not any(c.isalnum() for c in plain(sentence)) or not said:
            raise UnfitVoice(f"there is nothing to say in {sentence!r}")
        network = Network(self.rate, self._ids, partial(self._sounded, speed))
        return spoken(network, written(sentence), said, pause_ms(sentence))

    def _read(self, sentence: str) -> list[Phonemes]:
        lines = self._lines(plain(sentence))
        words = [word for line in lines for word in "".join(line).split()]
        owners = matched([w.text for w in written(sentence)], words, self._count)
        found: list[Phonemes] = []
        before = 0
        for line in lines:
            signs = list(_owned(line, owners, before))
            found += parts(signs, MOST_PHONEMES)
            before += len("".join(line).split())
        return [part for part in found if any(at != NOBODY for at in part.words)]

    def _lines(self, text: str) -> list[list[str]]:
        """The signs of each sentence. Piper also cuts behind "Mr.": what it cuts in the middle of
        a sentence is one line, without the full stops that are none."""
        [language] = self.languages
        found: list[list[str]] = []
        for sentence in list(sentences(text, language)) or [text]:
            pieces = self._pieces(sentence)
            stops = "." if _ELLIPSIS.search(sentence) is None else ""
            for piece in pieces[:-1]:
                while piece and piece[-1] in stops:
                    piece.pop()
                piece.append(" ")
            found.append(list(chain.from_iterable(pieces)))
        return found

    def _pieces(self, text: str) -> list[list[str]]:
        """The signs of each sentence as Piper cuts them."""
        # Two brackets would mean phonemes to Piper.
        found = self._engine.phonemize(text.replace("[[", "[ [").replace("]]", "] ]"))
        lines = ([self._clusters.get(phoneme, phoneme) for phoneme in line] for line in found)
        return [[sign for sign in line if len(sign) == 1] for line in lines]

    def _count(self, word: str) -> int:
        return sum(len("".join(line).split()) for line in self._pieces(plain(word)))

    def _sounded(self, speed: float, phonemes: str) -> Sounded:
        signs = [sign for sign in phonemes if sign in self._ids]
        groups = _with_pads([self._ids[sign] for sign in signs], self._ids)
        config = self._engine.config
        inputs = {
            "input": np.asarray([[each for group in groups for each in group]], np.int64),
            "input_lengths": np.asarray([sum(map(len, groups))], np.int64),
            "scales": np.asarray(
                [config.noise_scale, config.length_scale / speed, config.noise_w_scale], np.float32
            ),
        }
        if config.num_speakers > 1:
            inputs["sid"] = np.asarray([config.default_speaker_id], np.int64)
        outputs = self._engine.session.run(None, inputs)
        sound = outputs[0].reshape(-1)
        if not self._timed:
            return Sounded(sound, None)
        frames = outputs[1].reshape(-1)
        firsts = np.cumsum([0, *map(len, groups[:-1])])
        return Sounded(sound, np.add.reduceat(frames, firsts) * (config.hop_length / self.rate))


def _owned(signs: Sequence[str], owners: Sequence[int], first: int) -> Iterator[tuple[str, int]]:
    """Each sign with its word: `first` is the number of the first among all that are read."""
    at = first
    begun = False
    for sign in signs:
        if sign.isspace():
            at += begun
            begun = False
            yield sign, NOBODY
        else:
            begun = True
            yield sign, NOBODY if sign in MARKS else owners[at]


def _with_pads(ids: Sequence[list[int]], known: dict[str, list[int]]) -> list[list[int]]:
    """Begin, phonemes and end as Piper's networks learned them: a pad after each but the last."""
    begin, pad, end = known["^"], known["_"], known["$"]
    return [begin + pad, *(group + pad for group in ids), end]


def _loaded(model: Path, threads: int) -> "Engine":
    config = model.with_name(f"{model.name}.json")
    for file in (model, config):
        if not file.is_file():
            raise VoiceMissing(f"Piper's voice is not in {file}")
    try:
        # Optional and GPL: only who asks for this voice loads it.
        from piper import PiperConfig  # noqa: PLC0415
        from piper import PiperVoice as Engine  # noqa: PLC0415
        from piper.config import PhonemeType  # noqa: PLC0415
    except ImportError as missing:
        raise VoiceMissing(f"Piper is not installed: {INSTALL}") from missing
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    network = model.read_bytes()
    if _DURATIONS.encode() in network:
        network = with_output(network, _DURATIONS, FLOAT)
    try:
        settings = PiperConfig.from_dict(json.loads(config.read_text("utf-8")))
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except (*_BROKEN, KeyError, ValueError) as broken:
        raise VoiceMissing(f"Piper's voice {model} does not load: {broken}") from broken
    if settings.phoneme_type == PhonemeType.PINYIN:
        raise VoiceMissing(f"Piper's voice {model} reads pinyin, which is not supported here")
    return Engine(session=session, config=settings)
