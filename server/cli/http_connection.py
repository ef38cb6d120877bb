"""uvicorn's HTTP/1.1 connection, which does not wait for ever.

uvicorn ends a connection that is silent between two requests, and nothing else: headers of which
half came, a body that nobody reads any more, or an answer that the client does not take stay as
long as the client likes (its timer is dropped with the first byte of the next request). Runs in
the supervisor's loop; owns two timers. How long a body may take that a route reads is
`server.api.guard`'s matter.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from server.api.responses import failure
from server.cli.connection_limits import LimitedConfig, UnreadTimer

_NOTHING, _HEADERS, _REST = "nothing", "headers", "rest"
"""What the client owes: the headers of its next request, or the rest of an answered one's body."""


class HttpConnection(H11Protocol):
    """See the module's docstring."""

    def __init__(
        self,
        config: LimitedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self._unread = UnreadTimer(self.loop, config.limits.unread)
        self._owed = _NOTHING
        self._overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(503, f"{self._limits.connections} connections are open already")
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        self._unread.resumed()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._rest()
        self._unread.resumed()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread.paused(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.resumed()

    def _watch(self) -> None:
        """Have a timer run exactly while the client owes something that nobody else times.

        It is not begun anew by what arrives meanwhile: who sends a byte now and then is late."""
        if self.transport.get_protocol() is not self or self.transport.is_closing():
            return
        owed = self._what_is_owed()
        if owed == self._owed:
            return
        self._rest()
        self._owed = owed
        if owed != _NOTHING:
            seconds = self._limits.headers if owed == _HEADERS else self._limits.rest
            self._overdue = self.loop.call_later(seconds, self._give_up)

    def _what_is_owed(self) -> str:
        if self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None:
            return _HEADERS
        if self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE:
            return _REST
        return _NOTHING

    def _rest(self) -> None:
        self._owed = _NOTHING
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _give_up(self) -> None:
        """Whoever began a request is told; who sent nothing, or has its answer, is not."""
        self._rest()
        begun = self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]
        if begun:
            seconds = self._limits.headers
            self._refuse(408, f"the request's headers did not arrive within {seconds:g} s")
        self.transport.close()

    def _refuse(self, status: int, msg: str) -> None:
        """Answer whatever is asked, and close."""
        answer = failure(status, msg, {"Connection": "close"})
        reply = h11.Response(status_code=status, headers=answer.raw_headers, reason=b"")
        body = h11.Data(data=bytes(answer.body))
        for event in (reply, body, h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
