"""A sentence from phonemes to pieces, whatever network speaks them.

In: the parts of a sentence and a function that makes their sound. Out: `SpeechPiece`s with word
times. Runs in the thread that iterates; owns one part's sound at a time.
"""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.voice.phonemes import Phonemes, stretches
from models.voice.pieces import kept, pieces
from models.voice.speech import SpeechPiece
from models.voice.words import Stretch, Written, timed

_JOIN_MS: Final = 60.0
"""Silence between two parts of a sentence."""


class Sounded(NamedTuple):
    """Float32 [n], and float64 [m + 2]: see `phonemes.stretches`; None if the network has none."""

    sound: NDArray[np.float32]
    durations: NDArray[np.float64] | None


class Network(NamedTuple):
    """What makes sound of phonemes: its rate in Hz, the signs that it knows, how it is called."""

    rate: int
    known: Container[str]
    sounded: Callable[[str], Sounded]


def spoken(
    network: Network, words: Sequence[Written], parts: Sequence[Phonemes], pause_ms: float
) -> Iterator[SpeechPiece]:
    """Yield the sentence part by part, each computed when it is asked for.

    A word's times come with the first piece of its part, measured where the network gives
    durations, else shared out by letters.
    """
    pauses = [_JOIN_MS] * (len(parts) - 1) + [pause_ms]
    first, before = 0, 0.0
    for at, (part, rest) in enumerate(zip(parts, pauses, strict=True)):
        raw, durations = network.sounded(part.text)
        sound = kept(raw, network.rate, rest)
        last = len(words) if at == len(parts) - 1 else max(first, *part.words) + 1
        if durations is None:
            begin = sound.cut / network.rate
            said = iter([Stretch(first, begin, begin + sound.spoken / network.rate)])
        else:
            said = stretches(part, network.known, durations)
        yield from pieces(sound, network.rate, timed(words, first, last, said), before)
        first, before = last, before + len(sound.sound) / network.rate
