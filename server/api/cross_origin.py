"""Pages of other origins: which may ask, and what the others are told (WHATWG Fetch, 3.3, CORS).

ASGI middleware in the supervisor's process, starlette's with two more things: the origins of
session tokens that last may ask too, without cookies, and a preflight that is refused says why.
Owns nothing.
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.settings import Settings
from server.api.guard import foreign
from server.api.refusal_log import tell_refusal
from server.api.responses import failure
from server.api.safety.tokens import Tokens

_PREFLIGHT_SECONDS: Final = 600
_CREDENTIALS: Final = "Access-Control-Allow-Credentials"


class CrossOrigin(CORSMiddleware):
    """See the module's docstring. Pages of the web may reach a server in a private network (WICG's
    Private Network Access), and send its cookies, if their origin is allowed by name."""

    def __init__(self, app: ASGIApp, settings: Settings, tokens: Tokens) -> None:
        by_name = "*" not in settings.cors_origins
        super().__init__(
            app,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Location", "Link", "Accept-Post"],
            allow_credentials=by_name and bool(settings.cors_origins),
            allow_private_network=by_name,
            max_age=_PREFLIGHT_SECONDS,
        )
        self._tokens = tokens

    def is_allowed_origin(self, origin: str) -> bool:
        return super().is_allowed_origin(origin) or self._tokens.may_come(origin)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        preflight = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        refused = origin is not None and preflight and not self.is_allowed_origin(origin)
        if refused and (why := foreign(headers, scope)):
            tell_refusal(scope, 403, why)
            await failure(403, why)(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        self._without_cookies(response.headers, request_headers)
        return response

    async def send(self, message: Message, send: Send, request_headers: Headers) -> None:
        async def sent(told: Message) -> None:
            if told["type"] == "http.response.start":
                self._without_cookies(MutableHeaders(scope=told), request_headers)
            await send(told)

        await super().send(message, sent, request_headers)

    def _without_cookies(self, headers: MutableHeaders, request_headers: Headers) -> None:
        """A token's pages show the token: what somebody's login allows is not for them."""
        if not super().is_allowed_origin(request_headers.get("origin", "")):
            del headers[_CREDENTIALS]
