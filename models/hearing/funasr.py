"""FunASR's WebSocket in its mode 2pass: rough words while they come, better ones behind a pause.

https://github.com/modelscope/FunASR/blob/main/runtime/docs/webasr_protocol.md. Its servers
disagree about `is_final`: the C++ one sets it with the last words, the Python one never; where it
is not set, the words are over when none have come for a while. Pure; owns one sound's words.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from data.services import AsrService
from models.hearing.asr_protocol import Address, Frame, pcm16, pieces
from models.hearing.words import joined

_PIECE: Final = 19_200
"""Bytes of 600 ms, which is the chunk that is asked for below."""


class FunAsr:
    """See `asr_protocol.AsrProtocol`."""

    reused = True

    def address(self, service: AsrService, language: str) -> Address:
        """See `AsrProtocol.address`."""
        headers = {"Authorization": f"Bearer {service.key}"} if service.key else {}
        return Address(service.url, headers)

    def begin(self, service: AsrService, language: str) -> Sequence[Frame]:
        """See `AsrProtocol.begin`."""
        told: dict[str, Any] = {
            "mode": "2pass",
            "wav_name": "microphone",
            "wav_format": "pcm",
            "audio_fs": 16000,
            "chunk_size": [5, 10, 5],
            "chunk_interval": 10,
            "itn": True,
            "is_speaking": True,
        }
        if language:
            told["svs_lang"] = language.partition("-")[0].lower()
        return (json.dumps(told),)

    def sound(self, sound: NDArray[np.float32]) -> Sequence[Frame]:
        """See `AsrProtocol.sound`."""
        return pieces(pcm16(sound), _PIECE)

    def end(self) -> Sequence[Frame]:
        """See `AsrProtocol.end`."""
        return (json.dumps({"is_speaking": False}),)

    def reading(self, service: AsrService) -> "FunAsrReading":
        """See `AsrProtocol.reading`."""
        return FunAsrReading()


class FunAsrReading:
    """See `asr_protocol.TurnReading`."""

    def __init__(self) -> None:
        self._sure: list[str] = []
        self._rough = ""
        self.settles = False

    @property
    def text(self) -> str:
        """See `TurnReading.text`."""
        return joined([*self._sure, self._rough])

    def read(self, message: Frame) -> bool:
        """See `TurnReading.read`."""
        told = json.loads(message)
        words, mode = told["text"], str(told["mode"])
        if not isinstance(words, str):
            raise TypeError("its words are no text")
        if mode in ("2pass-online", "online"):
            self._rough += words
            return False
        self._sure.append(words)
        self._rough, self.settles = "", True
        return told.get("is_final") is True
