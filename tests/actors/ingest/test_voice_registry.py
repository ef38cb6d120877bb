"""Every way to name a voice and a language is spoken or refused by name."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from actors.ingest.voice_registry import VoiceRegistry
from data.services import SpeechStyle, TtsService
from models.voice.errors import UnfitVoice
from runtime.settings import Settings
from server.sessions.placement import actor_settings

VOICES = ("", "auto", "hibari", "espeak", "espeak:de", "espeak:en-us")


@pytest.fixture(scope="module")
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture(scope="module")
def built_in(executor: ThreadPoolExecutor) -> VoiceRegistry:
    registry = VoiceRegistry(actor_settings(Settings()), executor)
    registry.load()
    return registry


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("language", ["xx", "klingon", "e" * 35, "../en", "en;", "0"])
def test_an_unknown_language_is_refused_whoever_is_to_speak(
    built_in: VoiceRegistry, voice: str, language: str
) -> None:
    with pytest.raises(UnfitVoice, match=r"no loaded voice speaks language .*; there are .*\bde\b"):
        built_in.check_language(SpeechStyle(voice=voice, language=language))


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("language", ["", "en", "de"])
def test_every_built_in_voice_is_found(built_in: VoiceRegistry, voice: str, language: str) -> None:
    style = SpeechStyle(voice=voice, language=language)
    built_in.check_language(style)
    try:
        choices = built_in.choices("Hello.", style, language)
    except UnfitVoice as error:
        assert (voice, language) == ("hibari", "de"), error
    else:
        assert choices


def test_what_a_service_speaks_is_its_own_matter(executor: ThreadPoolExecutor) -> None:
    service = TtsService("mine", "openai", "http://localhost:9", "key")
    registry = VoiceRegistry(actor_settings(Settings(voice="mine", tts=[service])), executor)
    registry.load()
    for voice in ("", "mine", "mine:anna", "anna"):
        style = SpeechStyle(voice=voice, language="all_zh")
        registry.check_language(style)
        [choice] = registry.choices("Hello.", style)
        assert choice.style.voice == ("anna" if "anna" in voice else "")
    with pytest.raises(UnfitVoice):
        registry.check_language(SpeechStyle(voice="hibari", language="all_zh"))
