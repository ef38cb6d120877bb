"""Every way in says what it needs, and is closed to who does not have it."""

import asyncio
from pathlib import Path

import httpx
import pytest
import uvloop
from fastapi import APIRouter
from starlette.routing import Mount
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from runtime.api_keys import ApiKey, KeyScope
from runtime.settings import Settings
from server.api.app import ROUTERS, create_api
from server.api.safety.scopes import NEEDS, SOCKET, Need, ScopeTable, methods_of
from tests.server.service_recorder import Recorder, running

KEYS: dict[KeyScope, str] = {
    "call": "a-key-that-holds-calls",
    "operate": "a-key-that-operates-it",
    "metrics": "a-key-that-reads-metrics",
}
SETTINGS = Settings(
    api_keys=[ApiKey(name=f"{scope}-key", key=key, scopes=[scope]) for scope, key in KEYS.items()],
)
SCOPE = {Need.BEGIN: "call", Need.SESSION: "call", Need.CALL: "call"} | {
    Need.OPERATE: "operate",
    Need.METRICS: "metrics",
}
REFUSED = (401, 403)
TOO_MANY = 429
"""What strangers are told after a while."""
ROUTES = [
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    for method in methods_of(route)
]
PATIENCE = 30


def filled(path: str) -> str:
    """A path with something for each of its parts."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


def needed(method: str, path: str) -> Need:
    asked = "GET" if method == "HEAD" else method
    return Need.OPEN if method == "OPTIONS" else NEEDS[f"{asked} {path}"]


async def status(client: httpx.AsyncClient, method: str, path: str, key: str | None) -> int:
    """What the server answers before it looks at the body, which is none."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    if method == SOCKET:
        url = f"{str(client.base_url).replace('http', 'ws')}{path.lstrip('/')}?sessionid=abc"
        try:
            async with connect(url, additional_headers=headers, proxy=None):
                return 101
        except InvalidStatus as error:
            return error.response.status_code
    async with (
        asyncio.timeout(PATIENCE),
        client.stream(method, path, headers=headers) as answer,
    ):
        return answer.status_code


def test_every_route_is_closed_without_the_key_that_it_needs(tmp_path: Path) -> None:
    async def story() -> None:
        wrong: list[str] = []
        recorder = Recorder()
        recorder.folder = tmp_path
        for name in ("film.mp4", "film.vtt"):
            (tmp_path / name).write_bytes(b"0")
        async with running(recorder, SETTINGS) as client:
            for method, path in ROUTES:
                need, where = needed(method, path), filled(path)
                for name, key in [("nobody", None), ("a stranger", "no-such-key"), *KEYS.items()]:
                    found = await status(client, method, where, key)
                    may = need is Need.OPEN or SCOPE[need] == name
                    refused = found in REFUSED or (name == "a stranger" and found == TOO_MANY)
                    if may == refused:
                        wrong.append(f"{method} {path} for {name}: {found}")
        assert not wrong

    uvloop.run(story())


def test_all_that_the_application_answers_is_in_those_routers_or_a_document() -> None:
    known = {path for _, path in ROUTES}
    others = {
        getattr(route, "path", None)
        for route in create_api().routes
        if isinstance(route, Mount) or getattr(route, "path", None) not in known
    }
    assert others - {None} == {"/openapi.json", "/docs", "/static-offline-docs"}


def test_a_route_that_says_nothing_keeps_the_server_from_starting() -> None:
    router = APIRouter()

    @router.get("/secrets")
    async def secrets() -> None:
        """Forgotten."""

    with pytest.raises(LookupError, match="GET /secrets has no row"):
        ScopeTable(router.routes)


def test_every_row_is_of_a_route() -> None:
    assert set(NEEDS) <= {f"{method} {path}" for method, path in ROUTES}
