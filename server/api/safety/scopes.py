"""What each route needs of who asks: one row for each, checked when the application is made.

In: a request's method and path. Out: its `Need`. A route without a row is refused at the start, so
that none is open by oversight; what is no route is a page's file, and open. Runs in the
supervisor's process; owns nothing.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Scope

SOCKET: Final = "WS"


class Need(Enum):
    """begin: a key for calls, or a token that lasts. session: the same, or a token that has ended,
    since whoever names a session was told of it. The others: a key with that scope."""

    OPEN = "nothing"
    BEGIN = "call, or a session token"
    SESSION = "call, or the session's token"
    CALL = "call"
    OPERATE = "operate"
    METRICS = "metrics"


_ROWS: Final[Mapping[Need, str]] = {
    Need.OPEN: """
        GET /healthz, GET /livez, GET /readyz, POST /login, POST /logout,
        GET /whep, GET /whep/{sessionid}/{viewer}
    """,
    Need.BEGIN: """
        POST /offer, GET /config, GET /avatars, GET /avatars/{name}/poster, POST /backgrounds,
        WS /api/asr
    """,
    Need.SESSION: """
        POST /close, POST /human, POST /humanaudio, POST /interrupt_talk, POST /is_speaking,
        POST /avatar, POST /background, POST /action, POST /set_audiotype, GET /sse, WS /ws,
        POST /whep, DELETE /whep/{sessionid}/{viewer}
    """,
    Need.CALL: """
        POST /record, GET /record/{sessionid}, POST /sessions, POST /tokens, POST /livekit
    """,
    Need.OPERATE: """
        GET /recordings, GET /recordings/{recording}, GET /recordings/{recording}/captions,
        DELETE /recordings/{recording}, GET /avatars/{name}/sheet, DELETE /avatars/{name},
        GET /avatars/{name}/preview, GET /avatars/{name}/report, POST /avatars/{name}/rename,
        POST /api/avatar/task, GET /api/avatar/tasks,
        GET /api/avatar/tasks/events, GET /api/avatar/engines, GET /api/avatar/task/{task_id},
        GET /api/avatar/task/{task_id}/events, DELETE /api/avatar/task/{task_id},
        POST /outputs, GET /outputs, DELETE /outputs/{output},
        GET /operations, GET /api/admin/sessions, GET /api/admin/config, GET /trace, GET /latency
    """,
    Need.METRICS: """
        GET /metrics
    """,
}
NEEDS: Final[Mapping[str, Need]] = {
    row.strip(): need for need, rows in _ROWS.items() for row in rows.split(",")
}
"""By "METHOD PATH", as a route is declared."""
_ASKS: Final = {"HEAD": "GET"}
"""Whoever asks only for the headers needs as much."""
_ANSWERS_ALL: Final = "OPTIONS"
"""Asks what may be asked."""


class ScopeTable:
    """The needs of an application's routes."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        """Raises LookupError for a route that has no row."""
        self._routes = [route for route in routes if isinstance(route, Route | WebSocketRoute)]
        self._exact: dict[tuple[str, str], Need] = {}
        for route in self._routes:
            for method in methods_of(route):
                self._exact[method, route.path] = _need(method, route.path)

    def of(self, scope: Scope, path: str) -> Need:
        """The need of a request for `path`, a prefix of a proxy's taken off."""
        method = SOCKET if scope["type"] == "websocket" else scope["method"]
        found = self._exact.get((method, path)) or self._exact.get((_ASKS.get(method, ""), path))
        return found if found is not None else self._matched(scope, method, path)

    def gets(self, scope: Scope) -> bool:
        """Whether a HEAD request is for a route that answers GET, and not HEAD itself."""
        path = scope["path"]
        if ("HEAD", path) in self._exact:
            return False
        if ("GET", path) in self._exact:
            return True
        return (
            self._route({**scope, "method": "HEAD"}) is None
            and self._route({**scope, "method": "GET"}) is not None
        )

    def _matched(self, scope: Scope, method: str, path: str) -> Need:
        route = self._route({**scope, "path": path})
        if route is None and method in _ASKS:
            route = self._route({**scope, "path": path, "method": _ASKS[method]})
        return Need.OPEN if route is None else _need(method, route.path)

    def _route(self, scope: Scope) -> Route | WebSocketRoute | None:
        for route in self._routes:
            match, _ = route.matches(scope)
            if match is Match.FULL:
                return route
        return None


def methods_of(route: Route | APIRoute | WebSocketRoute) -> list[str]:
    """The methods that it answers; `SOCKET` for a WebSocket."""
    if isinstance(route, WebSocketRoute):
        return [SOCKET]
    return sorted(route.methods or ())


def _need(method: str, path: str) -> Need:
    if method == _ANSWERS_ALL:
        return Need.OPEN
    row = f"{_ASKS.get(method, method)} {path}"
    if row not in NEEDS:
        raise LookupError(f"{row} has no row in server/api/safety/scopes.py: say who may ask it")
    return NEEDS[row]
