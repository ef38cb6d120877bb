"""Who may ask for what, before any route sees it.

ASGI middleware in the supervisor's process; owns nothing but what it is made of. Where the settings
have `api_keys`, a request shows one (Authorization: Bearer, RFC 6750, or X-API-Key), a session
token (Bearer, or `token` in the query, since browsers' WebSockets and EventSources have no
headers), or the cookie of a login. 401: it shows none, or one that is not known. 403: what it shows
does not allow this. 429: too much of what costs, or too many keys that are none.
"""

import logging
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.api_keys import ApiKey
from runtime.errors import RingtalkError
from server.api.responses import failure
from server.api.safety.access_control import AccessControl
from server.api.safety.caller import ANYBODY, Caller, set_caller
from server.api.safety.request_limits import Costly
from server.api.safety.scopes import Need, ScopeTable
from server.api.safety.tokens import BadToken, SessionToken

logger = logging.getLogger(__name__)

COOKIE: Final = "ringtalk_login"
_PARAMETER: Final = "token"
KEY_HEADER: Final = "x-api-key"
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="ringtalk"'}
_HOW: Final = (
    "this server asks for a key: Authorization: Bearer KEY, or X-API-Key: KEY (setting api_keys)"
)
_COSTLY: Final[Mapping[tuple[str, str], Costly]] = {
    ("POST", "/offer"): "offers",
    ("POST", "/whep"): "offers",
    ("POST", "/sessions"): "offers",
    ("POST", "/humanaudio"): "uploads",
    ("POST", "/backgrounds"): "uploads",
    ("POST", "/api/avatar/task"): "uploads",
}
"""Texts are counted by their routes, which know whether they cost."""


class NoAccess(Exception):
    """No: a status, a message, and whether something that was shown was wrong."""

    def __init__(self, status: int, msg: str, *, wrong: bool = False) -> None:
        super().__init__(msg)
        self.status, self.wrong = status, wrong


class Access:
    """The middleware; see the module's docstring."""

    def __init__(self, app: ASGIApp, control: AccessControl, table: ScopeTable) -> None:
        self._app, self._control, self._table = app, control, table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        path, address = scope["path"], address_of(scope)
        try:
            caller = await self._caller(scope, self._table.of(scope, path), address)
            if (kind := _COSTLY.get((scope.get("method", ""), path))) is not None:
                await self._control.limits.take(kind, caller, address)
        except NoAccess as refusal:
            headers = _CHALLENGE if refusal.status == 401 else {}
            await failure(refusal.status, str(refusal), headers)(scope, receive, send)
            return
        except RingtalkError as error:
            headers = {"Retry-After": str(error.retry_after)}
            await failure(error.status, str(error), headers)(scope, receive, send)
            return
        set_caller(scope, caller)
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope, need: Need, address: str) -> Caller:
        if not self._control.keys or need is Need.OPEN:
            return ANYBODY
        try:
            return self._known(scope, Headers(scope=scope), need)
        except NoAccess as refusal:
            if refusal.wrong:
                await self._control.limits.take("wrong keys", ANYBODY, address)
            raise

    def _known(self, scope: Scope, headers: Headers, need: Need) -> Caller:
        """Who shows something that allows `need`. Raises NoAccess."""
        shown, in_query = _shown(headers), _taken_from_query(scope)
        if shown and (key := self._control.keys.find(shown)) is not None:
            return _allowed(key, need)
        if coded := shown or in_query:
            return self._visitor(coded, headers, need)
        if (login := _cookie(headers)) is not None:
            try:
                key = self._control.keys.named(self._control.tokens.read_login(login))
            except BadToken as error:
                raise NoAccess(401, f"the login is over; {_HOW}") from error
            if key is not None:
                return _allowed(key, need)
        raise NoAccess(401, _HOW)

    def _visitor(self, coded: str, headers: Headers, need: Need) -> Caller:
        """Who shows a session token."""
        try:
            token = self._control.tokens.read_session(coded)
        except BadToken as error:
            raise NoAccess(
                401, f"what is shown is no key of this server; {_HOW}", wrong=True
            ) from error
        key = self._control.keys.named(token.key)
        if key is None or "call" not in key.scopes:
            raise NoAccess(401, "the key that this token was made with is no more")
        if need not in (Need.BEGIN, Need.SESSION):
            raise NoAccess(403, f"a session token does not allow this; it needs: {need.value}")
        if need is Need.BEGIN and token.ended(self._control.clock()):
            raise NoAccess(401, "the session token has ended; ask for a new one")
        _check_origin(token, headers)
        return Caller(token.key, True, token.avatar, token.origins)


def address_of(scope: Scope) -> str:
    """Where the request comes from, a trusted proxy's word believed."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _allowed(key: ApiKey, need: Need) -> Caller:
    scope = "call" if need in (Need.BEGIN, Need.SESSION) else need.value
    if scope not in key.scopes:
        told = ", ".join(key.scopes)
        raise NoAccess(403, f"the key {key.name!r} allows {told}; this needs: {scope}")
    return Caller(key.name)


def _check_origin(token: SessionToken, headers: Headers) -> None:
    if token.origins and headers.get("origin") not in token.origins:
        told = ", ".join(sorted(token.origins))
        raise NoAccess(403, f"the session token is for pages of {told} alone")


def _shown(headers: Headers) -> str:
    """The key or token in a header."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else headers.get(KEY_HEADER, "").strip()


def _taken_from_query(scope: Scope) -> str:
    """The token in the query, which is without it from now on: logs show queries."""
    asked = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    found = next((value for name, value in asked if name == _PARAMETER), "")
    if found:
        rest = [(name, value) for name, value in asked if name != _PARAMETER]
        scope["query_string"] = urlencode(rest).encode("latin-1")
    return found


def _cookie(headers: Headers) -> str | None:
    cookies: SimpleCookie = SimpleCookie()
    try:
        cookies.load(headers.get("cookie", ""))
    except CookieError:
        return None
    found = cookies.get(COOKIE)
    return None if found is None else found.value
