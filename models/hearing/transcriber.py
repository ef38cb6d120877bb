"""What turns a person's sound into text, whichever engine does it.

Owns nothing. Implemented in `faster_whisper` and `openai_asr`; chosen by `engines`.
"""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.units import FEATURE_RATE

LONGEST_SECONDS: Final = 60
"""Of one sound."""
SHORTEST: Final = FEATURE_RATE // 10
"""Samples; in less there is no word."""

Told = Callable[[str], None]
"""Takes what is understood so far, the whole text each time."""


class Transcriber(Protocol):
    """Loaded; may be asked for several sessions at once, and says so when it is too much."""

    async def transcribe(
        self, sound: NDArray[np.float32], language: str = "", told: Told | None = None
    ) -> str:
        """The words in `sound` (mono [n] at 16 kHz), "" when there are none.

        language: a code such as "en", "" for the one in the settings or, without one, the one that
        is heard. told: called with partial results, where the engine gives them. Raise ServiceError
        (busy, slow, down, refused, cut, nonsense), ValueError when `sound` is longer than a minute.
        Cancelling frees who waits; a network in a thread still finishes what it has begun.
        """

    async def partial(self, sound: NDArray[np.float32], language: str = "") -> str | None:
        """As `transcribe`, of a sentence that is still being spoken.

        None at once when the engine is busy: a partial result never waits, so it never holds up a
        whole one by more than its own time.
        """

    async def close(self) -> None:
        """Free threads and connections; waits for what is under way in a thread."""


def may_hold_words(sound: NDArray[np.float32]) -> bool:
    """Whether there can be a word in `sound` (mono [n] at 16 kHz). ValueError if it is too long."""
    if len(sound) > LONGEST_SECONDS * FEATURE_RATE:
        raise ValueError(
            f"a turn has at most {LONGEST_SECONDS} s of sound, not {len(sound) / FEATURE_RATE}"
        )
    return len(sound) >= SHORTEST


def whisper_code(language: str) -> str:
    """The code that Whisper knows of a BCP 47 tag: "zh" for "zh-CN", "" for ""."""
    return language.partition("-")[0].lower()
