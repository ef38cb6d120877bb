"""People who read the prompts of the Asterisk telephone exchange, as Debian packages them.

In: an order whose voice is a language's folder. Out: prompts of that voice one after another, with
eSpeak's phones of what was read, spread over the time that it took: `data.build.mouth.align` must
find where they are. Owns eSpeak's library (see `data.build.mouth.synthesisers.espeak`). Source: the
packages asterisk-core-sounds-*-g722 (recordings) and asterisk-core-sounds-* (what is said in them).
"""

import gzip
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from data.build.mouth.spoken_clip import SILENT, Phone, SynthesisedSpeech, levelled
from data.build.mouth.synthesisers.espeak import EspeakSynthesiser
from data.build.mouth.synthesisers.synthesiser import SpeechOrder
from data.units import FEATURE_RATE

_SOUNDS: Final = Path("/usr/share/asterisk/sounds")
_TEXTS: Final = Path("/usr/share/doc")
_LINE: Final = re.compile(r"^([\w/-]+): *([^\[\s].*)$")
_QUOTES: Final = str.maketrans("", "", '"“”«»…')
_ENOUGH: Final = 9.0
"""Seconds of a clip: prompts are added until they are that long."""
_LONGEST: Final = 15.0
_GAP: Final = 0.2
_SWITCH: Final = "("
"""Begins eSpeak's sign for another language's word."""
_SHORTEST: Final = 0.01
_FRAME: Final = FEATURE_RATE // 100
_HEARD: Final = 0.03
"""Of a prompt's loudest frame: what is louder is speech."""


class RecordingsMissing(Exception):
    """The recordings or their texts are not on this machine."""


@dataclass(frozen=True)
class Prompt:
    """A recording, and what is said in it."""

    path: Path
    text: str


class RecordedSynthesiser:
    """Speaks by quoting: the order's seed picks the prompts, its text is not heeded."""

    def __init__(self, sounds: Path = _SOUNDS, texts: Path = _TEXTS) -> None:
        """sounds, texts: where the packages put them."""
        self._sounds, self._texts = sounds, texts
        self._espeak = EspeakSynthesiser()

    def say(self, order: SpeechOrder) -> SynthesisedSpeech:
        """See `Synthesiser.say`; RecordingsMissing says what to install."""
        known = prompts(self._sounds, self._texts, order.voice)
        random = np.random.default_rng(order.seed)
        parts: list[NDArray[np.float32]] = []
        phones: list[Phone] = []
        begun = 0.0
        while begun < _ENOUGH:
            prompt = known[int(random.integers(len(known)))]
            sound = levelled(decoded(prompt.path))
            if len(sound) > _LONGEST * FEATURE_RATE:
                continue
            phones += [Phone(begun + p.start, p.sign) for p in self._spread(prompt, sound, order)]
            parts += [sound, np.zeros(round(_GAP * FEATURE_RATE), np.float32)]
            begun = sum(map(len, parts)) / FEATURE_RATE
        return SynthesisedSpeech(np.concatenate(parts), FEATURE_RATE, tuple(phones))

    def _spread(
        self, prompt: Prompt, sound: NDArray[np.float32], order: SpeechOrder
    ) -> list[Phone]:
        """eSpeak's phones, as far along in the speech of the recording as in its own."""
        first, last = spoken(sound)
        said = self._espeak.say(SpeechOrder(prompt.text, "", order.language)).phones
        said = tuple(p for p in said if not p.sign.startswith(_SWITCH))
        end = said[-1].start
        while said[-1].sign == SILENT:  # how many eSpeak tells of behind the end is chance
            said = said[:-1]
        spoken_at = [p.start for p in said if p.sign != SILENT]
        start = spoken_at[0]
        scale = (last - first) / max(end - start, _SHORTEST)
        spread = [Phone(first + (p.start - start) * scale, p.sign) for p in said]
        within = (p for p in spread if first <= p.start < last)
        return [Phone(0.0, SILENT), *within, Phone(last, SILENT)]


@cache
def prompts(sounds: Path, texts: Path, voice: str) -> tuple[Prompt, ...]:
    """The prompts of a voice whose words are known; RecordingsMissing where there are none."""
    path = texts / f"asterisk-core-sounds-{voice}" / f"core-sounds-{voice}.txt.gz"
    try:
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    except FileNotFoundError as error:
        raise RecordingsMissing(
            f"no {path}: apt-get install asterisk-core-sounds-{voice}-g722"
        ) from error
    matched = (_LINE.match(line) for line in lines)
    pairs = ((sounds / voice / f"{m[1]}.g722", m[2].translate(_QUOTES)) for m in matched if m)
    found = tuple(Prompt(path, text) for path, text in pairs if path.is_file())
    if not found:
        raise RecordingsMissing(f"no recordings in {sounds / voice}")
    return found


def decoded(path: Path) -> NDArray[np.float32]:
    """A G.722 file as float32 [n] at 16 kHz."""
    with av.open(str(path), format="g722") as container:
        parts = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    return np.concatenate(parts).astype(np.float32) / np.float32(32768)


def spoken(sound: NDArray[np.float32]) -> tuple[float, float]:
    """When speech begins and ends in a recording, in s."""
    frames = sound[: len(sound) // _FRAME * _FRAME].reshape(-1, _FRAME)
    level = np.sqrt(np.mean(np.square(frames), axis=1))
    loud = np.flatnonzero(level > _HEARD * level.max(initial=0))
    if not len(loud):
        return 0.0, len(sound) / FEATURE_RATE
    return float(loud[0]) * _FRAME / FEATURE_RATE, float(loud[-1] + 1) * _FRAME / FEATURE_RATE
