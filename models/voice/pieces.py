"""From what a network makes to what a voice yields: trimmed, levelled, cut, with its words.

Arrays in, `SpeechPiece`s out. Pure; owns nothing.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds
from numpy.typing import NDArray

from models.sound.loudness import levelled
from models.sound.trim import trim
from models.voice.speech import SpeechPiece, SpokenWord
from models.voice.voice import HEAD_MS
from models.voice.words import shifted


class TrimmedSound(NamedTuple):
    """What is left of a part's sound, float32 [n].

    cut: samples that went from its head. spoken: samples until the end of its last sound.
    """

    sound: NDArray[np.float32]
    cut: int
    spoken: int


def kept(raw: NDArray[np.float32], rate: int, tail_ms: float) -> TrimmedSound:
    """Float32 [m] with at most 10 ms of silence before it and `tail_ms` after it."""
    sound = trim(raw, rate, HEAD_MS, tail_ms)
    # `trim` gives a slice: where it begins says what went.
    cut = (byte_bounds(sound)[0] - byte_bounds(raw)[0]) // raw.itemsize
    tail = int(rate * tail_ms / 1000) if cut + len(sound) < len(raw) else 0
    return TrimmedSound(sound, cut, len(sound) - tail)


def pieces(
    part: TrimmedSound, rate: int, words: Iterable[SpokenWord], before: float = 0.0
) -> Iterator[SpeechPiece]:
    """Yield pieces of at most 100 ms; the first bears the words.

    words: in seconds from the first sample before trimming; whatever a voice says of it, the
    first begins with the part's first sound, and none ends after its last. before: seconds of the
    sentence that were yielded before this part.
    """
    inside = list(shifted(words, -part.cut / rate, part.spoken / rate))
    if inside and part.cut:
        inside[0] = inside[0]._replace(start=min(HEAD_MS / 1000, inside[0].end))
    heard = tuple(shifted(inside, before, before + part.spoken / rate))
    for sound in levelled(part.sound, rate):
        yield SpeechPiece(rate, sound, heard)
        heard = ()
