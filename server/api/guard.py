"""What a request must be before any route sees it.

ASGI middleware in the supervisor's process; owns nothing. It refuses
- a Host that is not ours (421), where the server listens on loopback or `allowed_hosts`
  is set: a page elsewhere could otherwise reach us by DNS rebinding;
- a request that changes something, or a WebSocket, from a page of another origin (403) that is not
  in `cors_origins`: browsers send simple cross-site POSTs, and open cross-site WebSockets
  (RFC 6455, 10.2), without asking. It is told by its Origin, which browsers send with each of
  them ("null" too), or by Sec-Fetch-Site (W3C Fetch Metadata), never by its Content-Type;
- a JSON body that is another type (415) or too large (413, cut while it arrives), and any body
  that takes too long to arrive (408).
"""

import asyncio
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.settings import Settings
from server.api.responses import failure
from server.api.safety.caller import caller_of
from server.sessions.loopback import is_loopback

UPLOAD_PATH: Final = "/humanaudio"
PICTURE_PATH: Final = "/backgrounds"
TASK_PATH: Final = "/api/avatar/task"
FORMS: Final = (UPLOAD_PATH, PICTURE_PATH, TASK_PATH)
"""They take multipart forms, and count what arrives themselves."""
WHEP_PATH: Final = "/whep"
"""It takes SDP, and says so itself where something else comes."""
SAFE: Final = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing (RFC 9110, 9.2.1)."""
SLOWEST: Final = 16_000
"""Bytes a second of a body that is in time whatever its size; a telephone's 3G sends more."""

_FOREIGN: Final = ("cross-site", "same-site")
"""What Sec-Fetch-Site says of a page of another origin."""
_OF_PROXIES: Final = ("x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via")
_UNTYPED: Final = ("", "text/plain", "application/x-www-form-urlencoded")
"""What clients that name no type send: browsers for a bare string, curl -d, urllib."""

SDP_ROOM: Final = 256 * 1024
_JSON_BYTES_PER_CHARACTER: Final = 12
"""The longest spelling of one character: two \\uXXXX escapes (RFC 8259, section 7)."""


class Refused(Exception):
    """The guard's no: a status and a message."""

    def __init__(self, status: int, msg: str) -> None:
        super().__init__(msg)
        self.status = status


class Guard:
    """The middleware; see the module's docstring for what it refuses."""

    def __init__(self, app: ASGIApp, settings: Settings, takes_json: Collection[str]) -> None:
        """takes_json: the paths of the routes whose POST takes JSON; others answer for
        themselves, those that are none with 404."""
        self._app = app
        self._takes_json = frozenset(takes_json)
        self._body_seconds = settings.body_seconds
        self._hosts = frozenset(name.lower() for name in settings.allowed_hosts)
        self._loopback_only = not self._hosts and is_loopback(settings.host)
        self._origins = frozenset(settings.cors_origins)
        self._json_limit = json_limit(settings.max_text)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check_host(headers, scope)
            if scope["type"] == "websocket" or scope["method"] not in SAFE:
                self._check_origin(headers, scope)
            if scope["type"] == "http" and scope["method"] not in SAFE:
                limit = None if scope["path"] in FORMS else self._json_limit
                if scope["method"] == "POST" and scope["path"] in self._takes_json:
                    _check_type(scope, headers)
                    _check_declared(headers, self._json_limit)
                receive = _bounded(receive, limit, self._body_seconds)
        except Refused as refusal:
            await failure(refusal.status, str(refusal))(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_host(self, headers: Headers, scope: Scope) -> None:
        if not (self._hosts or self._loopback_only):
            return
        name = _host_name(headers.get("host", ""))
        if name in self._hosts or is_loopback(name):  # which no name of a page elsewhere can be
            return
        allowed = ", ".join([*sorted(self._hosts), "localhost and other loopback names"])
        raise Refused(
            421,
            f"this server is not {name!r}; allowed: {allowed} (setting allowed_hosts)"
            f"{_proxy_hint(headers, scope)}",
        )

    def _check_origin(self, headers: Headers, scope: Scope) -> None:
        origin = headers.get("origin")
        if "*" in self._origins or origin in self._origins | caller_of(scope).origins:
            return
        if origin is None:
            if headers.get("sec-fetch-site") in _FOREIGN:
                raise Refused(403, "pages elsewhere may not call this server without an Origin")
            return
        if why := foreign(headers, scope):
            raise Refused(403, why)


def is_foreign(headers: Headers) -> bool:
    """Whether a page of another origin asks."""
    origin = headers.get("origin")
    return origin is not None and not _is_own(origin, headers)


def _is_own(origin: str, headers: Headers) -> bool:
    return origin.partition("://")[2].lower() == headers.get("host", "").lower()


def foreign(headers: Headers, scope: Scope) -> str:
    """What the page of another origin is told that asks; nothing for one of this server's."""
    origin = headers.get("origin", "")
    if _is_own(origin, headers):
        return ""
    hint = _proxy_hint(headers, scope)
    return f"pages of {origin!r} may not call this server (setting cors_origins){hint}"


def _proxy_hint(headers: Headers, scope: Scope) -> str:
    """What to do where a proxy stands between that has changed the Host: it is on this machine,
    most often, or says that it is there."""
    client = scope.get("client")
    if not any(name in headers for name in _OF_PROXIES) and not (client and is_loopback(client[0])):
        return ""
    return (
        f"; its Host here is {headers.get('host', '')!r}: a proxy before this server has to pass "
        "on what the browser sent (nginx: proxy_set_header Host $http_host;)"
    )


def json_limit(max_text: int) -> int:
    """Bytes of the longest JSON body, with texts of so many characters."""
    return SDP_ROOM + _JSON_BYTES_PER_CHARACTER * max_text


def _host_name(host: str) -> str:
    """The name in a Host header, without its port; empty where it is malformed."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _check_type(scope: Scope, headers: Headers) -> None:
    """JSON, also by its old names, or what stands where a client has said nothing, which is read as
    JSON."""
    given = headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    if kind not in _UNTYPED and not kind.endswith("json"):
        raise Refused(415, f"Content-Type is {kind!r}; allowed: application/json")
    MutableHeaders(scope=scope)["content-type"] = "application/json"


def _check_declared(headers: Headers, limit: int) -> None:
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise Refused(413, _too_large(limit))


def _too_large(limit: int) -> str:
    return f"the body is larger than {limit} bytes"


def _bounded(receive: Receive, limit: int | None, seconds: float) -> Receive:
    """`receive` that gives up on a body that grows past `limit` bytes, or is `seconds` behind
    one that arrives at SLOWEST."""
    taken = 0
    complete = False
    deadline = 0.0

    async def bounded() -> Message:
        nonlocal taken, complete, deadline
        if complete:
            return await receive()
        now = asyncio.get_running_loop().time
        deadline = deadline or now() + seconds
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError as error:
            msg = (
                f"the body arrives too slowly: after {taken} bytes it was {seconds:g} s behind "
                f"{SLOWEST // 1000} kB/s (setting body_seconds)"
            )
            raise HTTPException(408, msg, {"Connection": "close"}) from error
        complete = not message.get("more_body", False)
        piece = len(message.get("body", b""))
        taken += piece
        deadline = min(deadline + piece / SLOWEST, now() + seconds)
        if limit is not None and taken > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return bounded
