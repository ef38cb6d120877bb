"""OpenAI's realtime transcription over a WebSocket.

https://developers.openai.com/api/docs/guides/realtime-transcription: sound at 24 kHz goes into a
buffer, a commit ends it, and its words come, first in pieces. When a sound is over is decided here,
so its own turn detection is off. Runs in ingest; owns one sound's words.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import numpy as np
from numpy.typing import NDArray

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.asr_protocol import Address, Frame, pcm16, pieces
from models.hearing.transcriber import whisper_code
from models.service_error import ServiceError, said
from models.sound.resample import Resampler

_RATE: Final = 24_000
_PIECE: Final = _RATE // 5
"""Bytes of 100 ms."""
_WORDS: Final = "conversation.item.input_audio_transcription."


class OpenAiRealtime:
    """See `asr_protocol.AsrProtocol`."""

    reused = True

    def address(self, service: AsrService, language: str) -> Address:
        """See `AsrProtocol.address`."""
        if not service.model:
            raise ValueError("the ASR service has no model: set asr.model")
        parts = urlsplit(service.url.rstrip("/") + "/realtime?intent=transcription")
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        headers = {"Authorization": f"Bearer {service.key}"} if service.key else {}
        return Address(urlunsplit(parts._replace(scheme=scheme)), headers)

    def begin(self, service: AsrService, language: str) -> Sequence[Frame]:
        """See `AsrProtocol.begin`."""
        asked = {"model": service.model}
        if language:
            asked["language"] = whisper_code(language)
        heard: dict[str, Any] = {
            "format": {"type": "audio/pcm", "rate": _RATE},
            "transcription": asked,
            "turn_detection": None,
        }
        session = {"type": "transcription", "audio": {"input": heard}}
        return (
            json.dumps({"type": "session.update", "session": session}),
            json.dumps({"type": "input_audio_buffer.clear"}),
        )

    def sound(self, sound: NDArray[np.float32]) -> Sequence[Frame]:
        """See `AsrProtocol.sound`."""
        resampler = Resampler(FEATURE_RATE, _RATE)
        whole = np.concatenate([resampler.push(sound), resampler.finish()])
        return [
            json.dumps(
                {
                    "type": "input_audio_buffer.append",
                    "audio": base64.b64encode(piece).decode(),
                }
            )
            for piece in pieces(pcm16(whole), _PIECE)
        ]

    def end(self) -> Sequence[Frame]:
        """See `AsrProtocol.end`."""
        return (json.dumps({"type": "input_audio_buffer.commit"}),)

    def reading(self, service: AsrService) -> "OpenAiReading":
        """See `AsrProtocol.reading`."""
        return OpenAiReading(service.key)


class OpenAiReading:
    """See `asr_protocol.TurnReading`."""

    settles = False

    def __init__(self, key: str) -> None:
        """`key` is not told, should the service say it."""
        self._key = key
        self._item = ""
        self.text = ""

    def read(self, message: Frame) -> bool:
        """See `TurnReading.read`. What belongs to a sound that was given up is left out."""
        told = json.loads(message)
        kind = told["type"]
        if kind == "error" or kind == f"{_WORDS}failed":
            why = said(str(told["error"]["message"]), self._key)
            raise ServiceError("asr", "down", f"failed while it answered: {why}")
        if kind == "input_audio_buffer.committed":
            self._item = told["item_id"]
        if not kind.startswith(_WORDS) or (self._item and told["item_id"] != self._item):
            return False
        if kind == f"{_WORDS}delta":
            self.text += told["delta"]
        elif kind == f"{_WORDS}completed":
            self.text = str(told["transcript"])
            return True
        return False
