"""uvicorn's WebSocket, which takes no more than a client that means well sends.

websockets parses all that one read brought, whatever it is, and answers every ping at once,
whether or not the answers are read. Here frames are counted as they come, empty ones and
fragments too, and what waits to be sent is bounded. Runs in the supervisor's loop; owns one timer.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode

from runtime.limits import FRAMES_AT_ONCE, FRAMES_PER_SECOND
from server.cli.connection_limits import LimitedConfig, UnreadTimer

UNSENT_BYTES: Final = 1 << 18
"""A client that asks for more while so much waits for it, unread, is cut off."""
_PIECE: Final = 1 << 14
"""Bytes that are parsed between two looks at the limits; of empty frames some 2700."""


class FrameBudget:
    """How many frames may still come: refilled as time goes by (a token bucket)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen = clock()
        self._left = float(FRAMES_AT_ONCE)

    def take(self, frames: int) -> bool:
        """Whether so many more are within it."""
        now = self._clock()
        self._left += (now - self._seen) * FRAMES_PER_SECOND
        self._left = min(self._left, FRAMES_AT_ONCE) - frames
        self._seen = now
        return self._left >= 0


class WebSocketConnection(WebSocketsSansIOProtocol):
    """See the module's docstring."""

    def __init__(
        self,
        config: LimitedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._unread = UnreadTimer(self.loop, config.limits.unread)
        self._budget = FrameBudget(self.loop.time)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread.resumed()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread.paused(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.resumed()

    def data_received(self, data: bytes) -> None:
        for begin in range(0, len(data), _PIECE):
            if self.transport.is_closing():
                return
            super().data_received(data[begin : begin + _PIECE])
            if self.transport.get_write_buffer_size() > UNSENT_BYTES:
                self.transport.abort()

    def handle_events(self) -> None:
        if self.handshake_complete and not self._budget.take(len(self.conn.events)):
            reason = f"more than {FRAMES_PER_SECOND} frames a second"
            self.conn.events.clear()
            self.conn.fail(CloseCode.POLICY_VIOLATION, reason)
            self.handle_parser_exception()
            return
        super().handle_events()

    async def send(self, message: ASGISendEvent) -> None:
        """uvicorn's, which would log each refusal before the upgrade as a fault of ours."""
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True
