"""One HTTP request to a service, as the builders make it.

Types only; owns nothing.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec


class ServiceRequest(NamedTuple):
    """`path` comes after the service's base URL. A body is `content`, or `form` with `files`."""

    path: str
    headers: Mapping[str, str]
    content: bytes = b""
    form: Mapping[str, str] | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    """Field -> (file name, bytes, content type): multipart/form-data (RFC 7578)."""


def posted(
    path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> ServiceRequest:
    """A request with a JSON body."""
    return ServiceRequest(
        path, {"Content-Type": "application/json", **(headers or {})}, msgspec.json.encode(body)
    )


def bearer(key: str) -> dict[str, str]:
    """RFC 6750; nothing where there is no key, as with servers of one's own."""
    return {"Authorization": f"Bearer {key}"} if key else {}
