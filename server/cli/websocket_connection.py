"""uvicorn's WebSocket, which takes no more than a client that means well sends.

websockets parses all that one read brought, whatever it is, and answers every ping at once,
whether or not the answers are read. Here frames are counted as they come, empty ones and
fragments too, and what waits to be sent is bounded. Runs in the supervisor's loop; owns one timer
and, of what one read brought, what is not parsed yet.
"""

import asyncio
from typing import Any, Final

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import CloseCode

from runtime.limits import FRAMES_AT_ONCE, FRAMES_PER_SECOND
from server.cli.connection_limits import LimitedConfig, UnreadTimer
from server.sessions.token_bucket import TokenBucket

UNSENT_BYTES: Final = 1 << 18
"""A client that asks for more while so much waits for it, unread, is cut off."""
_LINGER_SECONDS: Final = 1.0
"""How long a client that was hung up on may still send into the void."""
_PIECE: Final = 1 << 14
"""Bytes that are parsed between two looks at the limits; of empty frames some 2700."""


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
        self._budget = TokenBucket(FRAMES_PER_SECOND, FRAMES_AT_ONCE)
        self._held = bytearray()
        self._deaf = False

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
        if not self._deaf:
            self._held += data
            self._parse()

    async def receive(self) -> ASGIReceiveEvent:
        message = await super().receive()
        self._parse()
        return message

    def _parse(self) -> None:
        """Piece by piece, as long as the application keeps up with the messages in them."""
        while self._held and not self.read_paused and not self.transport.is_closing():
            piece = bytes(self._held[:_PIECE])
            del self._held[:_PIECE]
            super().data_received(piece)
            if self.transport.get_write_buffer_size() > UNSENT_BYTES:
                self.transport.abort()

    def handle_events(self) -> None:
        if self.handshake_complete and not self._budget.take(len(self.conn.events)):
            self._hang_up()
        else:
            super().handle_events()

    def _hang_up(self) -> None:
        """Close, and take what still comes for a moment, unparsed: were it left in the kernel, the
        client would get a reset instead of the reason (RFC 9293, 3.10.7.1)."""
        self._deaf = True
        self._held.clear()
        self.conn.events.clear()
        self.conn.fail(CloseCode.POLICY_VIOLATION, f"more than {FRAMES_PER_SECOND} frames a second")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.POLICY_VIOLATION})
        self.close_sent = True
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    async def send(self, message: ASGISendEvent) -> None:
        """uvicorn's, which would log each refusal before the upgrade as a fault of ours."""
        if self._deaf:
            raise ClientDisconnected
        await super().send(message)
        if self.close_sent:
            self.handshake_complete = True
            self._parse()  # the client's own end of it may be held
