"""One line in the log for each request that is refused: keys, limits, foreign pages, no place.

ASGI middleware in the supervisor's process; owns nothing. What is wrong with a request itself (4xx
of its body or path) is its client's matter and not told, nor are health checks of a server that is
not ready, which come by the second.
"""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.safety.access import address_of
from server.api.safety.caller import caller_of

logger = logging.getLogger(__name__)

REFUSALS: Final = frozenset({401, 403, 421, 429, 503})
_CHECKS: Final = ("/healthz", "/readyz")
_STARTS: Final = ("http.response.start", "websocket.http.response.start")
_BODIES: Final = ("http.response.body", "websocket.http.response.body")


class RefusalLog:
    """See the module's docstring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in _CHECKS:
            await self._app(scope, receive, send)
            return
        status = 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] in _STARTS:
                status = message["status"]
            elif message["type"] in _BODIES and status in REFUSALS:
                tell_refusal(scope, status, _message(message.get("body", b"")))
                status = 0
            await send(message)

        await self._app(scope, receive, watched)


def tell_refusal(scope: Scope, status: int, why: str) -> None:
    """Write the line."""
    fields: dict[str, Any] = {
        "method": scope.get("method", "WebSocket"),
        "path": scope["path"],
        "status": status,
        "address": address_of(scope),
        "why": why,
    }
    if name := caller_of(scope).name:
        fields["key"] = name
    logger.info("a request is refused", extra={"fields": fields})


def _message(body: bytes) -> str:
    """The sentence in the envelope."""
    try:
        told = json.loads(body)
    except ValueError:
        return ""
    return str(told.get("msg", "")) if isinstance(told, Mapping) else ""
