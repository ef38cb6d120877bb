"""How many requests there were, how long they took, and what was refused, for /metrics.

In: every request and WebSocket, as the outermost ASGI middleware sees it, and the errors that
became answers. Out: Prometheus text. A label is one of few values, whatever clients send: the
route's own path, never the one that was asked for. Runs in the supervisor's process; owns the
counters of one application.
"""

import re
import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import RingtalkError

BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER: Final = "other"
"""A method of no route, or a path of none: the pages, and what there is not."""
WEBSOCKET: Final = "WEBSOCKET"


class HttpMetrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "ringtalk_http_requests_total",
            "Requests and WebSockets that were answered, by method, route and status.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "ringtalk_http_answer_seconds",
            "Time from a request to the first of its answer, by route.",
            ["route"],
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._refused = Counter(
            "ringtalk_refused_total",
            "What the service would not or could not do, by reason.",
            ["reason"],
            registry=self._registry,
        )

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """A request got the first of its answer."""
        route = _route(scope)
        self._requests.labels(_method(scope), route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, error: RingtalkError) -> None:
        """A caller was told this."""
        self._refused.labels(_snake(type(error).__name__)).inc()

    def text(self) -> bytes:
        """Prometheus text format 0.0.4."""
        return generate_latest(self._registry)


class CountRequests:
    """ASGI middleware: tells `metrics` of every answer."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        begun = time.monotonic()

        async def watched(message: Message) -> None:
            if (status := _status(message)) is not None:
                self._metrics.answered(scope, status, time.monotonic() - begun)
            await send(message)

        await self._app(scope, receive, watched)


def _status(message: Message) -> int | None:
    """Of the message that begins an answer; 101 for a WebSocket that is accepted (RFC 6455)."""
    match message["type"]:
        case "http.response.start" | "websocket.http.response.start":
            return int(message["status"])
        case "websocket.accept":
            return 101
        case _:
            return None


def _route(scope: Scope) -> str:
    """The path as the route has it, such as /record/{sessionid}."""
    return getattr(scope.get("route"), "path", OTHER)


def _method(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return WEBSOCKET
    return scope["method"] if scope["method"] in METHODS else OTHER


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
