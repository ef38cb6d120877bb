"""What arrives at a server of one's own is what its source reads."""

from pathlib import Path

import msgspec
import pytest
import uvloop

from data.services import SpeechStyle, TtsKind
from models.voice.errors import UnfitVoice
from models.voice.remote.speakers import open_speaker
from tests.models.voice.remote.asking import SAMPLE, SAMPLE_URI, Speech, asked_of, form_of, staged
from tests.models.voice.remote.providers import BY_KIND, KEY, SPEAKER
from tests.models.voice.remote.stage import Stage


def test_gpt_sovits(tick: Speech) -> None:
    style = SpeechStyle(speed=1.1, reference="ref/b.wav", reference_text="早。", language="zh-CN")
    asked = asked_of("gpt-sovits", tick, style, language="ja", reference_text="朝。")
    assert (asked.method, asked.path) == ("POST", "/tts")
    assert asked.json() == {
        "text": "Hi & bye.", "text_lang": "zh", "ref_audio_path": "ref/b.wav",
        "prompt_text": "早。", "prompt_lang": "ja", "speed_factor": 1.1,
        "text_split_method": "cut5", "media_type": "wav", "streaming_mode": True,
    }  # fmt: skip


def test_a_requests_reference_does_not_borrow_the_settings_text(tick: Speech) -> None:
    asked = asked_of("gpt-sovits", tick, SpeechStyle(reference="b.wav"), reference_text="朝。")
    assert (asked.json()["prompt_text"], asked.json()["prompt_lang"]) == ("", "auto")


COSYVOICE: list[tuple[SpeechStyle, str, dict[str, bytes]]] = [
    (SpeechStyle(), "/inference_sft", {"spk_id": "中文女".encode()}),
    (
        SpeechStyle(emotion="sad"), "/inference_instruct",
        {"spk_id": "中文女".encode(), "instruct_text": b"sad"},
    ),
    (
        SpeechStyle(reference=SAMPLE_URI, reference_text="Morning."), "/inference_zero_shot",
        {"prompt_text": b"Morning.", "prompt_wav": SAMPLE},
    ),
    (SpeechStyle(reference=SAMPLE_URI), "/inference_cross_lingual", {"prompt_wav": SAMPLE}),
    (
        SpeechStyle(reference=SAMPLE_URI, emotion="sad"), "/inference_instruct2",
        {"instruct_text": b"sad", "prompt_wav": SAMPLE},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("style", "path", "fields"), COSYVOICE, ids=[c[1] for c in COSYVOICE])
def test_cosyvoice(tick: Speech, style: SpeechStyle, path: str, fields: dict[str, bytes]) -> None:
    asked = asked_of("cosyvoice", tick, style)
    assert (asked.method, asked.path) == ("POST", path)
    assert form_of(asked) == {"tts_text": b"Hi & bye.", **fields}


def test_fish(tick: Speech) -> None:
    asked = asked_of("fish", tick, SpeechStyle(speed=1.2, emotion="excited"), model="s1")
    assert (asked.method, asked.path) == ("POST", "/v1/tts")
    assert asked.headers["content-type"] == "application/msgpack"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["model"] == "s1"
    assert msgspec.msgpack.decode(asked.body) == {
        "text": "(excited) Hi & bye.", "format": "wav", "streaming": True,
        "latency": "balanced", "prosody": {"speed": 1.2}, "reference_id": "7f92",
    }  # fmt: skip


def test_fish_with_the_settings_file_as_reference(tick: Speech, tmp_path: Path) -> None:
    file = tmp_path / "me.wav"
    file.write_bytes(SAMPLE)
    asked = asked_of("fish", tick, SpeechStyle(), reference=str(file), reference_text="Me.")
    body = msgspec.msgpack.decode(asked.body)
    assert body["references"] == [{"audio": SAMPLE, "text": "Me."}]
    assert "reference_id" not in body
    named = asked_of("fish", tick, SpeechStyle(voice="other"), reference=str(file))
    body = msgspec.msgpack.decode(named.body)
    assert (body["reference_id"], "references" in body) == ("other", False)


def test_xtts_asks_for_the_speaker_first_and_once(tick: Speech) -> None:
    provider = BY_KIND["xtts"]

    async def run() -> Stage:
        async with provider.stage(tick) as stage:
            speaker = open_speaker(provider.service(stage.url))
            for text, style in (("Hi.", SpeechStyle()), ("Bye.", SpeechStyle(language="pt-BR"))):
                assert [piece async for piece in speaker.speak(text, style)]
            await speaker.close()
            return stage

    first, *spoken = uvloop.run(run()).asked
    assert (first.method, first.path) == ("GET", "/studio_speakers")
    assert [asked.path for asked in spoken] == ["/tts_stream"] * 2
    common = {**SPEAKER, "add_wav_header": True, "stream_chunk_size": "20"}
    assert spoken[0].json() == {"text": "Hi.", "language": "en", **common}
    assert spoken[1].json() == {"text": "Bye.", "language": "pt", **common}


def test_xtts_clones_a_reference(tick: Speech) -> None:
    stage = staged("xtts", tick, SpeechStyle(reference=SAMPLE_URI))
    assert [asked.path for asked in stage.asked] == ["/clone_speaker", "/tts_stream"]
    assert form_of(stage.asked[0]) == {"wav_file": SAMPLE}


def test_xtts_names_its_speakers_where_there_is_no_such_one(tick: Speech) -> None:
    with pytest.raises(UnfitVoice, match="no speaker is called 'Bob'; there are Claribel Dervla"):
        staged("xtts", tick, SpeechStyle(voice="Bob"))


def test_indextts(tick: Speech) -> None:
    asked = asked_of("indextts", tick, SpeechStyle())
    assert (asked.path, asked.json()) == ("/tts", {"text": "Hi & bye.", "character": "jay"})
    asked = asked_of("indextts", tick, SpeechStyle(reference="a.wav", emotion="极度悲伤"))
    assert (asked.path, asked.json()) == (
        "/tts_url",
        {
            "text": "Hi & bye.", "audio_paths": ["a.wav"], "spk_audio_path": "a.wav",
            "emo_control_method": 3, "emo_text": "极度悲伤",
        },
    )  # fmt: skip


REFUSED: list[tuple[TtsKind, SpeechStyle, str]] = [
    ("fish", SpeechStyle(reference="/etc/passwd"), "must be a data: URI with base64"),
    ("cosyvoice", SpeechStyle(reference="data:audio/wav;base64,%%%"), "is no base64"),
    ("cosyvoice", SpeechStyle(reference="data:audio/wav;base64,"), "has 0 bytes"),
    ("xtts", SpeechStyle(reference="data:audio/wav,abc"), "data:<type>;base64,<sound>"),
    ("gpt-sovits", SpeechStyle(reference=SAMPLE_URI), "as a path on its own machine"),
    ("indextts", SpeechStyle(reference=SAMPLE_URI), "as a path on its own machine"),
]


@pytest.mark.parametrize(("kind", "style", "message"), REFUSED)
def test_a_reference_that_cannot_be_used_is_refused(
    tick: Speech, kind: TtsKind, style: SpeechStyle, message: str
) -> None:
    with pytest.raises(UnfitVoice, match=message):
        staged(kind, tick, style)


def test_a_reference_in_the_settings_that_is_not_there(tick: Speech, tmp_path: Path) -> None:
    with pytest.raises(UnfitVoice, match=r"cannot be read \(No such file"):
        staged("fish", tick, SpeechStyle(), reference=str(tmp_path / "no.wav"))
