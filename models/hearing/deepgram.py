"""Deepgram's live WebSocket, which other services speak too.

https://developers.deepgram.com/reference/speech-to-text/listen-streaming: the words of one sound
come in parts, each first rough and then final; behind `CloseStream` the rest, and `Metadata`. Pure;
owns one sound's words.
"""

import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

import numpy as np
from numpy.typing import NDArray

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.asr_protocol import Address, Frame, pcm16, pieces
from models.hearing.words import joined
from models.service_error import ServiceError, said

_PIECE: Final = FEATURE_RATE // 5
"""Bytes of 100 ms."""
_ANY: Final = "multi"
"""Its word for whichever language is spoken."""


class Deepgram:
    """See `asr_protocol.AsrProtocol`."""

    reused = False

    def address(self, service: AsrService, language: str) -> Address:
        """See `AsrProtocol.address`."""
        if not service.model:
            raise ValueError("the ASR service has no model: set asr.model")
        asked = {
            "model": service.model,
            "language": language or _ANY,
            "encoding": "linear16",
            "sample_rate": FEATURE_RATE,
            "channels": 1,
            "interim_results": "true",
            "punctuate": "true",
        }
        url = f"{service.url.rstrip('/')}/listen?{urlencode(asked)}"
        return Address(url, {"Authorization": f"Token {service.key}"} if service.key else {})

    def begin(self, service: AsrService, language: str) -> Sequence[Frame]:
        """See `AsrProtocol.begin`."""
        return ()

    def sound(self, sound: NDArray[np.float32]) -> Sequence[Frame]:
        """See `AsrProtocol.sound`."""
        return pieces(pcm16(sound), _PIECE)

    def end(self) -> Sequence[Frame]:
        """See `AsrProtocol.end`."""
        return (json.dumps({"type": "CloseStream"}),)

    def reading(self, service: AsrService) -> "DeepgramReading":
        """See `AsrProtocol.reading`."""
        return DeepgramReading(service.key)


class DeepgramReading:
    """See `asr_protocol.TurnReading`."""

    settles = False

    def __init__(self, key: str) -> None:
        """`key` is not told, should the service say it."""
        self._key = key
        self._sure: list[str] = []
        self._rough = ""

    @property
    def text(self) -> str:
        """See `TurnReading.text`."""
        return joined([*self._sure, self._rough])

    def read(self, message: Frame) -> bool:
        """See `TurnReading.read`."""
        told = json.loads(message)
        kind = told["type"]
        if not isinstance(kind, str):
            raise TypeError("a message has a type")
        if kind == "Error" or "err_code" in told:
            why = said(str(told.get("description") or told.get("err_msg") or kind), self._key)
            raise ServiceError("asr", "down", f"failed while it answered: {why}")
        if kind == "Results":
            words = told["channel"]["alternatives"][0]["transcript"]
            if not isinstance(words, str):
                raise TypeError("its words are no text")
            self._rough = words
            if told["is_final"]:
                self._sure, self._rough = [*self._sure, words], ""
        return kind == "Metadata"
