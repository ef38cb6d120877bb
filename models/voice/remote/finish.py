"""Decoded sound made fit for the ear as it comes: one loudness, no silence around, short pieces.

In: float32 of any length, words. Out: `SpeechPiece`s. Owns a Leveller and a Margins.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.sound.loudness import PIECE_MS, Leveller
from models.voice.remote.margins import Margins
from models.voice.speech import SpeechPiece, SpokenWord
from models.voice.voice import HEAD_MS


class Finish:
    """One sentence at `rate` Hz, with at most `tail_ms` of silence after it.

    Words are given with the first sound after they are told, their times moved by the silence
    that was cut; one told again, or out of order, is left out.
    """

    def __init__(self, rate: int, tail_ms: float) -> None:
        self._rate = rate
        self._leveller = Leveller(rate)
        self._margins = Margins(rate, HEAD_MS, tail_ms)
        self._words: list[SpokenWord] = []
        self._told = -1.0

    @property
    def heard(self) -> bool:
        """Whether there was any sound but silence."""
        return self._margins.begun

    def tell(self, words: tuple[SpokenWord, ...]) -> None:
        """Words of the sound that comes, or just came; times from the stream's first sample."""
        for word in words:
            if word.start > self._told:
                self._told = word.start
                self._words.append(word)

    def push(self, samples: NDArray[np.float32]) -> Iterator[SpeechPiece]:
        """Take float32 [n]; yield what is decided."""
        return self._pieces(self._margins.push(self._leveller.push(samples)))

    def finish(self) -> Iterator[SpeechPiece]:
        """Yield what was held back; the sentence is then over."""
        return self._pieces(self._margins.push(self._leveller.finish()))

    def _pieces(self, sound: NDArray[np.float32]) -> Iterator[SpeechPiece]:
        size = self._rate * PIECE_MS // 1000
        for at in range(0, len(sound), size):
            yield SpeechPiece(self._rate, sound[at : at + size], self._due())

    def _due(self) -> tuple[SpokenWord, ...]:
        cut = self._margins.dropped / self._rate
        due = tuple(
            SpokenWord(text, max(0.0, start - cut), max(0.0, end - cut))
            for text, start, end in self._words
        )
        self._words.clear()
        return due
