"""A tool that is an HTTP request.

In: arguments that its schema allows. Out: the body of the answer, as text. A redirect is not
followed. Runs in ingest, on its loop; owns nothing: the client is the toolbox's.
"""

import json
import re
from typing import Any, Final
from urllib.parse import quote

import httpx

from data.tools import HttpTool
from models.chat.tools.arguments import ArgumentCheck
from models.chat.tools.call import Outcome, ToolError, ToolSpec
from models.chat.tools.environment import filled, filled_all

_PLACE: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")
_QUERY: Final = frozenset({"GET", "DELETE"})
_OK: Final = 300
_FAULT: Final = 500
_MOST_BYTES: Final = 1_000_000
_TEXT: Final = re.compile(r"text/|application/(?:[\w.+-]*\+)?(?:json|xml|x-ndjson|yaml)|$")


class HttpEndpointTool:
    """One tool; see `toolbox.CallableTool`."""

    def __init__(self, settings: HttpTool, client: httpx.AsyncClient) -> None:
        """Raise ValueError when the settings cannot work."""
        where = f"llm.tools {settings.name}"
        self._url = filled(settings.url, f"{where}.url")
        if not self._url.startswith(("http://", "https://")):
            raise ValueError(f"{where}.url has to begin with http:// or https://")
        self._headers = filled_all(settings.headers, f"{where}.headers")
        self._method = settings.method
        self._client = client
        self.seconds = settings.seconds
        self.check = ArgumentCheck(settings.name, settings.parameters)
        self.spec = ToolSpec(
            settings.name, settings.description, settings.parameters, settings.read_only
        )
        places = set(_PLACE.findall(self._url))
        if missing := places - set(settings.parameters.get("required", ())):
            raise ValueError(
                f"{where}.url has {{{missing.pop()}}}, which has to be a required parameter"
            )
        self._places = places

    async def run(self, arguments: dict[str, Any]) -> str:
        """Ask; the caller bounds its time. Raise ToolError."""
        url = _PLACE.sub(lambda place: quote(_plain(arguments[place[1]]), safe=""), self._url)
        rest = {name: value for name, value in arguments.items() if name not in self._places}
        asks = self._method in _QUERY
        address = httpx.URL(url)
        if asks and rest:
            address = address.copy_merge_params({name: _plain(rest[name]) for name in rest})
        try:
            async with self._client.stream(
                self._method, address, headers=self._headers, json=None if asks else rest
            ) as answer:
                body = await _body(answer)
        except (httpx.HTTPError, httpx.InvalidURL) as lost:
            raise ToolError(
                "failed", "the service cannot be reached", type(lost).__name__
            ) from lost
        if (status := answer.status_code) >= _OK:
            outcome: Outcome = "failed" if status >= _FAULT else "refused"
            raise ToolError(outcome, f"status {status}: {body}", f"status {status}")
        return body


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def _body(answer: httpx.Response) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not _TEXT.match(kind):
        raise ToolError("failed", f"the service answered with {kind}, which is no text", kind)
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise ToolError("failed", f"the answer has over {_MOST_BYTES} bytes", "too long")
    return body.decode(answer.encoding or "utf-8", errors="replace")
