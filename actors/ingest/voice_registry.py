"""Who speaks: the built-in voices, and the services of the settings, by name.

In: a sentence, its language and a style. Out: the voices that may speak it, best first: the wanted
one, then `fallback_voices`. Runs in ingest; owns the voices, the services' clients and the
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
from models.voice.style_fit import FittedStyle, fitted
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
        self._built_in: dict[tuple[str, frozenset[str]], Speaker] = {}
        self._others: dict[str, Speaker] = {}

    def load(self) -> None:
        """Load the built-in voices, and make the services' clients; in a thread."""
        self._voices.load()
        self._others = {
            service.name: open_speaker(service, self._cache, self._executor)
            for service in self._services
        }

    def check_language(self, style: SpeechStyle) -> None:
        """Raises UnfitVoice for a language that no built-in voice speaks, where one would speak:
        what a service speaks it says itself."""
        if style.language and self._service_for(style.voice or self._default) is None:
            self._voices.check_language(style.language)

    def fit(self, style: SpeechStyle) -> FittedStyle:
        """The style as the voice that is to speak can use it; in a thread: it looks for files."""
        voice, notes = style.voice, []
        unknown = not self._is_voice(voice) and self._service_for(voice) is None
        if style.lenient and voice not in ("", AUTO) and unknown:
            notes = [f"voice {voice!r}: nobody here is called so; the usual one speaks"]
            style = replace(style, voice="")
        service = self._service_for(style.voice or self._default)
        kind = next((one for one in self._services if one.name == service), None)
        found = fitted(style, kind, self._is_voice)
        return FittedStyle(found.style, [*notes, *found.notes])

    def _is_voice(self, name: str) -> bool:
        first = name.partition(":")[0]
        return first in self._others or first in self._voices.names

    def choices(
        self, sentence: str, style: SpeechStyle, language: str = ""
    ) -> Sequence[VoiceChoice]:
        """Who may speak this sentence in this manner, best first.

        language: of the text that it is from. Raises UnfitVoice when the wanted voice, or with
        `auto` every voice, cannot."""
        chosen = [self._choice(sentence, style, style.voice or self._default, language)]
        for name in self._fallback:
            try:
                other = self._choice(sentence, replace(style, voice=""), name, language)
            except UnfitVoice:
                continue  # another language's voice is no help for this sentence
            if other.speaker.name not in {choice.speaker.name for choice in chosen}:
                chosen.append(other)
        return chosen

    async def close(self) -> None:
        """Free the services' connections."""
        await asyncio.gather(*(speaker.close() for speaker in self._others.values()))

    def _service_for(self, wanted: str) -> str | None:
        """The service that speaks with this voice, None where a built-in one does."""
        service, _, _ = wanted.partition(":")
        default, _, _ = self._default.partition(":")
        built_in = {AUTO, *(name.partition(":")[0] for name in self._voices.names)}
        if service in self._others:
            return service
        return default if default in self._others and service not in built_in else None

    def _choice(self, sentence: str, style: SpeechStyle, wanted: str, language: str) -> VoiceChoice:
        service = self._service_for(wanted)
        if service is not None:
            named, _, voice = wanted.partition(":")
            own = voice if named == service else wanted
            return VoiceChoice(self._others[service], replace(style, voice=own), ahead=True)
        found = self._voices.choose(sentence, None if wanted == AUTO else wanted, language)
        return VoiceChoice(self._speaker(found), style, ahead=False)

    def _speaker(self, voice: BlockingVoice) -> Speaker:
        who = voice.name, frozenset(voice.languages)
        if who not in self._built_in:
            self._built_in[who] = ThreadedSpeaker(voice, self._executor)
        return self._built_in[who]
