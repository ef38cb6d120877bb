"""What each kind of voice makes of `ref_file`, and what it says that it cannot use."""

from pathlib import Path
from typing import get_args

import pytest

from data.services import SpeechStyle, TtsKind, TtsService
from models.voice.style_fit import USED, fitted

WITH_NAMES = ("azure", "doubao", "edge", "kokoro", "openai", "qwen", "tencent")
UPLOADS = ("cosyvoice", "fish", "xtts")
PATHS = ("gpt-sovits", "indextts")


def a(kind: TtsKind, folder: str = "") -> TtsService:
    return TtsService("mine", kind, reference_dir=folder)


def nobody(name: str) -> bool:
    return False


def test_every_kind_is_known() -> None:
    assert set(USED) == set(get_args(TtsKind))
    assert {*WITH_NAMES, *UPLOADS, *PATHS, "piper"} == set(USED)


@pytest.mark.parametrize("kind", WITH_NAMES)
def test_a_name_is_the_services_voice(kind: TtsKind) -> None:
    style, notes = fitted(SpeechStyle(ref_file="vivian"), a(kind), nobody)
    assert (style, notes) == (SpeechStyle(voice="mine:vivian"), [])


@pytest.mark.parametrize("kind", [*WITH_NAMES, "piper"])
@pytest.mark.parametrize("name", ["anna.wav", "data:audio/wav;base64,AA==", "/etc/passwd"])
def test_a_recording_is_said_to_be_of_no_use(kind: TtsKind, name: str) -> None:
    style, [note] = fitted(SpeechStyle(ref_file=name), a(kind), nobody)
    assert style == SpeechStyle()
    assert note.startswith("ref_file ")
    assert "takes no recording" in note


@pytest.mark.parametrize("kind", PATHS)
def test_a_path_at_the_service_goes_there(kind: TtsKind) -> None:
    style, _ = fitted(SpeechStyle(ref_file="refs/a.wav"), a(kind), nobody)
    assert style == SpeechStyle(voice="mine", reference="refs/a.wav")
    _, [note] = fitted(SpeechStyle(ref_file="data:,"), a(kind), nobody)
    assert "a path on its own machine" in note


@pytest.mark.parametrize("kind", UPLOADS)
def test_a_recording_of_the_folder_is_sent_and_no_other(kind: TtsKind, tmp_path: Path) -> None:
    (tmp_path / "refs").mkdir()
    (tmp_path / "refs" / "a.wav").write_bytes(b"x")
    (tmp_path / "b.wav").write_bytes(b"x")
    service = a(kind, str(tmp_path / "refs"))
    style, notes = fitted(SpeechStyle(ref_file="a.wav"), service, nobody)
    assert (style, notes) == (SpeechStyle(voice="mine", reference="a.wav"), [])
    for name in ("../b.wav", str(tmp_path / "b.wav"), "c.wav"):
        style, [note] = fitted(SpeechStyle(ref_file=name), service, nobody)
        assert style == SpeechStyle()
        assert "has no such recording in its reference_dir (setting tts)" in note
    _, [note] = fitted(SpeechStyle(ref_file="a.wav"), a(kind), nobody)
    assert "which is not set" in note
    style, notes = fitted(SpeechStyle(ref_file="spk3"), service, nobody)
    assert (style.voice, notes) == ("mine:spk3", [])


def test_a_voice_of_this_server_comes_first() -> None:
    style, notes = fitted(SpeechStyle(ref_file="espeak:de"), None, lambda name: True)
    assert (style, notes) == (SpeechStyle(voice="espeak:de"), [])


def test_the_built_in_voice_says_what_it_lacks() -> None:
    asked = SpeechStyle(
        speed=1.5, emotion="glad", reference="a", reference_text="Hi.", language="en",
        ref_file="zh-CN-YunxiaNeural", task_type="Base",
    )  # fmt: skip
    style, notes = fitted(asked, None, nobody)
    assert (style.speed, style.language, style.voice) == (1.5, "en", "")
    fields = [note.split()[0].rstrip(":") for note in notes]
    assert fields == ["emotion", "reference", "reference_text", "task_type", "ref_file"]
    assert all("\n" not in note and len(note) < 200 for note in notes)


def test_what_is_used_is_not_mentioned() -> None:
    asked = SpeechStyle(voice="anna", speed=1.5, emotion="glad")
    assert fitted(asked, a("openai"), nobody) == (asked, [])


@pytest.mark.parametrize("field", ["voice", "reference", "ref_file"])
def test_a_request_that_says_whom_to_sound_like_is_over_the_session(field: str) -> None:
    usual = SpeechStyle(ref_file="anna", reference_text="Hi.")
    asked = SpeechStyle(**{field: "bert"})  # type: ignore[arg-type]
    assert asked.over(usual) == asked
    assert SpeechStyle(speed=2).over(usual) == SpeechStyle(
        speed=2, ref_file="anna", reference_text="Hi."
    )
