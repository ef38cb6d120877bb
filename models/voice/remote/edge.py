"""Microsoft Edge's reading voice: a WebSocket without an account, MP3 and word times.

In: a `SpeechRequest`, messages. Out: a `SocketExchange`, `StreamPart`. Owns nothing. The protocol
is not published by Microsoft; the package `edge-tts` (github.com/rany2/edge-tts) is its
description, and makes the token and the voice's long name here. It may change or end on any day.
"""

import time
from html import unescape
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import msgspec
from edge_tts.constants import SEC_MS_GEC_VERSION, WSS_HEADERS, WSS_URL
from edge_tts.data_classes import TTSConfig
from edge_tts.drm import DRM

from models.service_error import ServiceError
from models.voice.errors import UnfitVoice
from models.voice.remote.answers import json_object
from models.voice.remote.service_stream import StreamPart
from models.voice.remote.sockets import SocketExchange
from models.voice.remote.speech_request import SpeechRequest
from models.voice.speech import SpokenWord

BASE: Final = WSS_URL
_DEFAULT_VOICE: Final = "en-US-EmmaMultilingualNeural"
_FORM: Final = "audio/mpeg"
_PER_SECOND: Final = 10_000_000
"""Times are in units of 100 ns."""
_CONFIG: Final = (
    '{"context":{"synthesis":{"audio":{"metadataoptions":{"sentenceBoundaryEnabled":"false",'
    '"wordBoundaryEnabled":"true"},"outputFormat":"audio-24khz-48kbitrate-mono-mp3"}}}}'
)
_END: Final = "\r\n\r\n"
_DATE: Final = "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)"


def talk(order: SpeechRequest, base: str, now: int, fresh: str) -> SocketExchange:
    """Two messages: what is wanted, and the sentence as SSML.

    The speed is the prosody's rate. It has no emotion, reference or language: a voice has its own.
    """
    mark = "&" if "?" in base else "?"
    token = DRM.generate_sec_ms_gec()
    url = (
        f"{base}{mark}ConnectionId={fresh}"
        f"&Sec-MS-GEC={token}&Sec-MS-GEC-Version={SEC_MS_GEC_VERSION}"
    )
    headers = DRM.headers_with_muid(WSS_HEADERS)
    headers.pop("Sec-WebSocket-Version", None)
    date = time.strftime(_DATE, time.gmtime(now))
    config = (
        f"X-Timestamp:{date}\r\nContent-Type:application/json; charset=utf-8\r\n"
        f"Path:speech.config{_END}{_CONFIG}\r\n"
    )
    speech = (
        f"X-RequestId:{fresh}\r\nContent-Type:application/ssml+xml\r\n"
        f"X-Timestamp:{date}Z\r\nPath:ssml{_END}{_ssml(order)}"
    )
    return SocketExchange(url, headers, (config, speech))


def _ssml(order: SpeechRequest) -> str:
    rate = f"{order.speed - 1:+.0%}"
    try:
        wanted = TTSConfig(order.voice or _DEFAULT_VOICE, rate, "+0%", "+0Hz", "WordBoundary")
    except ValueError as unknown:
        raise UnfitVoice(
            f"{order.service.name}: Edge's voices are named like en-US-EmmaMultilingualNeural, "
            f"not {order.voice!r}"
        ) from unknown
    return (
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='en-US'>"
        f"<voice name={quoteattr(wanted.voice)}>"
        f"<prosody pitch='+0Hz' rate='{rate}' volume='+0%'>{escape(order.text)}</prosody>"
        "</voice></speak>"
    )


class _EdgeText(msgspec.Struct, rename="pascal"):
    text: str


class _Boundary(msgspec.Struct, rename="pascal"):
    offset: int
    duration: int
    word: _EdgeText = msgspec.field(name="text")


class _Metadata(msgspec.Struct, rename="pascal"):
    type: str
    data: dict[str, object] = {}


def hear(name: str, message: str | bytes) -> StreamPart:
    """Binary messages are sound after their own headers; text ones are words, or the end."""
    if isinstance(message, bytes):
        return _sound(name, message)
    head, _, body = message.partition(_END)
    path = _path(head)
    if path == "turn.end":
        return StreamPart(last=True)
    if path != "audio.metadata":
        return StreamPart()
    try:
        told = msgspec.convert(json_object(name, body).get("Metadata"), list[_Metadata])
        bounds = [
            msgspec.convert(one.data, _Boundary) for one in told if one.type == "WordBoundary"
        ]
    except msgspec.ValidationError as odd:
        raise ServiceError(name, "nonsense", f"sent metadata of another shape ({odd})") from odd
    return StreamPart(words=tuple(_word(bound) for bound in bounds))


def _word(bound: _Boundary) -> SpokenWord:
    start = bound.offset / _PER_SECOND
    return SpokenWord(unescape(bound.word.text), start, start + bound.duration / _PER_SECOND)


def _sound(name: str, message: bytes) -> StreamPart:
    """Two bytes tell the length of the headers, which MP3 follows; the last one has none."""
    end = 2 + int.from_bytes(message[:2], "big")
    if not 2 < end <= len(message) or _path(message[2:end].decode(errors="replace")) != "audio":
        raise ServiceError(name, "nonsense", "sent a binary message that is no sound")
    return StreamPart(message[end:], form=_FORM)


def _path(head: str) -> str:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "path":
            return value.strip()
    return ""
