"""A service over HTTP: one request a sentence, the answer streamed.

In: `SpeechRequest`s. Out: `StreamPart`. Runs in ingest's event loop; a source owns a connection
pool, freed by `close`, and what the service said of up to 16 speakers.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final

import httpx
import msgspec

from data.services import TtsService
from models.service_error import ServiceError, answered, failed, said
from models.voice.errors import UnfitVoice
from models.voice.remote.answers import json_object
from models.voice.remote.service_request import ServiceRequest
from models.voice.remote.service_stream import StreamPart
from models.voice.remote.speech_request import SpeechRequest
from models.voice.remote.table import HttpProtocol

_ERROR_BYTES: Final = 8_192
"""Of an answer that is no sound, so much is read to say what it is."""
_REUSE_S: Final = 20.0
"""A connection is kept so long for the next sentence: a TLS handshake costs two round trips."""
_LIMITS: Final = httpx.Limits(
    max_connections=64, max_keepalive_connections=8, keepalive_expiry=_REUSE_S
)
_HEADERS: Final = {"User-Agent": "ringtalk", "Accept-Encoding": "identity"}
_MOST_SPEAKERS: Final = 16
_MOST_SPEAKER_BYTES: Final = 16_000_000
"""XTTS describes its 58 speakers in 5 MB."""
_DRAIN_S: Final = 0.1


class HttpStream:
    """See `service_stream.ServiceStream`."""

    def __init__(self, service: TtsService, row: HttpProtocol, base: str) -> None:
        """`base` is the service's address without the last slash. Time is the caller's matter."""
        self._service = service
        self._row = row
        self._base = base
        self._client = httpx.AsyncClient(timeout=None, limits=_LIMITS, headers=_HEADERS)
        self._speakers: dict[str, dict[str, object]] = {}
        self.rate = row.rate(service)
        self.uploads = row.uploads

    async def answers(self, order: SpeechRequest) -> AsyncGenerator[StreamPart]:
        """See `service_stream.ServiceStream.answers`."""
        try:
            if self._row.before:
                order = order._replace(speaker=await self._speaker(order))
            async with self._asked("POST", self._row.request(order)) as reply:
                yield StreamPart(form=await self._form(reply))
                async with (
                    aclosing(_body(reply)) as chunks,
                    aclosing(self._row.hear(self._service.name, chunks)) as parts,
                ):
                    async for heard in parts:
                        if heard.last:
                            await _drain(chunks)
                        yield heard
        except httpx.HTTPError as error:
            raise failed(self._service.name, error) from None

    async def close(self) -> None:
        """See `service_stream.ServiceStream.close`."""
        await self._client.aclose()

    @asynccontextmanager
    async def _asked(self, method: str, call: ServiceRequest) -> AsyncGenerator[httpx.Response]:
        request = self._client.build_request(
            method,
            self._base + call.path,
            headers=call.headers,
            content=call.content or None,
            data=call.form,
            files=call.files,
        )
        reply = await self._client.send(request, stream=True)
        try:
            yield reply
        finally:
            await reply.aclose()

    async def _form(self, reply: httpx.Response) -> str:
        """The content type of an answer that is one; raise ServiceError for every other."""
        form = str(reply.headers.get("content-type", ""))
        if reply.is_success and (not form or form.lower().startswith(self._row.accepts)):
            return form
        text = (await _head(reply, _ERROR_BYTES)).decode(errors="replace")
        name, key = self._service.name, self._service.key
        if reply.is_success:
            raise ServiceError(
                name, "nonsense", f"sent {form} where sound was due: {said(text, key)}"
            )
        raise answered(name, reply.status_code, text, reply.headers.get("retry-after"), key)

    async def _speaker(self, order: SpeechRequest) -> dict[str, object]:
        """What the service says of this order's speaker; asked once."""
        known = hashlib.sha256(order.sample).hexdigest() if order.sample else order.voice
        if known not in self._speakers:
            described = await self._described(order)
            if len(self._speakers) >= _MOST_SPEAKERS:
                del self._speakers[next(iter(self._speakers))]
            self._speakers[known] = described
        return self._speakers[known]

    async def _described(self, order: SpeechRequest) -> dict[str, object]:
        assert self._row.before is not None
        call = self._row.before(order)
        if call is not None:
            return await self._json("POST", call)
        everyone = await self._json("GET", ServiceRequest(self._row.speakers, {}))
        voice = order.voice or next(iter(everyone), "")
        try:
            return msgspec.convert(everyone[voice], dict[str, object])
        except (KeyError, msgspec.ValidationError) as unknown:
            raise UnfitVoice(
                f"{self._service.name}: no speaker is called {voice!r}; there are "
                f"{', '.join(list(everyone)[:20])}"
            ) from unknown

    async def _json(self, method: str, call: ServiceRequest) -> dict[str, object]:
        async with self._asked(method, call) as reply:
            if not reply.is_success:
                await self._form(reply)
            return json_object(self._service.name, await _head(reply, _MOST_SPEAKER_BYTES))


def _body(reply: httpx.Response) -> AsyncGenerator[bytes]:
    body = reply.aiter_bytes()
    assert isinstance(body, AsyncGenerator)
    return body


async def _head(reply: httpx.Response, most: int) -> bytes:
    """The body's first bytes, about `most` of them."""
    head = bytearray()
    async with aclosing(_body(reply)) as chunks:
        async for chunk in chunks:
            head += chunk
            if len(head) >= most:
                break
    return bytes(head)


async def _drain(chunks: AsyncGenerator[bytes]) -> None:
    """Read the few bytes after the protocol's own end, so that the connection can be kept."""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_DRAIN_S):
            async for _ in chunks:
                pass
