"""Transcription elsewhere, over a WebSocket: sound goes up, words come down while it does.

In: mono float32 at 16 kHz. Out: text, and its growing beginning. Which messages are sent and what
theirs mean is a `AsrProtocol`. A connection that may be is kept for the next sound; one that was
lost meanwhile is made anew, once. Who sends faster than the service takes waits. Runs in ingest, on
its loop; owns the connections, freed by `close`.
"""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.services import AsrService
from models.hearing.asr_protocol import AsrProtocol
from models.hearing.transcriber import Told, may_hold_words
from models.hearing.words import spoken
from models.service_error import ServiceError, answered

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

_SERVICE: Final = "asr"
_CONNECT_SECONDS: Final = 5.0
_SETTLE_SECONDS: Final = 0.6
"""How long words have to be whole already, where the service does not say which are the last."""
_KEPT: Final = 4
_MOST_BYTES: Final = 1_000_000
"""Of one message."""


class SocketAsr:
    """One service; see `transcriber.Transcriber`. Has a connection for each sound at a time."""

    def __init__(self, service: AsrService, protocol: AsrProtocol) -> None:
        """Connects to nothing yet. Raise ValueError for settings that leave something out."""
        if not service.url:
            raise ValueError("the ASR service has no url: set asr.url")
        if not protocol.address(service, "").url.startswith(("ws://", "wss://")):
            raise ValueError(f"asr.url has to begin with ws:// or wss://, not {service.url!r}")
        self._service, self._protocol = service, protocol
        self._kept: list[tuple[str, ClientConnection]] = []
        self._asked = 0

    async def transcribe(
        self, sound: NDArray[np.float32], language: str = "", told: Told | None = None
    ) -> str:
        """See `transcriber.Transcriber.transcribe`."""
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
        finally:
            self._asked -= 1

    async def partial(self, sound: NDArray[np.float32], language: str = "") -> str | None:
        """See `transcriber.Transcriber.partial`. Busy: as long as any answer is out."""
        return None if self._asked else await self.transcribe(sound, language)

    async def close(self) -> None:
        """Close every connection."""
        kept, self._kept = self._kept, []
        await asyncio.gather(*(connection.close() for _, connection in kept))

    async def _ask(self, sound: NDArray[np.float32], language: str, told: Told | None) -> str:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - only who asks

        connection = self._take(language)
        if connection is not None:
            with contextlib.suppress(ConnectionClosed):
                return await self._on(connection, sound, language, told)
        connection = await self._connect(language)
        try:
            return await self._on(connection, sound, language, told)
        except ConnectionClosed as lost:
            why = f": {lost.rcvd.reason}" if lost.rcvd is not None and lost.rcvd.reason else ""
            raise ServiceError(_SERVICE, "cut", f"the connection broke{why}") from lost

    async def _on(
        self,
        connection: "ClientConnection",
        sound: NDArray[np.float32],
        language: str,
        told: Told | None,
    ) -> str:
        """One sound on this connection, which is kept if it may be, else closed."""
        whole = False
        sending = asyncio.get_running_loop().create_task(self._send(connection, sound, language))
        try:
            text, ended = await self._read(connection, sending, told)
            whole = ended and sending.done() and sending.exception() is None
            return spoken(text)
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            if whole and self._protocol.reused and len(self._kept) < _KEPT:
                self._kept.append((language, connection))
            else:
                connection.transport.abort()

    async def _send(
        self, connection: "ClientConnection", sound: NDArray[np.float32], language: str
    ) -> None:
        protocol, service = self._protocol, self._service
        pieces = await asyncio.to_thread(protocol.sound, sound)
        for frame in [*protocol.begin(service, language), *pieces, *protocol.end()]:
            await connection.send(frame)

    async def _read(
        self, connection: "ClientConnection", sending: "asyncio.Task[None]", told: Told | None
    ) -> tuple[str, bool]:
        """The words, and whether the service said that they are all."""
        reading = self._protocol.reading(self._service)
        before = ""
        while True:
            settles = reading.settles and sending.done()
            try:
                async with asyncio.timeout(_SETTLE_SECONDS if settles else None):
                    message = await connection.recv()
            except TimeoutError:
                if settles:
                    return reading.text, False
                raise
            try:
                if reading.read(message):
                    return reading.text, True
            except (ValueError, TypeError, LookupError, AttributeError) as garbled:
                raise ServiceError(
                    _SERVICE, "nonsense", "answered with no transcription"
                ) from garbled
            if told is not None and reading.text.strip() and reading.text != before:
                before = reading.text
                told(spoken(before))

    def _take(self, language: str) -> "ClientConnection | None":
        """A connection from before, for the same language, that is still open."""
        from websockets.protocol import State  # noqa: PLC0415 - only who asks

        self._kept = [one for one in self._kept if one[1].state is State.OPEN]
        for at, (known, connection) in enumerate(self._kept):
            if known == language:
                del self._kept[at]
                return connection
        return None

    async def _connect(self, language: str) -> "ClientConnection":
        from websockets.asyncio.client import connect  # noqa: PLC0415 - only who asks
        from websockets.exceptions import InvalidHandshake, InvalidStatus  # noqa: PLC0415

        address = self._protocol.address(self._service, language)
        try:
            return await connect(
                address.url,
                additional_headers=address.headers,
                open_timeout=min(self._service.seconds, _CONNECT_SECONDS),
                max_size=_MOST_BYTES,
                compression=None,
            )
        except InvalidStatus as refusal:
            answer = refusal.response
            text = (answer.body or b"").decode(errors="replace")
            wait = answer.headers.get("Retry-After")
            raise answered(_SERVICE, answer.status_code, text, wait, self._service.key) from refusal
        except (OSError, TimeoutError, InvalidHandshake) as lost:
            why = f"cannot be reached ({type(lost).__name__})"
            raise ServiceError(_SERVICE, "down", why) from lost
