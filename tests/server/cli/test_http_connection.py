"""A real server's connections, with clients that owe it something."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import uvloop

from runtime.settings import Settings
from tests.server.service_recorder import Recorder, WatchedLog, running

Act = Callable[[httpx.URL, Recorder], Awaitable[None]]
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
SHORT: dict[str, Any] = {"header_seconds": 0.2, "body_seconds": 0.2, "unread_seconds": 0.2}


def scene(act: Act, **settings: Any) -> None:
    async def body() -> None:
        service = Recorder()
        changes = {**SHORT, **settings}
        async with asyncio.timeout(30), running(service, Settings(**changes)) as client:
            await act(client.base_url, service)

    uvloop.run(body())


async def until_closed(url: httpx.URL, sent: bytes, drip: bytes = b"") -> bytes:
    """What the server says until it ends the connection; `drip` is sent again and again."""
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(sent)
    told = bytearray()

    async def listen() -> None:
        try:
            while piece := await reader.read(65_536):
                told.extend(piece)
        except ConnectionError:
            return  # a drop that came behind the end makes it a reset

    listening = asyncio.ensure_future(listen())
    while not listening.done():
        writer.write(drip)
        await asyncio.wait([listening], timeout=0.02)
    writer.close()
    return bytes(told)


def test_who_connects_and_says_nothing_is_let_go() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        assert await until_closed(url, b"") == b""

    scene(act)


def test_half_of_the_headers_is_answered_with_408() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        answer = await until_closed(url, b"GET /healthz HTTP/1.1\r\nHost: loc")
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"msg":"the request\'s headers did not arrive within 0.2 s"' in answer
        assert b"connection: close" in answer.lower()

    scene(act)


def test_headers_that_drip_win_no_time() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        answer = await until_closed(url, b"GET /healthz HTTP/1.1\r\nX-Long: ", drip=b"x")
        assert answer.startswith(b"HTTP/1.1 408 ")

    scene(act)


def test_the_headers_of_a_second_request_are_timed_as_well() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        answer = await until_closed(url, GET + b"GET /hea", drip=b"l")
        assert answer.count(b"HTTP/1.1 ") == 2
        assert b"HTTP/1.1 200 " in answer
        assert b"HTTP/1.1 408 " in answer

    scene(act)


def test_empty_lines_between_requests_win_no_time() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        answer = await until_closed(url, GET, drip=b"\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")

    scene(act)


def test_an_idle_connection_is_kept_as_long_as_the_setting_says() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = await until_closed(url, GET)
        assert answer.count(b"HTTP/1.1 ") == 1
        assert loop.time() - begun >= 1.0  # longer than headers may take

    scene(act, idle_seconds=1)


def test_a_kept_connection_takes_another_request() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        for _ in range(3):
            writer.write(GET)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            assert head.startswith(b"HTTP/1.1 200 ")
            await reader.readexactly(length)
            await asyncio.sleep(0.3)
        writer.close()

    scene(act)


def test_a_body_that_drips_behind_its_answer_is_not_waited_for() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        head = b"%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
        for line in (b"GET /healthz", b"POST /no/such/path", b"PUT /human", b"POST /healthz"):
            answer = await until_closed(url, head % line, drip=b"x")
            assert answer.count(b"HTTP/1.1 ") == 1, line

    scene(act)


def test_who_reads_no_event_is_cut_off() -> None:
    """The kernel's buffers take some megabytes; the server keeps no more than 64 kB."""

    async def act(url: httpx.URL, service: Recorder) -> None:
        log = service.logs["abc"] = WatchedLog()
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a socket's transport
        writer.write(b"GET /sse?sessionid=abc HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await log.flood()
        writer.close()

    scene(act)


def test_one_connection_too_many_is_told_so_and_the_others_go_on() -> None:
    async def act(url: httpx.URL, service: Recorder) -> None:
        silent = [await asyncio.open_connection(url.host, url.port) for _ in range(3)]
        told = await until_closed(url, GET)
        assert told.startswith(b"HTTP/1.1 503 ")
        assert b"3 connections are open already" in told
        reader, writer = silent[0]
        writer.write(GET)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
        for _, writer in silent:
            writer.close()

    scene(act, max_connections=3, header_seconds=20)
