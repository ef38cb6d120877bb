"""Kokoro v1.0 as a `Speaker`: its voices, each in a thread.

In: a sentence and the style that a request asks for. Out: pieces. Runs in the event loop of the
process that makes speech; owns the network and its voices (about 300 MB). Optional extra `kokoro`.
"""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import aclosing
from pathlib import Path

from data.services import SpeechStyle, TtsService
from models.voice.errors import UnfitVoice
from models.voice.kokoro_voice import KokoroNetwork, KokoroVoice
from models.voice.local import ThreadedSpeaker
from models.voice.speech import SpeechPiece


class KokoroSpeaker:
    """See `speech.Speaker`; of a `SpeechStyle` voice, language and speed are heeded."""

    def __init__(self, service: TtsService, cache: Path, executor: Executor) -> None:
        """Load the network and the service's voice (2 to 4 s): not in an event loop.

        service.model is the folder (see `kokoro_files`), by default `models/kokoro` in `cache`;
        service.voice one of its voices, service.language another language for it to speak.
        Raise VoiceMissing or CannotSpeak, naming what is missing or allowed.
        """
        folder = Path(service.model) if service.model else cache / "models" / "kokoro"
        self._service = service
        self._executor = executor
        self._network = KokoroNetwork(folder)
        if not service.voice:
            voices = ", ".join(self._network.voices)
            raise UnfitVoice(f"say which voice {service.name} shall have: {voices}")
        self._network.voice(service.voice, service.language)

    @property
    def name(self) -> str:
        """The service's name."""
        return self._service.name

    async def speak(self, sentence: str, style: SpeechStyle) -> AsyncGenerator[SpeechPiece]:
        """See `speech.Speaker.speak`; the first piece takes 1 to 2 s on one core.

        Whoever stops listening stops it: at most one part of the sentence (8 s of sound) is
        finished, and dropped.
        """
        loop = asyncio.get_running_loop()
        voice = await loop.run_in_executor(self._executor, self._chosen, style)
        async with aclosing(
            ThreadedSpeaker(voice, self._executor).speak(sentence, style)
        ) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """The network goes with its last reader; the executor belongs to who made it."""

    def _chosen(self, style: SpeechStyle) -> KokoroVoice:
        asked = style.voice if style.voice != self.name else ""
        voice = asked.removeprefix(f"{self.name}:") or self._service.voice
        own = voice == self._service.voice
        return self._network.voice(voice, style.language or (self._service.language * own))
