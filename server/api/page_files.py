"""The page and its assets: the files of server/page, at /.

Served for whatever no route of the API takes; each with an ETag that browsers check
(Cache-Control: no-cache), and a Content-Security-Policy that keeps the page to this server. Before
them come the files of the setting `pages`, without that policy: they are the operator's own.
Runs in the supervisor's process; owns nothing.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

FOLDER: Final = Path(__file__).parents[1] / "page"

_OWN_HEADERS: Final = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
_HEADERS: Final = {**_OWN_HEADERS, "Referrer-Policy": "no-referrer"}
_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors"
)
FACE: Final = "face.html"
"""What `/?view=face` shows: the face alone."""
ELEMENT: Final = "/ringtalk.js"
"""The module that pages of others load: they may, whatever their origin."""


class PageFiles:
    """ASGI application: GET and HEAD of the files in these folders; 404 for all else."""

    def __init__(self, pages: Path | None = None, frame_ancestors: Iterable[str] = ()) -> None:
        """pages: the operator's folder, which comes first. Of its files those whose names, or
        whose folders', begin with a dot are not served. frame_ancestors: origins whose pages may
        show these in a frame (CSP level 3, 6.4.2), beside this server's own."""
        ancestors = " ".join(("'self'", *frame_ancestors))
        self._headers = {**_HEADERS, "Content-Security-Policy": f"{_POLICY} {ancestors}"}
        self._files = StaticFiles(directory=FOLDER, html=True)
        self._own = StaticFiles(directory=pages, html=True) if pages is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)

        hidden = any(part.startswith(".") for part in scope["path"].split("/"))
        if self._own is not None and not hidden:
            try:
                await self._own(scope, receive, _with(_OWN_HEADERS, send))
            except HTTPException as error:
                if error.status_code != 404:
                    raise
            else:
                return
        scope = _of_view(scope)
        headers = dict(self._headers)
        if scope["path"].endswith(ELEMENT):
            headers["Access-Control-Allow-Origin"] = "*"
        await self._files(scope, receive, _with(headers, send))


def _of_view(scope: Scope) -> Scope:
    """The request for the page's file, where the query asks for a view of it."""
    wanted = QueryParams(scope["query_string"])
    if not scope["path"].endswith("/") or wanted.get("view") != "face":
        return scope
    return {**scope, "path": scope["path"] + FACE}


def _with(headers: Mapping[str, str], send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return with_headers
