"""One synthesised utterance: its sound, and when each phone begins.

In and out: a speaker's result, or a file of the build folder. Owns nothing.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from data.units import FEATURE_RATE

SILENT: Final = "_"
"""The sign of a pause."""
BREATH: Final = "ʰ"
"""The sign of a stop's breath, from its burst to the vowel."""
STRESS: Final = frozenset("ˈˌ")
"""Stress marks: they take time of their own in some alphabets, which is the next phone's."""
_FULL: Final = 32767


@dataclass(frozen=True)
class Phone:
    """A phone as its speaker writes it (IPA or misaki's alphabet); `start` in seconds.

    It lasts until the next one begins.
    """

    start: float
    sign: str


@dataclass(frozen=True)
class SpokenClip:
    """sound: float32 [n] at 16 kHz. phones: in order, the last one until the end.

    kind: the synthesiser; voice: one of its voices; language: BCP 47; split: train, val, test.
    """

    sound: NDArray[np.float32]
    phones: tuple[Phone, ...]
    kind: str
    voice: str
    language: str
    split: str
    text: str = ""

    @property
    def seconds(self) -> float:
        return len(self.sound) / FEATURE_RATE

    def save(self, path: Path) -> None:
        """Write an .npz, whole or not at all."""
        part = path.with_suffix(".part")
        about = [self.kind, self.voice, self.language, self.split, self.text]
        with part.open("wb") as file:
            np.savez(
                file,
                sound=np.round(np.clip(self.sound, -1, 1) * _FULL).astype(np.int16),
                starts=np.array([phone.start for phone in self.phones], np.float64),
                signs=np.array([phone.sign for phone in self.phones], np.str_),
                about=np.array(about, np.str_),
            )
        os.replace(part, path)

    @classmethod
    def load(cls, path: Path) -> "SpokenClip":
        """Read what `save` wrote; ValueError or OSError for another file."""
        with np.load(path, allow_pickle=False) as arrays:
            sound = arrays["sound"].astype(np.float32) / _FULL
            pairs = zip(arrays["starts"].tolist(), arrays["signs"].tolist(), strict=True)
            kind, voice, language, split, text = arrays["about"].tolist()
        phones = tuple(Phone(start, sign) for start, sign in pairs)
        return cls(sound, phones, kind, voice, language, split, text)


@dataclass(frozen=True)
class SynthesisedSpeech:
    """What a speaker gives: float32 [n] at `rate` Hz, any level, and its phones."""

    sound: NDArray[np.float32]
    rate: int
    phones: tuple[Phone, ...]

    def at_feature_rate(self) -> NDArray[np.float32]:
        """The sound at 16 kHz, float32 [n], its loud parts at an RMS of 0.1."""
        sound = np.asarray(soxr.resample(self.sound, self.rate, FEATURE_RATE), np.float32)
        return levelled(sound)


def levelled(sound: NDArray[np.float32], level: float = 0.1) -> NDArray[np.float32]:
    """`sound` with an RMS of `level` where it is louder than a twentieth of its peak."""
    loud = sound[np.abs(sound) > 0.05 * np.abs(sound).max(initial=0)]
    if not len(loud):
        return sound
    return np.asarray(sound * (level / np.sqrt(np.mean(np.square(loud)))), np.float32)
