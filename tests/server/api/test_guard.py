"""What the guard lets through and what it refuses, against a real server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvloop

from runtime.settings import Settings
from tests.server.service_recorder import Recorder, running

JSON = {"Content-Type": "application/json"}
BODY = b'{"sessionid":"7"}'


def interrupt(
    headers: dict[str, str], content: Any = BODY, **settings: Any
) -> tuple[int, str, dict[str, str]]:
    """One /interrupt_talk: status, message, headers."""

    async def body() -> tuple[int, str, dict[str, str]]:
        async with running(Recorder(), Settings(**settings)) as client:
            answer = await client.post("/interrupt_talk", content=content, headers=headers)
        return answer.status_code, answer.json()["msg"], dict(answer.headers)

    return uvloop.run(body())


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8010", "[::1]:8010", "127.0.0.2", "a.localhost"]
)
def test_loopback_names_pass(host: str) -> None:
    assert interrupt({**JSON, "Host": host})[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil", "[", ""]
)
def test_other_names_are_refused_on_loopback(host: str) -> None:
    status, msg, _ = interrupt({**JSON, "Host": host})
    assert status == 421
    assert "allowed_hosts" in msg


def test_allowed_hosts_are_all_that_is_allowed_beside_loopback() -> None:
    """What watches the server asks from its own machine."""
    names = ["Talk.example"]
    for host in ("talk.example:80", "localhost", "127.0.0.1:8010"):
        assert interrupt({**JSON, "Host": host}, allowed_hosts=names)[0] == 200
    status, msg, _ = interrupt({**JSON, "Host": "evil.example"}, allowed_hosts=names)
    assert (status, "talk.example" in msg) == (421, True)


def test_any_name_passes_where_others_may_connect() -> None:
    assert interrupt({**JSON, "Host": "talk.example"}, host="0.0.0.0")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9"])
def test_pages_of_other_origins_are_refused(origin: str) -> None:
    status, msg, headers = interrupt({**JSON, "Host": "localhost:8010", "Origin": origin})
    assert status == 403
    assert "cors_origins" in msg
    assert "access-control-allow-origin" not in headers


def test_own_pages_pass() -> None:
    headers = {**JSON, "Host": "localhost:8010", "Origin": "http://localhost:8010"}
    assert interrupt(headers)[0] == 200


def test_cors_origins_pass_and_are_told_so() -> None:
    allowed = ["https://a.example"]
    headers = {**JSON, "Origin": "https://a.example"}
    status, _, answered = interrupt(headers, cors_origins=allowed)
    assert (status, answered["access-control-allow-origin"]) == (200, "https://a.example")
    assert interrupt({**JSON, "Origin": "https://b.example"}, cors_origins=allowed)[0] == 403


def test_the_preflight_is_answered_only_with_cors() -> None:
    async def body(origins: list[str]) -> int:
        async with running(Recorder(), Settings(cors_origins=origins)) as client:
            asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
            return (await client.options("/human", headers=asked)).status_code

    assert uvloop.run(body(["https://a.example"])) == 200
    assert uvloop.run(body([])) == 403
    assert uvloop.run(body(["https://b.example"])) == 403


def test_a_preflight_that_is_refused_says_why_and_what_a_proxy_has_to_pass_on() -> None:
    async def body() -> str:
        async with running(Recorder(), Settings()) as client:
            asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
            answer = await client.options("/offer", headers=asked)
            own = await client.options(
                "/offer", headers={**asked, "Origin": str(client.base_url).rstrip("/")}
            )
            assert own.status_code != 403
            msg: str = answer.json()["msg"]
            return msg

    msg = uvloop.run(body())
    assert "pages of 'https://a.example' may not call this server (setting cors_origins)" in msg
    assert "proxy_set_header Host $http_host" in msg


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_an_allowed_page_may_use_every_method_and_header(method: str) -> None:
    async def body() -> dict[str, str]:
        async with running(Recorder(), Settings(cors_origins=["https://a.example"])) as client:
            asked = {
                "Origin": "https://a.example",
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "x-own,authorization",
            }
            answer = await client.options("/human", headers=asked)
            assert answer.status_code == 200
            return dict(answer.headers)

    told = uvloop.run(body())
    assert method in told["access-control-allow-methods"]
    assert told["access-control-allow-headers"] == "x-own,authorization"
    assert told["access-control-allow-credentials"] == "true"


def test_no_credentials_where_every_page_may_call() -> None:
    headers = {**JSON, "Origin": "https://a.example"}
    answered = interrupt(headers, cors_origins=["*"])[2]
    assert answered["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answered


@pytest.mark.parametrize(
    ("origins", "origin", "status", "allowed"),
    [
        (["https://a.example"], "https://a.example", 200, "true"),
        (["https://b.example", "https://a.example"], "https://a.example", 200, "true"),
        (["https://b.example"], "https://a.example", 403, None),
        (["*"], "https://a.example", 400, None),
    ],
)
def test_a_private_network_is_open_to_origins_allowed_by_name(
    origins: list[str], origin: str, status: int, allowed: str | None
) -> None:
    async def body() -> tuple[int, str | None]:
        async with running(Recorder(), Settings(cors_origins=origins)) as client:
            asked = {
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type",
                "Access-Control-Request-Private-Network": "true",
            }
            answer = await client.options("/human", headers=asked)
            told = answer.headers.get("access-control-allow-private-network")
            return answer.status_code, told if answer.status_code == 200 else None

    assert uvloop.run(body()) == (status, allowed)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("application/vnd.api+json", 200),
        ("text/json", 200),
        ("application/x-json; charset=utf-8", 200),
        ("text/plain;charset=UTF-8", 200),
        ("", 200),
        ("application/x-www-form-urlencoded", 200),
        ("multipart/form-data; boundary=x", 415),
        ("application/octet-stream", 415),
    ],
)
def test_content_types(kind: str, status: int) -> None:
    assert interrupt({"Content-Type": kind})[0] == status


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_a_form_of_a_foreign_page_is_refused_whatever_its_type(kind: str, origin: str) -> None:
    headers = {"Content-Type": kind, "Host": "localhost:8010", "Origin": origin}
    status, msg, _ = interrupt(headers)
    assert (status, "cors_origins" in msg) == (403, True)


@pytest.mark.parametrize(
    ("site", "status"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)],
)
def test_without_an_origin_the_browser_says_where_it_comes_from(site: str, status: int) -> None:
    assert interrupt({**JSON, "Sec-Fetch-Site": site})[0] == status


def test_every_method_that_changes_something_is_checked() -> None:
    async def body(method: str) -> int:
        async with running(Recorder(), Settings()) as client:
            headers = {"Origin": "http://evil.example"}
            return (await client.request(method, "/interrupt_talk", headers=headers)).status_code

    for method in ("DELETE", "PUT", "PATCH"):
        assert uvloop.run(body(method)) == 403
    assert uvloop.run(body("GET")) == 405


async def _chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 65_536


@pytest.mark.parametrize("content", [b" " * 400_000, _chunks(7)], ids=["declared", "chunked"])
def test_a_large_body_is_refused(content: Any) -> None:
    status, msg, _ = interrupt(JSON, content)
    assert (status, msg) == (413, f"the body is larger than {256 * 1024 + 12 * 5000} bytes")


def test_a_body_that_stalls_is_given_up() -> None:
    async def body() -> bytes:
        async with running(Recorder(), Settings(body_seconds=0.05)) as client:
            url = client.base_url
            reader, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(
                b"POST /human HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b'Content-Length: 100\r\n\r\n{"sess'
            )
            answer = await reader.read()
            writer.close()
            return answer

    answer = uvloop.run(body())
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":-1' in answer


def test_a_body_that_drips_is_given_up_in_the_end() -> None:
    """A piece now and then wins it no more time than the piece would take at the slowest."""

    async def body() -> None:
        async with running(Recorder(), Settings(body_seconds=0.3)) as client:
            url = client.base_url
            reader, writer = await asyncio.open_connection(url.host, url.port)
            writer.write(
                b"POST /human HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100000\r\n\r\n"
            )
            answered = asyncio.ensure_future(reader.readuntil(b"too slowly"))
            drops = 0
            while not answered.done():  # behind the answer a drop would make the end a reset
                writer.write(b" ")
                drops += 1
                await asyncio.wait([answered], timeout=0.02)
            writer.close()
            assert drops > 2
            assert (await answered).startswith(b"HTTP/1.1 408 ")

    uvloop.run(body())


async def _pieces(count: int, size: int, pause: float) -> AsyncIterator[bytes]:
    for _ in range(count):
        await asyncio.sleep(pause)
        yield b" " * size


def test_a_body_that_is_slow_but_comes_is_taken() -> None:
    """1.2 s with 1 s of patience: 16000 bytes every 0.15 s are more than six times the slowest
    pace, so that a machine which stands still for a moment is forgiven."""

    async def body() -> int:
        async with running(Recorder(), Settings(body_seconds=1.0)) as client:

            async def content() -> AsyncIterator[bytes]:
                async for piece in _pieces(8, 16000, 0.15):
                    yield piece
                yield BODY

            answer = await client.post("/interrupt_talk", content=content(), headers=JSON)
            return answer.status_code

    assert uvloop.run(body()) == 200


def test_a_path_that_is_none_is_not_found_whatever_is_sent() -> None:
    async def body() -> None:
        async with running(Recorder(), Settings()) as client:
            for path in ("/api/v1/human", "/", "/humanaudio/x", "/HUMAN"):
                for sent in ({"data": {"a": "b"}}, {"files": {"f": b"x"}}, {"content": b"x"}):
                    answer = await client.post(path, **sent)
                    assert answer.status_code == 404, (path, sent)
                    assert answer.json()["msg"].startswith(f"there is no POST {path};")
            for path in ("/healthz", "/metrics", "/sse", "/avatars"):
                answer = await client.post(path, data={"a": "b"})
                assert (answer.status_code, answer.headers["allow"]) == (405, "GET")

    uvloop.run(body())
