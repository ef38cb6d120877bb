"""The requests as data, for both clients: what goes up, and what an answer means.

In: arguments of the clients' methods. Out: `Request`s, and the data of answers. Source: docs/api.md
of the server. Owns nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.exceptions import InvalidStatus

from ringtalk_client.errors import Refused, RingTalkError, Unreachable

LOCAL: Final = "http://localhost:8010"
SECONDS: Final = 30.0
NEWEST: Final = 10**9
"""An event that no session has told yet: what follows is new."""
TRIES: Final = 6
"""Of a stream of events that broke off, one after another without an event between."""


@dataclass(frozen=True)
class Request:
    """One request. body: JSON, None for none. files: by field."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    file: Path | None = None


def headers_of(key: str) -> dict[str, str]:
    """key: of the setting `api_keys`, or a session token; empty for none."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def text(
    kind: str, session: str, words: str, interrupt: bool, tts: Mapping[str, Any] | None
) -> Request:
    """POST /human."""
    body: dict[str, Any] = {"sessionid": session, "type": kind, "text": words}
    body |= {"interrupt": interrupt} | ({"tts": dict(tts)} if tts else {})
    return Request("POST", "human", body)


def sound(session: str, path: Path, interrupt: bool) -> Request:
    """POST /humanaudio."""
    form = {"sessionid": session, "interrupt": "true" if interrupt else "false"}
    return Request("POST", "humanaudio", form=form, file=path)


def token(seconds: int, avatar: str, origins: Sequence[str]) -> Request:
    """POST /tokens."""
    body = {"seconds": seconds, "avatar": avatar or None, "origins": list(origins)}
    return Request("POST", "tokens", body)


def stream_url(url: str, session: str, rate: int, after: int) -> str:
    """WS /ws; the key goes in a header."""
    query = httpx.QueryParams({"sessionid": session, "rate": rate, "after": after})
    base = url.replace("http", "ws", 1)
    return f"{base}/ws?{query}"


def data_of(answer: httpx.Response) -> Any:
    """What an answer carries. Raises Refused with the server's words."""
    try:
        told = answer.json()
    except ValueError:
        told = {}
    if answer.is_success:
        return told.get("data") if isinstance(told, dict) and "data" in told else told
    raise refusal_of(told, answer.status_code, answer.headers.get("Retry-After", ""))


def refusal_of(told: object, status: int, after: str) -> Refused:
    """told: the decoded body of an answer. after: its Retry-After, empty for none."""
    said = told.get("msg") if isinstance(told, dict) else None
    return Refused(said or f"HTTP {status}", status, float(after) if after.isdigit() else None)


def no_upgrade(url: str, error: Exception) -> RingTalkError:
    """Why there is no WebSocket: the server's answer, or none."""
    if not isinstance(error, InvalidStatus):
        return Unreachable(f"{url}: {error}")
    answer = error.response
    try:
        told = json.loads(answer.body or b"")
    except ValueError:
        told = None
    return refusal_of(told, answer.status_code, answer.headers.get("Retry-After", ""))
