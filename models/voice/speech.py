"""What speech is made of as it comes: sound, and when each word is said.

Types only; owns nothing. Used by every voice, on this machine or another.
"""

from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from data.services import SpeechStyle


class SpokenWord(NamedTuple):
    """A word as it is heard; start and end in seconds from the sentence's first sample."""

    text: str
    start: float
    end: float


class SpeechPiece(NamedTuple):
    """Some sound of a sentence: mono float32 [n], full scale 1.0, at `rate` Hz.

    words: those that a voice knows the times of, in order, each given once, no later than
    with the sound of its start; () from a voice that does not know.
    """

    rate: int
    sound: NDArray[np.float32]
    words: tuple[SpokenWord, ...] = ()


class Speaker(Protocol):
    """A voice that is waited for: a service elsewhere, or a network in a thread.

    May speak several sentences at once.
    """

    @property
    def name(self) -> str:
        """What a client asks for, and what metrics are labelled with."""

    def speak(self, sentence: str, style: SpeechStyle) -> AsyncGenerator[SpeechPiece]:
        """Yield the sentence as it comes, in pieces of at most 100 ms, all of one rate.

        Levelled (`models.sound.loudness`), with at most 10 ms of silence before the first sound
        where that can be known. `aclose()` cancels: no request and no thread goes on for it.
        Raises a VoiceError: CannotSpeak when this voice cannot say it, ServiceError when the
        service fails, also in the middle.
        """

    async def close(self) -> None:
        """Free connections and threads."""
