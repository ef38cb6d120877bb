"""Phonemes as a network reads them, each of which knows its word; and when each is said.

In: signs with their words, durations. Out: parts of a sentence, stretches of sound. Pure; owns
nothing.
"""

import re
from collections.abc import Container, Iterator, Sequence
from itertools import chain, repeat
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.voice.words import Stretch

MARKS: Final = frozenset(' ;:,.!?—…"()“”')
"""Signs among the phonemes that are pauses or nothing."""
NOBODY: Final = -1
_UNIT: Final = 0.025
"""Seconds; Kokoro v1.0, and Hibari which learned from it, count in 600 samples at 24 kHz."""
_LEAD: Final = 3
"""Units by which the sound comes before what the durations say, as Kokoro's own timestamps have it
(`join_timestamps` in kokoro/pipeline.py); measured with Hibari: 73 ms, deviation 20 ms."""
_CLAUSE: Final = re.compile(r"[,;:—.!?…]\s")


class Phonemes(NamedTuple):
    """What a network reads at a time; for each sign the index of its word, or NOBODY."""

    text: str
    words: tuple[int, ...]


class Reader(Protocol):
    """A language's spelling. May be called from several threads at once."""

    def unspeakable(self, sentence: str) -> str:
        """The letters of the sentence that it cannot read, each once."""

    def read(self, sentence: str, most: Sequence[int]) -> list[Phonemes]:
        """The sentence as phonemes in misaki's alphabet, cut by `parts`.

        `Phonemes.words` are indices into `words.written(sentence)`. Raise CannotSpeak if it has
        letters of `unspeakable`, or nothing to say.
        """


def parts(signs: Sequence[tuple[str, int]], most: Sequence[int]) -> Iterator[Phonemes]:
    """Cut signs (with their words) after the last clause mark that fits and leaves no stump.

    Else at a space, else anywhere. most: signs in the first part, the second and so on, the last
    number for all others.
    """
    text = "".join(sign for sign, _ in signs)
    begin = 0
    for longest in chain(most, repeat(most[-1])):
        end = len(text)
        if end - begin > longest:
            # What is left for the next part is a third at least.
            end = _end(text, begin, min(longest, (end - begin) * 2 // 3))
        part = text[begin:end].strip()
        left = text.find(part, begin)
        if part:
            yield Phonemes(part, tuple(word for _, word in signs[left : left + len(part)]))
        if end == len(text):
            return
        begin = end


def _end(text: str, begin: int, longest: int) -> int:
    room = begin + longest
    marks = [match.end() for match in _CLAUSE.finditer(text, begin, room)]
    if marks and marks[-1] - begin >= longest // 3:
        return marks[-1]
    space = text.rfind(" ", begin + 1, room)
    return space if space > begin else room


def stretches(
    phonemes: Phonemes, known: Container[str], durations: NDArray[np.float64]
) -> Iterator[Stretch]:
    """Yield a stretch for each sign that belongs to a word.

    known: the signs that the network was given; it was not given the others.
    durations: float64 [n + 2] of the n known signs and of the silence at both ends, in seconds.
    """
    ends = np.cumsum(durations)
    given = [at for sign, at in zip(phonemes.text, phonemes.words, strict=True) if sign in known]
    for at, start, end in zip(given, ends[:-2], ends[1:-1], strict=True):
        if at != NOBODY:
            yield Stretch(at, float(start), float(end))


def kokoro_seconds(durations: NDArray[np.int64]) -> NDArray[np.float64]:
    """The durations that Kokoro and Hibari count, int64 [n], as `stretches` takes them."""
    seconds = durations.reshape(-1).astype(np.float64) * _UNIT
    seconds[0] -= _LEAD * _UNIT
    return seconds
