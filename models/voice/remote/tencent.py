"""Tencent Cloud's real-time speech synthesis: a signed WebSocket, raw int16 and word times.

In: a `SpeechRequest`, messages. Out: a `SocketExchange`, `StreamPart`. Pure; owns nothing. Source:
cloud.tencent.com/document/product/1073/94308 (and 37933), `TextToStreamAudioWS`.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import msgspec
import numpy as np

from models.service_error import Reason, ServiceError, said
from models.voice.errors import UnfitVoice
from models.voice.remote.answers import json_object
from models.voice.remote.service_stream import StreamPart
from models.voice.remote.sockets import SocketExchange
from models.voice.remote.speech_request import SpeechRequest
from models.voice.speech import SpokenWord

BASE: Final = "wss://tts.cloud.tencent.com"
RATE: Final = 16_000
"""Every voice has it."""
_PATH: Final = "/stream_ws"
_VALID_S: Final = 600
_DEFAULT_VOICE: Final = "101001"
_CLONED: Final = 200_000_000
"""The VoiceType of every voice that was cloned; which one is its FastVoiceType."""
_TIMES: Final = (0.6, 0.8, 1.0, 1.2, 1.5, 2.5)
_SPEEDS: Final = (-2.0, -1.0, 0.0, 1.0, 2.0, 6.0)
"""Tencent's scale of speed, and how many times as fast each is; between them it is straight."""
_BUSY: Final = ("并发", "concurren", "limit")
"""Words of the messages about too many connections; Tencent's codes differ between its pages."""


def talk(order: SpeechRequest, base: str, now: int, fresh: str) -> SocketExchange:
    """The request is the URL, and the key signs it.

    `account` is the AppId, `key_id` the SecretId, `key` the SecretKey. A voice is a number, or
    the name of a cloned voice. Speed goes on Tencent's scale (0.6 is its slowest); the emotion is
    `EmotionCategory`. It has no reference and no language: a voice has its own.
    """
    service, voice = order.service, order.voice or _DEFAULT_VOICE
    if not (service.account.isdecimal() and service.key_id and service.key):
        raise UnfitVoice(
            f"{service.name}: Tencent needs account (AppId, a number), key_id (SecretId) and key "
            "(SecretKey)"
        )
    parameters = {
        "Action": "TextToStreamAudioWS",
        "AppId": service.account,
        "SecretId": service.key_id,
        "Timestamp": str(now),
        "Expired": str(now + _VALID_S),
        "SessionId": fresh,
        "Text": order.text,
        "VoiceType": voice if voice.isdecimal() else str(_CLONED),
        "Codec": "pcm",
        "SampleRate": str(RATE),
        "Speed": f"{np.interp(order.speed, _TIMES, _SPEEDS):.2f}",
        "Volume": "0",
        "EnableSubtitle": "true",
    }
    if not voice.isdecimal():
        parameters["FastVoiceType"] = voice
    if order.emotion:
        parameters["EmotionCategory"] = order.emotion
    signature = signed(parameters, urlsplit(base).netloc + _PATH, service.key)
    query = "&".join(
        f"{name}={quote(value, safe='')}"
        for name, value in (*sorted(parameters.items()), ("Signature", signature))
    )
    return SocketExchange(f"{base}{_PATH}?{query}", {})


def signed(parameters: Mapping[str, str], address: str, secret: str) -> str:
    """HMAC-SHA1 in base64 of the request with its parameters sorted and not yet quoted."""
    plain = "&".join(f"{name}={value}" for name, value in sorted(parameters.items()))
    digest = hmac.new(secret.encode(), f"GET{address}?{plain}".encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class _Subtitle(msgspec.Struct, rename="pascal"):
    text: str
    begin_time: int
    end_time: int


class _Result(msgspec.Struct):
    subtitles: list[_Subtitle] | None = None


class _Message(msgspec.Struct):
    code: int = 0
    message: str = ""
    final: int = 0
    result: _Result | None = None


def hear(name: str, message: str | bytes) -> StreamPart:
    """Binary messages are sound, text ones JSON: an error, words, the end (`final` 1)."""
    if isinstance(message, bytes):
        return StreamPart(message)
    try:
        told = msgspec.convert(json_object(name, message), _Message)
    except msgspec.ValidationError as odd:
        raise ServiceError(name, "nonsense", f"sent JSON of another shape ({odd})") from odd
    if told.code:
        reason: Reason = "refused"
        if any(word in told.message.lower() for word in _BUSY):
            reason = "busy"
        raise ServiceError(name, reason, f"failed ({told.code}) {said(told.message)}")
    subtitles = (told.result and told.result.subtitles) or []
    words = tuple(SpokenWord(s.text, s.begin_time / 1000, s.end_time / 1000) for s in subtitles)
    return StreamPart(words=words, last=told.final == 1)
