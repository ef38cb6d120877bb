"""What is asked of the services that are rented, and how their JSON answers are read.

Pure functions; own nothing. A field of the style that a function does not name is one that
its protocol lacks: it is left out in silence.
"""

import base64
from collections.abc import Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import msgspec

from models.service_error import Reason, ServiceError, said
from models.voice.remote.service_request import ServiceRequest, bearer, posted
from models.voice.remote.service_stream import StreamPart
from models.voice.remote.speech_request import SpeechRequest
from models.voice.speech import SpokenWord

OPENAI_RATE: Final = 24_000
AZURE_RATE: Final = 24_000
DOUBAO_RATE: Final = 24_000
QWEN_RATE: Final = 24_000
_DOUBAO_DONE: Final = 20_000_000
_DOUBAO_FAULT: Final = 55
"""Codes of 55 million and more are the service's own faults."""
_QWEN_LANGUAGES: Final = {
    "zh": "Chinese", "en": "English", "de": "German", "it": "Italian", "pt": "Portuguese",
    "es": "Spanish", "ja": "Japanese", "ko": "Korean", "fr": "French", "ru": "Russian",
}  # fmt: skip


def openai(order: SpeechRequest) -> ServiceRequest:
    """`POST /v1/audio/speech` (platform.openai.com/docs/api-reference/audio/createSpeech).

    Raw int16 at 24 kHz; compatible servers may send WAV or MP3 instead. The emotion is
    `instructions`, which tts-1 ignores. It has no reference and no language.
    """
    body: dict[str, object] = {
        "model": order.service.model or "gpt-4o-mini-tts",
        "input": order.text,
        "voice": order.voice or "alloy",
        "response_format": "pcm",
        "speed": order.speed,
    }
    if order.emotion:
        body["instructions"] = order.emotion
    return posted("/audio/speech", body, bearer(order.service.key))


def azure(order: SpeechRequest) -> ServiceRequest:
    """`POST /cognitiveservices/v1` (learn.microsoft.com/azure/ai-services/speech-service/
    rest-text-to-speech), SSML 1.0 with Microsoft's `mstts`; raw int16 at 24 kHz.

    The emotion is a style of `mstts:express-as`, speed is the prosody's rate. It has no reference.
    """
    voice = order.voice or "en-US-AvaMultilingualNeural"
    language = order.language or "-".join(voice.split("-")[:2])
    speech = f"<prosody rate='{order.speed - 1:+.0%}'>{escape(order.text)}</prosody>"
    if order.emotion:
        speech = f"<mstts:express-as style={quoteattr(order.emotion)}>{speech}</mstts:express-as>"
    ssml = (
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' "
        f"xmlns:mstts='https://www.w3.org/2001/mstts' xml:lang={quoteattr(language)}>"
        f"<voice name={quoteattr(voice)}>{speech}</voice></speak>"
    )
    headers = {
        "Ocp-Apim-Subscription-Key": order.service.key,
        "Content-Type": "application/ssml+xml",
        "X-Microsoft-OutputFormat": "raw-24khz-16bit-mono-pcm",
    }
    return ServiceRequest("/cognitiveservices/v1", headers, ssml.encode())


def doubao(order: SpeechRequest) -> ServiceRequest:
    """`POST /api/v3/tts/unidirectional` (www.volcengine.com/docs/6561/1598757): JSON lines.

    `account` is the app id, `key` the access token, `model` the resource id; without an account
    the key is the new console's API key. Speed is `speech_rate`, -50 to 100. A cloned voice is a
    voice (`S_...`): a reference is not sent.
    """
    sound: dict[str, object] = {
        "format": "pcm",
        "sample_rate": DOUBAO_RATE,
        "speech_rate": round((order.speed - 1) * 100),
        "enable_timestamp": True,
    }
    if order.emotion:
        sound["emotion"] = order.emotion
    wanted: dict[str, object] = {
        "text": order.text,
        "speaker": order.voice,
        "audio_params": sound,
    }
    if order.language:
        spoken = {"explicit_language": order.language.lower()}
        wanted["additions"] = msgspec.json.encode(spoken).decode()
    service = order.service
    headers = {"X-Api-Resource-Id": service.model or "seed-tts-2.0"}
    if service.account:
        headers |= {"X-Api-App-Id": service.account, "X-Api-Access-Key": service.key}
    else:
        headers["X-Api-Key"] = service.key
    body = {"user": {"uid": "ringtalk"}, "req_params": wanted}
    return posted("/api/v3/tts/unidirectional", body, headers)


class _DoubaoWord(msgspec.Struct):
    word: str
    startTime: float
    endTime: float


class _DoubaoSentence(msgspec.Struct):
    words: list[_DoubaoWord] = []


class _DoubaoLine(msgspec.Struct):
    code: int = 0
    message: str = ""
    data: str | None = None
    sentence: _DoubaoSentence | None = None


def doubao_line(name: str, line: Mapping[str, object]) -> StreamPart:
    """Code 0 carries sound or words, 20000000 is the end, everything else is an error."""
    told = msgspec.convert(line, _DoubaoLine)
    if told.code not in (0, _DOUBAO_DONE):
        reason: Reason = "refused"
        if "quota exceeded" in told.message or "concurrency" in told.message:
            reason = "busy"
        elif told.code // 1_000_000 >= _DOUBAO_FAULT:
            reason = "down"
        raise ServiceError(name, reason, f"failed ({told.code}) {said(told.message)}")
    words = told.sentence.words if told.sentence else []
    return StreamPart(
        base64.b64decode(told.data or "", validate=True),
        tuple(SpokenWord(word.word, word.startTime, word.endTime) for word in words),
        last=told.code == _DOUBAO_DONE,
    )


def qwen(order: SpeechRequest) -> ServiceRequest:
    """DashScope's Qwen-TTS (www.alibabacloud.com/help/en/model-studio/qwen-tts-api): SSE.

    The emotion is `instructions`, which qwen3-tts-instruct-flash follows. It has no speed; a
    cloned voice is a voice, so a reference is not sent.
    """
    wanted: dict[str, object] = {
        "text": order.text,
        "voice": order.voice or "Cherry",
        "language_type": _QWEN_LANGUAGES.get(
            order.spoken_language.partition("-")[0].lower(), "Auto"
        ),
    }
    if order.emotion:
        wanted["instructions"] = order.emotion
    return posted(
        "/services/aigc/multimodal-generation/generation",
        {"model": order.service.model or "qwen3-tts-flash", "input": wanted},
        {"X-DashScope-SSE": "enable", **bearer(order.service.key)},
    )


class _QwenAudio(msgspec.Struct):
    data: str | None = None


class _QwenOutput(msgspec.Struct):
    audio: _QwenAudio | None = None
    finish_reason: str | None = None


class _QwenEvent(msgspec.Struct):
    output: _QwenOutput | None = None
    code: str = ""
    message: str = ""


def qwen_event(name: str, event: Mapping[str, object]) -> StreamPart:
    """`output.audio.data` is sound, `finish_reason` "stop" the end, a `code` an error."""
    told = msgspec.convert(event, _QwenEvent)
    if told.code:
        reason: Reason = "refused"
        if told.code.startswith("Throttling"):
            reason = "busy"
        elif told.code.startswith("Internal") or told.code.endswith("Timeout"):
            reason = "down"
        raise ServiceError(name, reason, f"failed ({told.code}) {said(told.message)}")
    output = told.output or _QwenOutput()
    data = output.audio.data if output.audio else None
    return StreamPart(
        base64.b64decode(data or "", validate=True), last=output.finish_reason == "stop"
    )
