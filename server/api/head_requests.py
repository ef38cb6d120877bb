"""HEAD for every route that answers GET: its headers alone (RFC 9110, 9.3.2).

ASGI middleware in the supervisor's process; owns nothing. A route that streams ends with its
headers. Pages' files answer HEAD themselves.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.safety.scopes import ScopeTable


class HeadRequests:
    """See the module's docstring."""

    def __init__(self, app: ASGIApp, table: ScopeTable) -> None:
        self._app, self._table = app, table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not self._table.gets(scope):
            await self._app(scope, receive, send)
            return
        told: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        async def headers_only(message: Message) -> None:
            if message["type"] == "http.response.start" and not told.done():
                told.set_result(message)

        waiting = asyncio.ensure_future(
            self._until_done({**scope, "method": "GET"}, receive, headers_only)
        )
        try:
            waiting.add_done_callback(lambda _: told.done() or told.cancel())
            await asyncio.wait([told])
            if told.cancelled():
                await waiting  # what it raises is for whoever answers errors
        finally:
            waiting.cancel()
        await send(await told)
        await send({"type": "http.response.body", "body": b""})

    async def _until_done(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
