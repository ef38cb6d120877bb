"""What arrives at a rented service is what its documents describe; what is never sent."""

import base64
import hashlib
import hmac
import json
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import uvloop
from edge_tts.constants import SEC_MS_GEC_VERSION

from data.services import SpeechStyle, TtsKind
from models.voice.errors import UnfitVoice
from models.voice.remote.errors import SpeakerFailed
from models.voice.remote.speakers import open_speaker
from tests.models.voice.remote.asking import Speech, asked_of, staged
from tests.models.voice.remote.providers import BY_KIND, KEY

SSML = "{http://www.w3.org/2001/10/synthesis}"
MSTTS = "{https://www.w3.org/2001/mstts}"


def test_openai(tick: Speech) -> None:
    style = SpeechStyle(voice="onyx", speed=1.25, emotion="Whisper.")
    asked = asked_of("openai", tick, style, model="gpt-4o-mini-tts")
    assert (asked.method, asked.path) == ("POST", "/audio/speech")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.headers["content-type"] == "application/json"
    assert asked.json() == {
        "model": "gpt-4o-mini-tts", "input": "Hi & bye.", "voice": "onyx",
        "response_format": "pcm", "speed": 1.25, "instructions": "Whisper.",
    }  # fmt: skip


def test_openai_without_a_key_or_an_emotion(tick: Speech) -> None:
    asked = asked_of("openai", tick, SpeechStyle(), key="")
    assert "authorization" not in asked.headers
    assert "instructions" not in asked.json()
    assert asked.json()["voice"] == "nova", "the settings' voice"


def test_azure(tick: Speech) -> None:
    asked = asked_of("azure", tick, SpeechStyle(speed=0.8, emotion="sad", language="en-IE"))
    assert (asked.method, asked.path) == ("POST", "/cognitiveservices/v1")
    assert asked.headers["ocp-apim-subscription-key"] == KEY
    assert asked.headers["content-type"] == "application/ssml+xml"
    assert asked.headers["x-microsoft-outputformat"] == "raw-24khz-16bit-mono-pcm"
    assert asked.headers["user-agent"] == "ringtalk"
    speak = ElementTree.fromstring(asked.body)
    assert speak.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-IE"
    voice = speak[0]
    assert (voice.tag, voice.get("name")) == (f"{SSML}voice", "en-GB-RyanNeural")
    style = voice[0]
    assert (style.tag, style.get("style")) == (f"{MSTTS}express-as", "sad")
    prosody = style[0]
    assert (prosody.tag, prosody.get("rate"), prosody.text) == (
        f"{SSML}prosody", "-20%", "Hi & bye.",
    )  # fmt: skip


def test_azure_text_and_names_cannot_become_markup(tick: Speech) -> None:
    style = SpeechStyle(voice="a'><b/>", emotion='"x"', language="'")
    speak = ElementTree.fromstring(asked_of("azure", tick, style, "1 </speak> <2>").body)
    assert speak[0].get("name") == "a'><b/>"
    assert "".join(speak.itertext()) == "1 </speak> <2>"


def test_doubao(tick: Speech) -> None:
    style = SpeechStyle(voice="zh_female", speed=1.5, emotion="happy", language="zh-CN")
    asked = asked_of("doubao", tick, style, "你好。", model="seed-tts-1.0")
    assert (asked.method, asked.path) == ("POST", "/api/v3/tts/unidirectional")
    assert asked.headers["x-api-app-id"] == "17"
    assert asked.headers["x-api-access-key"] == KEY
    assert asked.headers["x-api-resource-id"] == "seed-tts-1.0"
    assert asked.json() == {
        "user": {"uid": "ringtalk"},
        "req_params": {
            "text": "你好。", "speaker": "zh_female",
            "audio_params": {
                "format": "pcm", "sample_rate": 24000, "speech_rate": 50,
                "enable_timestamp": True, "emotion": "happy",
            },
            "additions": '{"explicit_language":"zh-cn"}',
        },
    }  # fmt: skip


def test_doubao_with_the_new_consoles_key(tick: Speech) -> None:
    asked = asked_of("doubao", tick, SpeechStyle(speed=0.5), account="")
    assert asked.headers["x-api-key"] == KEY
    assert "x-api-app-id" not in asked.headers
    assert b'"speech_rate":-50' in asked.body


def test_qwen(tick: Speech) -> None:
    asked = asked_of("qwen", tick, SpeechStyle(voice="Ethan", emotion="Slowly."), "你好。")
    assert asked.path == "/services/aigc/multimodal-generation/generation"
    assert asked.headers["x-dashscope-sse"] == "enable"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.json() == {
        "model": "qwen3-tts-flash",
        "input": {
            "text": "你好。", "voice": "Ethan", "language_type": "Chinese",
            "instructions": "Slowly.",
        },
    }  # fmt: skip


def test_tencent_signs_what_it_asks(tick: Speech) -> None:
    style = SpeechStyle(speed=1.35, emotion="happy")
    stage = staged("tencent", tick, style, "你好 & +再见。")
    asked = stage.asked[0]
    assert asked.path == "/stream_ws"
    query = asked.query
    signature = query.pop("Signature")
    plain = "&".join(f"{name}={query[name]}" for name in sorted(query))
    text = f"GET{urlsplit(stage.url).netloc}/stream_ws?{plain}"
    digest = hmac.new(KEY.encode(), text.encode(), hashlib.sha1).digest()
    assert base64.b64decode(signature) == digest
    now, expired = int(query.pop("Timestamp")), int(query.pop("Expired"))
    assert 0 < expired - now <= 86_400
    assert re.fullmatch("[0-9a-f]{32}", query.pop("SessionId"))
    assert query == {
        "Action": "TextToStreamAudioWS", "AppId": "1250000000", "SecretId": "AKID1",
        "Text": "你好 & +再见。", "VoiceType": "101001", "Codec": "pcm", "SampleRate": "16000",
        "Speed": "1.50", "Volume": "0", "EnableSubtitle": "true", "EmotionCategory": "happy",
    }  # fmt: skip
    assert KEY not in asked.target


def test_tencent_with_a_cloned_voice(tick: Speech) -> None:
    query = asked_of("tencent", tick, SpeechStyle(voice="WCHN-1")).query
    assert (query["VoiceType"], query["FastVoiceType"]) == ("200000000", "WCHN-1")


@pytest.mark.parametrize(("speed", "scale"), [(0.5, "-2.00"), (1.0, "0.00"), (2.0, "4.00")])
def test_tencents_scale_of_speed(tick: Speech, speed: float, scale: str) -> None:
    assert asked_of("tencent", tick, SpeechStyle(speed=speed)).query["Speed"] == scale


def test_tencent_without_an_account_is_notasked_of(tick: Speech) -> None:
    with pytest.raises(UnfitVoice, match=r"account \(AppId, a number\), key_id"):
        staged("tencent", tick, SpeechStyle(), account="me")


def test_edge(tick: Speech) -> None:
    stage = staged("edge", tick, SpeechStyle(voice="en-GB-SoniaNeural", speed=1.2))
    asked = stage.asked[0]
    assert asked.path == "/edge/v1"
    assert asked.query["TrustedClientToken"] == "1"
    assert asked.query["Sec-MS-GEC-Version"] == SEC_MS_GEC_VERSION
    assert asked.query["Sec-MS-GEC"]
    assert asked.headers["origin"].startswith("chrome-extension://")
    assert "Edg/" in asked.headers["user-agent"]
    assert asked.headers["cookie"].startswith("muid=")
    config, speech = (str(told).split("\r\n\r\n", 1) for told in stage.told)
    assert "Path:speech.config" in config[0].split("\r\n")
    audio = json.loads(config[1])["context"]["synthesis"]["audio"]
    assert audio["outputFormat"] == "audio-24khz-48kbitrate-mono-mp3"
    assert audio["metadataoptions"]["wordBoundaryEnabled"] == "true"
    assert "Path:ssml" in speech[0].split("\r\n")
    assert f"X-RequestId:{asked.query['ConnectionId']}" in speech[0].split("\r\n")
    voice = ElementTree.fromstring(speech[1])[0]
    assert voice.get("name") == (
        "Microsoft Server Speech Text to Speech Voice (en-GB, SoniaNeural)"
    )
    assert (voice[0].get("rate"), voice[0].text) == ("+20%", "Hi & bye.")


def test_edge_names_its_voices_where_there_is_no_such_one(tick: Speech) -> None:
    with pytest.raises(UnfitVoice, match="named like en-US-EmmaMultilingualNeural, not 'Bob'"):
        staged("edge", tick, SpeechStyle(voice="Bob"))


@pytest.mark.parametrize("text", ["", "...", "🙂"])
def test_nothing_to_say_is_not_sent(tick: Speech, text: str) -> None:
    with pytest.raises(UnfitVoice, match="nothing to say"):
        staged("openai", tick, SpeechStyle(), text)


@pytest.mark.parametrize("speed", [0.49, 2.01, float("nan")])
def test_an_impossible_speed_is_not_sent(tick: Speech, speed: float) -> None:
    with pytest.raises(ValueError, match=r"speed must be from 0\.5 to 2\.0"):
        staged("openai", tick, SpeechStyle(speed=speed))


def test_nobody_at_the_address() -> None:
    async def run(kind: TtsKind, url: str) -> None:
        speaker = open_speaker(BY_KIND[kind].service(url))
        with pytest.raises(SpeakerFailed, match="cannot be reached") as caught:
            await anext(speaker.speak("Hi.", SpeechStyle()))
        assert caught.value.reason == "down"
        await speaker.close()

    uvloop.run(run("openai", "http://127.0.0.1:9"))
    uvloop.run(run("tencent", "ws://127.0.0.1:9"))


@pytest.mark.parametrize("voice", ["a\nb", "\x00", "\ud800"])
def test_a_name_that_no_protocol_can_carry_is_not_sent(tick: Speech, voice: str) -> None:
    with pytest.raises(UnfitVoice, match="characters that no name has"):
        staged("azure", tick, SpeechStyle(voice=voice))
    with pytest.raises(UnfitVoice, match="characters that no name has"):
        staged("openai", tick, SpeechStyle(emotion=voice))
