"""Transcription elsewhere: any service with OpenAI's `/audio/transcriptions`.

In: mono float32 at 16 kHz, sent as a WAV file. Out: text, and its growing beginning where the
service streams it (https://platform.openai.com/docs/api-reference/audio/createTranscription; vLLM,
speaches and others do the same). Runs in ingest's process; owns one pool of connections.
"""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from typing import Final

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from data.services import AsrService
from data.units import FEATURE_RATE
from models.hearing.transcriber import Told, may_hold_words, whisper_code
from models.hearing.words import spoken
from models.service_error import ServiceError, answered, failed, said

_SERVICE: Final = "asr"
_CONNECT_SECONDS: Final = 5.0
_LOUDEST: Final = 32767
_MOST_BYTES: Final = 1_000_000
"""Of an answer; a minute of speech has about 1000 characters."""
_OK: Final = 300


class _Event(msgspec.Struct):
    """One event of a stream, or the whole answer. Some services send the text bare."""

    type: str = ""
    delta: str = ""
    text: str = ""
    error: object = None


class OpenAiAsr:
    """One service; see `transcriber.Transcriber`. Asks as often at once as it is asked."""

    def __init__(self, service: AsrService) -> None:
        """Connects to nothing yet. Raise ValueError when `service` has no URL or no model."""
        for name, value in (("url", service.url), ("model", service.model)):
            if not value:
                raise ValueError(f"the ASR service has no {name}: set asr.{name}")
        self._service = service
        self._asked = 0
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {service.key}"} if service.key else {},
            timeout=httpx.Timeout(service.seconds, connect=min(service.seconds, _CONNECT_SECONDS)),
        )

    async def transcribe(
        self, sound: NDArray[np.float32], language: str = "", told: Told | None = None
    ) -> str:
        """See `transcriber.Transcriber.transcribe`. Streams when `told` is given."""
        if not may_hold_words(sound):
            return ""
        self._asked += 1
        try:
            async with asyncio.timeout(self._service.seconds):
                return await self._ask(sound, language or self._service.language, told)
        except TimeoutError as late:
            raise ServiceError(
                _SERVICE, "slow", f"no text within {self._service.seconds:g} seconds"
            ) from late
        except httpx.HTTPError as lost:
            raise failed(_SERVICE, lost) from lost
        finally:
            self._asked -= 1

    async def partial(self, sound: NDArray[np.float32], language: str = "") -> str | None:
        """See `transcriber.Transcriber.partial`. Busy: as long as any answer is out."""
        return None if self._asked else await self.transcribe(sound, language)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _ask(self, sound: NDArray[np.float32], language: str, told: Told | None) -> str:
        form = {"model": self._service.model, "response_format": "json"}
        if language:
            form["language"] = whisper_code(language)
        if told is not None:
            form["stream"] = "true"
        url = f"{self._service.url.rstrip('/')}/audio/transcriptions"
        file = {"file": ("speech.wav", wav(sound), "audio/wav")}
        async with self._http.stream("POST", url, data=form, files=file) as answer:
            if answer.status_code >= _OK:
                text = await _whole(answer)
                wait = answer.headers.get("retry-after")
                raise answered(_SERVICE, answer.status_code, text, wait, self._service.key)
            if "event-stream" in answer.headers.get("content-type", ""):
                return spoken(await self._streamed(answer, told))
            return spoken(self._read(await _whole(answer)).text)

    async def _streamed(self, answer: httpx.Response, told: Told | None) -> str:
        text = ""
        async for data in _data(answer):
            if data == "[DONE]":
                return text
            event = self._read(data)
            if event.type.endswith("done"):
                return event.text
            text += event.delta or event.text
            if told is not None and text.strip():
                told(spoken(text))
        raise ServiceError(_SERVICE, "cut", "the text ended half way")

    def _read(self, text: str) -> _Event:
        try:
            event = msgspec.json.decode(text, type=_Event)
        except msgspec.DecodeError as garbled:
            words = said(text, self._service.key)
            raise ServiceError(
                _SERVICE, "nonsense", f"answered with no transcription: {words}"
            ) from garbled
        if event.error is not None:
            words = said(str(event.error), self._service.key)
            raise ServiceError(_SERVICE, "down", f"failed while it answered: {words}")
        return event


def wav(sound: NDArray[np.float32]) -> bytes:
    """A WAV file of `sound` [n], 16 kHz mono 16 bit; what is over full scale is clipped."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(FEATURE_RATE)
        writer.writeframes((np.clip(sound, -1, 1) * _LOUDEST).astype("<i2").tobytes())
    return file.getvalue()


async def _whole(answer: httpx.Response) -> str:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise ServiceError(_SERVICE, "nonsense", f"answered with over {_MOST_BYTES} bytes")
    return body.decode(errors="replace")


async def _data(answer: httpx.Response) -> AsyncIterator[str]:
    """The data of each server-sent event; every service sends one line of it."""
    read = 0
    async for line in answer.aiter_lines():
        read += len(line)
        if read > _MOST_BYTES:
            raise ServiceError(_SERVICE, "nonsense", f"answered with over {_MOST_BYTES} bytes")
        if line.startswith("data:"):
            yield line.removeprefix("data:").strip()
