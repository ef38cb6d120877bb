"""What a person says to the face, and what only sounds like it.

In: texts. Out: int16 [n] at 16 kHz, with when the last voice ends. A pause is put between two
words of a whole sentence, where the voice says that the word begins, so that its melody goes on.
Noises are made here, the same each time. Runs in the benchmark's process; owns a voice.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE
from models.sound.resample import FILE_QUALITY, Resampler
from models.voice.hibari import HibariVoice
from models.voice.speech import SpeechPiece, SpokenWord

Sound = NDArray[np.int16]
Wave = NDArray[np.float32]

COMPLETE: Final = (
    "What time is it now?",
    "Can you tell me about the weather?",
    "How much does the blue one cost?",
    "Please tell me a story.",
    "Sorry, could you say that again?",
    "Where do you come from?",
    "I would like a cup of coffee, please.",
    "What is the capital of France?",
    "Do you know how to cook rice?",
    "I went to the market yesterday, and there were no apples left.",
)
PAUSED: Final = (
    ("I would like", "a cup of coffee, please."),
    ("Can you tell me about", "the weather in Paris?"),
    ("How much does the", "blue one cost?"),
    ("I was thinking that", "we could go to the beach."),
    ("What is the capital of", "the United States?"),
    ("Please tell me a story about", "a dragon and a knight."),
    ("My brother and", "his wife live in London."),
    ("Is there a train that", "leaves before noon?"),
    ("We need to buy some bread and", "a bottle of milk."),
    ("The thing is that my", "computer does not start."),
)
"""Where a person may take a breath, or think: the first part alone asks nothing."""
THINKING: Final = (
    ("I would like, um,", "a cup of tea."),
    ("Can you tell me, uh,", "where the station is?"),
    ("I want to go to the", "museum of modern art."),
    ("Maybe we should", "begin with the second one."),
)
VOICED: Final = 0.02
"""Of full scale: from here on a sound counts as voiced."""
FULL: Final = 32767


class SaidSound(NamedTuple):
    """text: what is said. end_ms: when its last voice is over, from its first sample."""

    text: str
    sound: Sound
    end_ms: float


class Voice(Protocol):
    """What a person is spoken by."""

    @property
    def rate(self) -> int:
        """Of its sound, in Hz."""

    def speak(self, sentence: str) -> Iterator[SpeechPiece]:
        """The sound of a sentence, piece by piece."""


class Speaker:
    """A voice as a person's, the built-in one unless another is given."""

    def __init__(self, voice: Voice | None = None) -> None:
        self._voice = voice or HibariVoice()

    def say(self, text: str) -> SaidSound:
        """A sentence without a pause."""
        return _said(text, self._wave(text)[0])

    def paused(self, first: str, rest: str, pause_ms: float) -> SaidSound:
        """A sentence with `pause_ms` of silence behind its words `first`."""
        text = f"{first} {rest}"
        sound, words = self._wave(text)
        cut = round(words[len(first.split())].start * FEATURE_RATE)
        silence = np.zeros(round(pause_ms * FEATURE_RATE / 1000), np.float32)
        begun = np.flatnonzero(np.abs(sound[:cut]) > VOICED)[-1] + 1
        return _said(text, np.concatenate((sound[:begun], silence, sound[cut:])))

    def _wave(self, text: str) -> tuple[Wave, list[SpokenWord]]:
        pieces = list(self._voice.speak(text))
        resampler = Resampler(self._voice.rate, FEATURE_RATE, FILE_QUALITY)
        parts = [*(resampler.push(piece.sound) for piece in pieces), resampler.finish()]
        return np.concatenate(parts), [word for piece in pieces for word in piece.words]


def noises() -> dict[str, Sound]:
    """Sounds that ask nothing, by name."""
    dice = np.random.default_rng(7)
    return {
        "cough": _pcm(np.concatenate((_cough(dice), _silence(0.12), 0.7 * _cough(dice)))),
        "knocks": _pcm(np.concatenate([_knock(dice) for _ in range(3)])),
        "typing": _pcm(np.concatenate([0.4 * _knock(dice)[:1600] for _ in range(15)])),
        "noise": _pcm(0.1 * dice.standard_normal(2 * FEATURE_RATE).astype(np.float32)),
        "breath": _pcm(0.3 * _band(dice, 0.8, 300, 2500) * _hump(0.8)),
    }


def quieter(sound: Sound, decibels: float) -> Sound:
    """The sound, `decibels` below what it was."""
    return (sound * 10 ** (-decibels / 20)).astype(np.int16)


def _said(text: str, sound: Wave) -> SaidSound:
    last = int(np.flatnonzero(np.abs(sound) > VOICED)[-1]) + 1
    return SaidSound(text, _pcm(sound), last * 1000 / FEATURE_RATE)


def _cough(dice: np.random.Generator) -> Wave:
    """A burst with a sharp beginning, 0.25 s."""
    fall = np.exp(-np.linspace(0, 6, FEATURE_RATE // 4)).astype(np.float32)
    found: Wave = 0.8 * _band(dice, 0.25, 400, 3500) * fall
    return found


def _knock(dice: np.random.Generator) -> Wave:
    fall = np.exp(-np.linspace(0, 30, FEATURE_RATE // 3)).astype(np.float32)
    found: Wave = dice.standard_normal(len(fall)).astype(np.float32) * fall * 0.4
    return found


def _band(dice: np.random.Generator, seconds: float, low: float, high: float) -> Wave:
    """Noise between two frequencies, at most 1.0."""
    count = round(seconds * FEATURE_RATE)
    spectrum = np.fft.rfft(dice.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / FEATURE_RATE)
    sound = np.fft.irfft(np.where((hertz > low) & (hertz < high), spectrum, 0), count)
    found: Wave = (sound / np.abs(sound).max()).astype(np.float32)
    return found


def _hump(seconds: float) -> Wave:
    found: Wave = np.hanning(round(seconds * FEATURE_RATE)).astype(np.float32)
    return found


def _silence(seconds: float) -> Wave:
    return np.zeros(round(seconds * FEATURE_RATE), np.float32)


def _pcm(sound: Wave) -> Sound:
    return (np.clip(sound, -1, 1) * FULL).astype(np.int16)
