"""A voice of this machine as a `Speaker`: its sentences are made in a thread.

In: a `BlockingVoice` and the executor whose threads speak. Out: pieces, one for every trip to a
thread. Runs in the event loop of the process that makes speech; owns nothing: executor and voice
belong to whoever made them.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Executor
from functools import partial

from data.services import SpeechStyle
from models.voice.speech import SpeechPiece
from models.voice.voice import BlockingVoice


class ThreadedSpeaker:
    """See `speech.Speaker`; of a `SpeechStyle` only the speed is heeded."""

    def __init__(self, voice: BlockingVoice, executor: Executor) -> None:
        self._voice = voice
        self._executor = executor

    @property
    def name(self) -> str:
        """The voice's own name."""
        return self._voice.name

    async def speak(self, sentence: str, style: SpeechStyle) -> AsyncGenerator[SpeechPiece]:
        """See `speech.Speaker.speak`. Raise ValueError for a speed outside 0.5 to 2.0.

        Whoever stops listening stops it: at most the piece under way is finished, and dropped.
        """
        loop = asyncio.get_running_loop()
        pieces = _Pieces(self._voice, sentence, style.speed)
        while (piece := await loop.run_in_executor(self._executor, pieces.next)) is not None:
            yield piece

    async def close(self) -> None:
        """Nothing is owned."""


class _Pieces:
    """One sentence; used by one thread at a time."""

    def __init__(self, voice: BlockingVoice, sentence: str, speed: float) -> None:
        self._begin = partial(voice.speak, sentence, speed)
        self._pieces: Iterator[SpeechPiece] | None = None

    def next(self) -> SpeechPiece | None:
        """The next piece, or None; the first trip begins the sentence too."""
        if self._pieces is None:
            self._pieces = self._begin()
        return next(self._pieces, None)
