"""The right voice for a sentence, and refusals that say what would help."""

import sys

import pytest

from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.espeak_library import EspeakLibrary
from models.voice.hibari import HibariVoice
from models.voice.voices import Voices


@pytest.fixture(scope="module")
def english_only() -> Voices:
    """As after a plain `pip install ringtalk`: the import of eSpeak's package fails."""
    loaded = Voices()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "espeakng_loader", None)
        loaded.load()
    return loaded


@pytest.mark.parametrize(
    ("sentence", "wanted", "name"),
    [
        ("Hello there.", None, "hibari"),
        ("Hello there.", "auto", "hibari"),
        ("Hello there.", "espeak", "espeak"),
        ("Hello there.", "espeak:en-gb", "espeak:en-gb"),
        ("Bonjour, ça va ?", None, "espeak"),
        ("Bonjour, ça va ?", "hibari", "hibari"),
        ("你好。", None, "espeak"),
        ("The word 你好 means hello.", None, "hibari"),
        ("The word 你好 means hello.", "espeak:de", "espeak:de"),
        ("42", None, "hibari"),
        ("α particles", None, "hibari"),
    ],
)
def test_choice(voices: Voices, sentence: str, wanted: str | None, name: str) -> None:
    voice = voices.choose(sentence, wanted)
    assert voice.name == name
    assert next(iter(voice.speak(sentence))).sound.dtype == "float32"


@pytest.mark.parametrize(
    ("sentence", "wanted", "message"),
    [
        ("Hi", "nova", r"no voice is called 'nova'; there are auto, hibari, espeak and espeak:<"),
        ("Привет", "hibari", "hibari cannot read 'Привет'"),
        ("今日は天気がいい", None, "espeak cannot read '今日天気'"),
        ("ខ្មែរ", None, "no loaded voice speaks 'km'"),
        ("Hi", "espeak:xx", "no language 'xx'; it has af, am"),
    ],
)
def test_refusals(voices: Voices, sentence: str, wanted: str | None, message: str) -> None:
    with pytest.raises(UnfitVoice, match=message):
        voices.choose(sentence, wanted)


def test_without_espeak_english_is_spoken_and_the_rest_says_what_to_install(
    english_only: Voices,
) -> None:
    assert english_only.names == ("hibari",)
    assert english_only.choose("Hello.").name == "hibari"
    for sentence, wanted in [
        ("你好", None),
        ("Hi", "espeak"),
        ("Hi", "espeak:fr"),
        ("你", "hibari"),
    ]:
        with pytest.raises(UnfitVoice, match=r"pip install 'ringtalk\[espeak\]'"):
            english_only.choose(sentence, wanted)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(VoiceMissing, match=r"pip install 'ringtalk\[espeak\]'"):
        EspeakLibrary()


def test_a_library_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import espeakng_loader  # noqa: PLC0415

    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: "/nowhere/libespeak-ng.so")
    with pytest.raises(VoiceMissing, match=r"does not load .*nowhere"):
        EspeakLibrary()


def test_a_speaker_that_is_not_here_is_not_downloaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(VoiceMissing, match=r"'emma' is not on this machine: .* downloads it"):
        HibariVoice("emma")
    with pytest.raises(VoiceMissing, match="no speaker 'nova'; it has heart"):
        HibariVoice("nova")
