"""Failures as LiveTalking answers them: HTTP 200 with `code` -1, on its routes.

In: the application's answers. Out: the same, but where the setting `livetalking_status` is on and
the route is one of LiveTalking's, a failure has the status 200. What is refused because of who
asks (403, 421) keeps its status. Source: its server/routes.py at commit a5a77f4, whose every route
answers so. Runs in the supervisor's process; owns nothing.
"""

import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import (
    AlreadyRecording,
    AtCapacity,
    NotRecording,
    RingtalkError,
    UnknownSession,
)

_ROUTES: Final = re.compile(
    r"POST /(offer|human|humanaudio|interrupt_talk|is_speaking|set_audiotype|record)"
    r"|GET /sse"
    r"|GET /api/admin/(config|sessions)"
    r"|(POST|GET) /api/avatar/task|GET /api/avatar/tasks|(GET|DELETE) /api/avatar/task/[^/]+"
)
"""LiveTalking's routes that answer with JSON; GET /record/ID has a real 404 there as well."""
_KEPT: Final = (403, 421)
"""Refused because of who asks, before it is looked at what for."""


def is_route(scope: Scope) -> bool:
    """Whether this request is for a route that LiveTalking has."""
    return bool(_ROUTES.fullmatch(f"{scope.get('method')} {scope['path']}"))


def is_fine(scope: Scope, error: RingtalkError) -> bool:
    """Whether LiveTalking takes this in silence: /record begun or ended twice is what it is."""
    return scope["path"] == "/record" and isinstance(error, AlreadyRecording | NotRecording)


def said(error: RingtalkError) -> str:
    """The refusal as LiveTalking words it, where its clients may look for the words."""
    match error:
        case UnknownSession():
            return "session not found"
        case AtCapacity(capacity=full):
            return f"Maximum session limit reached ({full}/{full})"
        case _:
            return str(error)


class LiveTalkingStatus:
    """ASGI middleware; see the module's docstring."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_route(scope):
            await self._app(scope, receive, send)
            return

        async def as_success(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                if status >= 400 and status not in _KEPT:
                    message = {**message, "status": 200}
            await send(message)

        await self._app(scope, receive, as_success)
