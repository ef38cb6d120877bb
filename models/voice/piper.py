"""Piper as a `Speaker`: one voice, in a thread.

In: a sentence and the speed that a request asks for. Out: pieces. Runs in the event loop of the
process that makes speech; owns the voice (about 100 MB). Optional extra `piper` (GPL-3).
"""

from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import aclosing
from pathlib import Path

from data.services import SpeechStyle, TtsService
from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.local import ThreadedSpeaker
from models.voice.piper_voice import PiperVoice
from models.voice.speech import SpeechPiece


class PiperSpeaker:
    """See `speech.Speaker`; of a `SpeechStyle` the speed is heeded."""

    def __init__(self, service: TtsService, cache: Path, executor: Executor) -> None:
        """Load the voice (0.5 s): not in an event loop.

        service.model is a voice's .onnx file with its .onnx.json beside it, or a folder (by default
        `models/piper` in `cache`) where service.voice names one. Raise VoiceMissing.
        """
        place = Path(service.model) if service.model else cache / "models" / "piper"
        self._name = service.name
        file = _file(place, service.voice)
        self._voice = PiperVoice(file)
        self._names = ("", service.name, self._voice.name, file.stem)
        self._threaded = ThreadedSpeaker(self._voice, executor)

    @property
    def name(self) -> str:
        """The service's name."""
        return self._name

    async def speak(self, sentence: str, style: SpeechStyle) -> AsyncGenerator[SpeechPiece]:
        """See `speech.Speaker.speak`; about 80 ms of work for a second of sound."""
        if style.voice not in self._names:
            raise UnfitVoice(f"{self.name} has one voice, {self._voice.name}, not {style.voice!r}")
        async with aclosing(self._threaded.speak(sentence, style)) as pieces:
            async for piece in pieces:
                yield piece

    async def close(self) -> None:
        """The voice goes with its last reader; the executor belongs to who made it."""


def _file(place: Path, voice: str) -> Path:
    """The voice's file in a folder, or the file itself."""
    if not place.is_dir():
        return place
    found = sorted(file.stem for file in place.glob("*.onnx"))
    if voice in found or (len(found) == 1 and not voice):
        return place / f"{voice or found[0]}.onnx"
    raise VoiceMissing(
        f"Piper has no voice {voice!r} in {place}; there are {', '.join(found) or 'none'}"
    )
