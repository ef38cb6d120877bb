"""When the words of a voice that does not say so are probably heard.

In: sentences that voices have said, with their length. Out: words with times, shared out by
a voice's usual pace. Runs in ingest; owns one number for each voice.
"""

from typing import Final

from models.voice.speech import SpokenWord
from models.voice.words import estimated

USUAL: Final = 0.065
"""Seconds a letter takes a voice that was not heard yet."""
NEW: Final = 0.3
"""Weight of the last sentence."""


class SpeakingRate:
    """Learns how long a letter takes each voice."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}

    def learn(self, voice: str, sentence: str, seconds: float) -> None:
        """The voice took `seconds` for this sentence."""
        letters = _letters(sentence)
        if letters:
            before = self._seconds.get(voice, seconds / letters)
            self._seconds[voice] = before + NEW * (seconds / letters - before)

    def words(self, voice: str, sentence: str) -> tuple[SpokenWord, ...]:
        """The sentence's words with the times that are to be expected."""
        seconds = self._seconds.get(voice, USUAL) * _letters(sentence)
        return tuple(estimated(sentence, seconds))


def _letters(sentence: str) -> int:
    """Letters and digits; one of a wide script is a syllable and counts as three."""
    return sum(3 if ord(c) > 0x2E80 else 1 for c in sentence if c.isalnum())
