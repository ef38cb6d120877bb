"""What every voice is: a sentence in, sound out.

Implemented in `hibari`, `espeak`, `kokoro_voice` and `piper_voice`; the first two are chosen by
`voices`, `local` makes a `Speaker` of any. Runs in the process that makes speech.
"""

from collections.abc import Iterator
from typing import Final, Protocol

from models.voice.speech import SpeechPiece

SLOWEST: Final = 0.5
FASTEST: Final = 2.0
HEAD_MS: Final = 10.0
"""Silence left before the first sound: it would count as latency."""


class BlockingVoice(Protocol):
    """Loaded and warm; may be called from several threads at once."""

    @property
    def name(self) -> str:
        """What a client asks for."""

    @property
    def rate(self) -> int:
        """Hz of what `speak` yields."""

    @property
    def languages(self) -> frozenset[str]:
        """BCP 47 codes, as `language.language_of` gives them."""

    def unspeakable(self, sentence: str) -> str:
        """The letters of the sentence that this voice would leave out or mangle, each once."""

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[SpeechPiece]:
        """Yield the sentence in pieces of at most 100 ms at `rate`.

        Already levelled (`models.sound.loudness`), with at most 10 ms of silence before the first
        sound and a short pause after the last; each with the words that begin in it or later, see
        `speech.SpeechPiece`. `speed` 0.5 to 2.0, 1.0 as the voice was made;
        ValueError outside. Raise CannotSpeak when nothing in it can be spoken. Both are raised by
        the call, before anything is yielded. To cancel, stop iterating: nothing runs on.
        """


def check_speed(speed: float) -> None:
    """Raise ValueError unless `speed` is a number from 0.5 to 2.0."""
    if not SLOWEST <= speed <= FASTEST:
        raise ValueError(f"speed must be from {SLOWEST} to {FASTEST}, not {speed}")


def pause_ms(sentence: str) -> float:
    """How long a speaker rests after this sentence, in ms: longest after a full stop."""
    end = sentence.rstrip(" \t\n\"'”’»)]」』）")[-1:]
    if end in ".!?…。！？؟।":
        return 300.0
    return 200.0 if end in ":;—：；" else 100.0
