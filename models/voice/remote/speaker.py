"""A service elsewhere as a voice: asked, timed, decoded, finished.

In: a sentence and a style. Out: `SpeechPiece`s. Runs in ingest's event loop; owns its source.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final

import numpy as np

from data.services import SpeechStyle, TtsService
from models.service_error import ServiceError
from models.voice.remote.decoder import Decoder
from models.voice.remote.errors import SpeakerFailed
from models.voice.remote.finish import Finish
from models.voice.remote.service_stream import ServiceStream, StreamPart
from models.voice.remote.speech_request import SpeechRequest, ordered, with_sample
from models.voice.speech import SpeechPiece
from models.voice.voice import pause_ms

LONGEST_S: Final = 300.0
"""Of sound for one sentence; a service that sends more does not stop by itself."""


class RemoteSpeaker:
    """See `speech.Speaker`; `name` is the service's own in the settings."""

    def __init__(self, service: TtsService, source: ServiceStream) -> None:
        self._service = service
        self._source = source
        self.name = service.name

    async def speak(self, sentence: str, style: SpeechStyle) -> AsyncGenerator[SpeechPiece]:
        """See `speech.Speaker.speak`; also ValueError for a speed that is not 0.5 to 2.0.

        The first sound may take `first_seconds`, and each part after it as long again.
        """
        order = ordered(self._service, sentence, style)
        if self._source.uploads:
            order = await with_sample(order)
        try:
            async with aclosing(self._pieces(order)) as pieces:
                async for piece in pieces:
                    yield piece
        except ServiceError as failure:
            raise SpeakerFailed.of(failure, self._service.key) from None

    async def close(self) -> None:
        """See `speech.Speaker.close`."""
        await self._source.close()

    async def _pieces(self, order: SpeechRequest) -> AsyncGenerator[SpeechPiece]:
        sentence = _Sentence(self.name, self._source.rate, pause_ms(order.text))
        async with aclosing(self._source.answers(order)) as answers:
            due = asyncio.get_running_loop().time() + self._service.first_seconds
            while (heard := await self._next(answers, due)) is not None:
                if heard.sound:
                    due = asyncio.get_running_loop().time() + self._service.first_seconds
                for piece in sentence.hear(heard):
                    yield piece
                if heard.last:
                    break
            for piece in sentence.finish():
                yield piece

    async def _next(self, answers: AsyncGenerator[StreamPart], due: float) -> StreamPart | None:
        try:
            async with asyncio.timeout_at(due):
                return await anext(answers, None)
        except TimeoutError:
            raise ServiceError(
                self.name, "slow", f"no sound within {self._service.first_seconds:g} s"
            ) from None


class _Sentence:
    """One answer on its way from bytes to pieces."""

    def __init__(self, name: str, rate: int, tail_ms: float) -> None:
        self._name = name
        self._decoder = Decoder(name, rate)
        self._tail_ms = tail_ms
        self._finish: Finish | None = None
        self._early = StreamPart()
        self._samples = 0

    def hear(self, heard: StreamPart) -> Iterator[SpeechPiece]:
        """Take a part of the answer; yield what is decided."""
        if heard.form:
            self._decoder.told(heard.form)
        samples = self._decoder.push(heard.sound) if heard.sound else _NONE
        if self._finish is None and self._decoder.rate:
            self._finish = Finish(self._decoder.rate, self._tail_ms)
            self._finish.tell(self._early.words)
        if self._finish is None:
            self._early = StreamPart(words=self._early.words + heard.words)
            return iter(())
        self._finish.tell(heard.words)
        self._samples += len(samples)
        if self._samples > LONGEST_S * self._decoder.rate:
            raise ServiceError(self._name, "nonsense", f"spoke for over {LONGEST_S:g} s")
        return self._finish.push(samples)

    def finish(self) -> Iterator[SpeechPiece]:
        """Yield the rest; raise ServiceError where the answer was cut, or without sound."""
        rest = self._decoder.finish()
        if self._finish is not None:
            yield from self._finish.push(rest)
            yield from self._finish.finish()
        if self._finish is None or not self._finish.heard:
            raise ServiceError(self._name, "nonsense", "answered without any sound")


_NONE: Final = np.empty(0, np.float32)
