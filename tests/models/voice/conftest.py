"""The real voices, loaded once for all tests."""

import pytest

from models.voice.espeak import EspeakVoice
from models.voice.espeak_library import EspeakLibrary
from models.voice.hibari import HibariVoice
from models.voice.voices import Voices


@pytest.fixture(scope="session")
def hibari() -> HibariVoice:
    return HibariVoice()


@pytest.fixture(scope="session")
def library() -> EspeakLibrary:
    return EspeakLibrary()


@pytest.fixture(scope="session")
def espeak(library: EspeakLibrary) -> EspeakVoice:
    return EspeakVoice(library)


@pytest.fixture(scope="session")
def voices() -> Voices:
    loaded = Voices()
    loaded.load()
    return loaded
