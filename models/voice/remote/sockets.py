"""A service over a WebSocket (RFC 6455): one connection a sentence.

In: `SpeechRequest`s. Out: `StreamPart`. Runs in ingest's event loop; owns no connection between
sentences.
"""

import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Final, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from data.services import TtsService
from models.service_error import ServiceError, answered, said
from models.voice.remote.service_stream import StreamPart
from models.voice.remote.speech_request import SpeechRequest

_GOODBYE_S: Final = 1.0
"""How long the other side may take to close after the last message."""
_NOT_OK: Final = 300
_MOST_BYTES: Final = 4_000_000
"""Of one message: over a minute of sound."""


class SocketExchange(NamedTuple):
    """What is said to a socket: where, and the messages after the handshake."""

    url: str
    headers: Mapping[str, str]
    messages: tuple[str, ...] = ()


class SocketProtocol(NamedTuple):
    """One protocol; `table.HttpProtocol` for sockets."""

    talk: Callable[[SpeechRequest, str, int, str], SocketExchange]
    """(order, base URL, Unix time, a fresh hexadecimal id) -> what is said."""
    hear: Callable[[str, str | bytes], StreamPart]
    """(service's name, one message) -> what it says. Raises ServiceError."""
    base: str
    rate: int = 0
    """Hz of raw int16; 0: the sound is MP3."""


class SocketStream:
    """See `service_stream.ServiceStream`."""

    def __init__(self, service: TtsService, row: SocketProtocol, base: str) -> None:
        """`base` is the service's address. Time is the caller's matter."""
        self._service = service
        self._row = row
        self._base = base
        self.rate = row.rate
        self.uploads = False

    async def answers(self, order: SpeechRequest) -> AsyncGenerator[StreamPart]:
        """See `service_stream.ServiceStream.answers`."""
        talk = self._row.talk(order, self._base, int(time.time()), uuid.uuid4().hex)
        connection = await self._connected(talk)
        whole = False
        try:
            for message in talk.messages:
                await connection.send(message)
            async for told in connection:
                heard = self._row.hear(self._service.name, told)
                whole = heard.last
                yield heard
                if whole:
                    return
        except ConnectionClosed as closed:
            raise self._cut(closed) from None
        finally:
            if not whole:
                connection.transport.abort()
            await connection.close()
        raise self._cut(None)

    async def close(self) -> None:
        """See `service_stream.ServiceStream.close`."""

    async def _connected(self, talk: SocketExchange) -> ClientConnection:
        name, key = self._service.name, self._service.key
        try:
            return await connect(
                talk.url,
                additional_headers=talk.headers,
                user_agent_header=None if "User-Agent" in talk.headers else "ringtalk",
                open_timeout=None,
                close_timeout=_GOODBYE_S,
                max_size=_MOST_BYTES,
            )
        except InvalidStatus as refused:
            reply = refused.response
            text = (reply.body or b"").decode(errors="replace")
            wait, form = reply.headers.get("Retry-After"), reply.headers.get("Content-Type")
            if reply.status_code < _NOT_OK:
                words = f"sent {form} where a WebSocket was due: {said(text, key)}"
                raise ServiceError(name, "nonsense", words) from None
            raise answered(name, reply.status_code, text, wait, key) from None
        except WebSocketException:
            raise ServiceError(name, "nonsense", "answered, but not with a WebSocket") from None
        except OSError as lost:
            raise ServiceError(name, "down", f"cannot be reached ({said(str(lost))})") from None

    def _cut(self, closed: ConnectionClosed | None) -> ServiceError:
        """A connection that ended early, with the reason that the service gave, if any."""
        why = closed.rcvd.reason if closed and closed.rcvd else ""
        end = f" ({said(why, self._service.key)})" if why else ""
        return ServiceError(
            self._service.name, "cut", f"the connection closed before its end was told{end}"
        )
