"""What a proxy before this server says of a request: whose it is, by which name and path.

ASGI middleware in the supervisor's process, the outermost; owns nothing. The headers of a peer in
`trusted_proxies` are believed, nobody else's: X-Forwarded-For and -Proto (uvicorn's own middleware
reads them), X-Forwarded-Host in place of the Host, X-Forwarded-Prefix in place of `root_path`. A
path that still has the prefix loses it, so that routes are found either way.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from runtime.settings import Settings

_HOST: Final = "x-forwarded-host"
_PREFIX: Final = "x-forwarded-prefix"
ANY: Final = "*"
_OUR_PREFIX: Final = "ringtalk.prefix"
"""Not ASGI's root_path, which wants the prefix in every path: ours are what routes are called."""


class Forwarded:
    """See the module's docstring."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        trusted = settings.trusted_proxies
        self._inner = ProxyHeadersMiddleware(app, trusted)  # type: ignore[arg-type] # its own types
        self._networks = None if ANY in trusted else _networks(trusted)
        self._root = settings.root_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)  # type: ignore[arg-type]
            return
        root = self._root
        if self._trusts(scope):
            headers = Headers(scope=scope)
            if host := _first(headers, _HOST):
                MutableHeaders(scope=scope)["host"] = host
            root = root or _first(headers, _PREFIX).rstrip("/")
        if root.startswith("/"):
            scope[_OUR_PREFIX] = root
            scope["path"] = _without(scope["path"], root)
        await self._inner(scope, receive, send)  # type: ignore[arg-type]

    def _trusts(self, scope: Scope) -> bool:
        if self._networks is None:
            return True
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in network for network in self._networks)


def prefix_of(scope: Scope) -> str:
    """What stands before a path of this server's where a client asks for it, without a slash at its
    end; empty for nothing."""
    return str(scope.get(_OUR_PREFIX, ""))


def _networks(trusted: Sequence[str]) -> list[IPv4Network | IPv6Network]:
    return [ip_network(text, strict=False) for text in trusted]


def _first(headers: Headers, name: str) -> str:
    """What the first of several proxies says: the one that the browser sees."""
    return headers.get(name, "").partition(",")[0].strip()


def _without(path: str, root: str) -> str:
    """The path behind a prefix that a proxy has left in it."""
    return path[len(root) :] or "/" if path == root or path.startswith(f"{root}/") else path
