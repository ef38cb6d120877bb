"""Who speaks: the built-in voices, and the services of the settings, by name.

In: a sentence and a style. Out: the voices that may speak it, best first: the wanted one,
then `fallback_voices`. Runs in ingest; owns the voices, the services' clients and the
executor that the built-in ones work in.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path

from actors.ingest.sentence_synthesis import VoiceChoice
from data.services import SpeechStyle
from models.voice.errors import UnfitVoice
from models.voice.local import ThreadedSpeaker
from models.voice.open import open_speaker
from models.voice.speech import Speaker
from models.voice.voice import BlockingVoice
from models.voice.voices import AUTO, Voices
from runtime.messages import ActorSettings


class VoiceRegistry:
    """Every voice that this service has."""

    def __init__(self, settings: ActorSettings, executor: Executor) -> None:
        """Nothing is loaded before `load`."""
        self._default = settings.voice
        self._fallback = settings.fallback_voices
        self._services = settings.tts
        self._cache = Path(settings.cache_dir)
        self._executor = executor
        self._voices = Voices()
        self._built_in: dict[str, Speaker] = {}
        self._others: dict[str, Speaker] = {}

    def load(self) -> None:
        """Load the built-in voices, and make the services' clients; in a thread."""
        self._voices.load()
        self._others = {
            service.name: open_speaker(service, self._cache, self._executor)
            for service in self._services
        }

    def choices(self, sentence: str, style: SpeechStyle) -> Sequence[VoiceChoice]:
        """Who may speak this sentence in this style, best first.

        Raises CannotSpeak when the wanted voice, or with `auto` every voice, cannot."""
        chosen = [self._choice(sentence, style, style.voice or self._default)]
        for name in self._fallback:
            try:
                other = self._choice(sentence, replace(style, voice=""), name)
            except UnfitVoice:
                continue  # another language's voice is no help for this sentence
            if other.speaker.name not in {choice.speaker.name for choice in chosen}:
                chosen.append(other)
        return chosen

    async def close(self) -> None:
        """Free the services' connections."""
        await asyncio.gather(*(speaker.close() for speaker in self._others.values()))

    def _choice(self, sentence: str, style: SpeechStyle, wanted: str) -> VoiceChoice:
        service, _, voice = wanted.partition(":")
        if service in self._others:
            return VoiceChoice(self._others[service], replace(style, voice=voice), ahead=True)
        default, _, _ = self._default.partition(":")
        built_in = {AUTO, *(name.partition(":")[0] for name in self._voices.names)}
        if default in self._others and service not in built_in:
            return VoiceChoice(self._others[default], replace(style, voice=wanted), ahead=True)
        found = self._voices.choose(sentence, None if wanted == AUTO else wanted)
        return VoiceChoice(self._speaker(found), style, ahead=False)

    def _speaker(self, voice: BlockingVoice) -> Speaker:
        if voice.name not in self._built_in:
            self._built_in[voice.name] = ThreadedSpeaker(voice, self._executor)
        return self._built_in[voice.name]
