"""Uploads: the bytes that arrive are the bytes that were sent, within bounds, leaving nothing."""

import asyncio
import itertools
import json
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from runtime.errors import QueueFull, SoundTooLong
from runtime.settings import Settings
from server.api import multipart
from tests.open_files import open_files
from tests.server.service_recorder import Recorder, running

BOUNDARY = b"xYz"
HEADERS = Headers({"Content-Type": f"multipart/form-data; boundary={BOUNDARY.decode()}"})


def part(name: bytes, content: bytes, filename: bytes | None = None) -> bytes:
    disposition = b'form-data; name="' + name + b'"'
    if filename is not None:
        disposition += b'; filename="' + filename + b'"'
    return b"--xYz\r\nContent-Disposition: " + disposition + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--xYz--\r\n"


async def pieces(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    for start, end in itertools.pairwise(edges):
        yield body[start:end]


def received(body: bytes, cuts: list[int], max_mb: int = 1) -> tuple[bytes, multipart.Upload]:
    async def run() -> tuple[bytes, multipart.Upload]:
        with multipart.Upload() as taken:
            await multipart.receive(HEADERS, pieces(body, cuts), taken, max_mb)
            with os.fdopen(taken.take(), "rb") as file:
                return file.read(), taken

    return asyncio.run(run())


near_boundaries = st.lists(
    st.sampled_from([b"\r\n--xYz", b"\r\n--xY", b"\r", b"\n", b"--", b"\x00", b"sound"])
).map(b"".join)


@given(content=near_boundaries, cuts=st.lists(st.integers(0, 1 << 16), max_size=20))
def test_any_cut_of_the_stream_gives_the_same_file(content: bytes, cuts: list[int]) -> None:
    content = content.replace(b"\r\n--xYz", b"\r\n--xYy")
    body = form(part(b"sessionid", b"7"), part(b"file", content, b"a.wav"), part(b"more", b"1"))
    file, taken = received(body, cuts)
    assert file == content
    assert taken.fields == {"sessionid": "7", "more": "1"}
    assert (taken.name, taken.size) == ("a.wav", len(content))


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a.wav", "a.wav"),
        ("声音.mp3".encode(), "声音.mp3"),
        (b"../../etc/passwd", "passwd"),
        (b"C:\\sounds\\a.wav", "a.wav"),
        (b"a\x1b[31m.wav", "a?[31m.wav"),
        (b"x" * 500, "x" * 120),
        (b"", "upload"),
    ],
)
def test_names_are_fit_to_be_shown(raw: bytes, shown: str) -> None:
    assert received(form(part(b"file", b"1", raw)), [])[1].name == shown


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (part(b"file", b"123", b"a.wav"), 400, "ends before its closing boundary"),
        (b"", 400, "ends before its closing boundary"),
        (b"sound sound", 400, "malformed"),
        (b"--xYz\r\nno header\r\n\r\n", 400, "malformed"),
        (b"--xYz\r\nA: b\r\n\r\n1\r\n--xYz--", 400, "has no name"),
        (form(part(b"sessionid", b"7")), 422, "file: field required"),
        (form(part(b"file", b"1", b"a"), part(b"file", b"2", b"b")), 422, "more than one part"),
        (form(part(b"sessionid", b"7" * 5000)), 413, "longer than 4096 bytes"),
        (form(part(b"audio", b"7" * 5000)), 422, "file: field required"),
        (form(part(b"audio", b"7" * 500_000, b"a.wav")), 422, "file: field required"),
        (form(*[part(b"%d" % n, b"") for n in range(40)]), 413, "more than 32 fields"),
    ],
)
def test_bad_forms_are_refused_and_freed(body: bytes, status: int, told: str) -> None:
    before = open_files()
    with pytest.raises(HTTPException) as caught:
        received(body, [])
    assert caught.value.status_code == status
    assert told in caught.value.detail
    assert open_files() == before


def test_the_limit_is_exact_and_nothing_past_it_is_kept() -> None:
    exact = b"1" * multipart.MEGABYTE
    assert received(form(part(b"file", exact, b"a")), list(range(0, 10**6, 60_000)))[0] == exact

    async def run() -> int:
        with multipart.Upload() as taken:
            body = form(part(b"file", exact + b"1" * 300_000, b"a"))
            cuts = list(range(0, len(body), 60_000))
            with pytest.raises(SoundTooLong, match="larger than 1 MB"):
                await multipart.receive(HEADERS, pieces(body, cuts), taken, max_mb=1)
            return taken.size

    assert asyncio.run(run()) <= multipart.MEGABYTE


def test_parts_that_nobody_wants_are_bounded_too() -> None:
    junk = form(*[part(b"n", b"1" * 4000) for _ in range(31)])
    with pytest.raises(SoundTooLong):
        received(b"\r\n" * 700_000 + junk, list(range(0, 1_400_000, 60_000)))


def test_the_gate_refuses_and_reopens() -> None:
    gate = multipart.UploadGate(1)
    with gate, pytest.raises(QueueFull, match="1 uploads"), gate:
        pytest.fail("entered twice")
    with gate:
        pass


async def connect(
    client: httpx.AsyncClient,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(client.base_url.host, client.base_url.port)


def post(files: Any, data: dict[str, str], **settings: Any) -> tuple[httpx.Response, Recorder]:
    async def body() -> tuple[httpx.Response, Recorder]:
        service = Recorder()
        async with running(service, Settings(**settings)) as client:
            answer = await client.post("/humanaudio", files=files, data=data)
        service.asked.remove(("start",))
        return answer, service

    return uvloop.run(body())


def test_humanaudio() -> None:
    sound = os.urandom(300_000)
    answer, service = post({"file": ("a.wav", sound)}, {"sessionid": "7", "interrupt": "true"})
    assert (answer.status_code, answer.json()) == (
        200,
        {"code": 0, "msg": "ok", "data": {"seconds": 1.5}},
    )
    assert service.asked == [("say_sound", "7", sound, "a.wav", True)]


def test_humanaudio_as_livetalkings_page_sends_it() -> None:
    """The file first, the session after it, nothing else."""
    sent = [("file", ("a.wav", b"sound")), ("sessionid", (None, "7"))]
    answer, service = post(sent, {})
    assert answer.status_code == 200
    assert service.asked == [("say_sound", "7", b"sound", "a.wav", False)]


@pytest.mark.parametrize(
    ("files", "data", "status", "told"),
    [
        ({"file": ("a.wav", b"1")}, {}, 422, "sessionid: field required"),
        ({"file": ("a.wav", b"")}, {"sessionid": "7"}, 422, "'a.wav' is empty"),
        ({"file": ("a", b"1")}, {"sessionid": "7", "interrupt": "x"}, 422, "interrupt: is 'x'"),
        ({"other": ("a", b"1")}, {"sessionid": "7"}, 422, "file: field required"),
        ({"file": ("a", b"1" * 2_000_000)}, {"sessionid": "7"}, 413, "max_upload_mb"),
        ({"file": ("a", b"1" * 5_000_000)}, {"sessionid": "7"}, 413, "max_upload_mb"),
        (None, {"sessionid": "7"}, 415, "allowed: multipart/form-data"),
    ],
)
def test_humanaudio_refuses(files: Any, data: dict[str, str], status: int, told: str) -> None:
    before = open_files()
    answer, service = post(files, data, max_upload_mb=1)
    assert answer.status_code == status
    assert answer.json()["code"] == -1
    assert told in answer.json()["msg"]
    assert service.asked == []
    assert open_files() == before


def test_a_large_upload_that_asks_first_is_not_sent_at_all() -> None:
    async def body() -> bytes:
        async with running(Recorder(), Settings(max_upload_mb=1)) as client:
            reader, writer = await connect(client)
            writer.write(
                b"POST /humanaudio HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                b"Content-Type: multipart/form-data; boundary=xYz\r\n"
                b"Content-Length: 9000000\r\n\r\n"
            )
            answer = await reader.readuntil(b"\r\n")
            writer.close()
            return answer

    assert uvloop.run(body()).startswith(b"HTTP/1.1 413 ")


class _Told(logging.Handler):
    """Wakes whoever waits for the next record."""

    def __init__(self) -> None:
        super().__init__()
        self.event = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        self.event.set()


def test_a_client_that_leaves_midway_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    sent: dict[str, Any] = {"files": {"file": b"1"}, "data": {"sessionid": "7"}}

    async def body() -> None:
        service = Recorder()
        told = _Told()
        logging.getLogger("server.api.errors").addHandler(told)
        async with running(service, Settings(max_calls=1)) as client:
            await client.post("/humanaudio", **sent)
            before = open_files()
            reader, writer = await connect(client)
            writer.write(
                b"POST /humanaudio HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: multipart/form-data; boundary=xYz\r\n"
                b"Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n"
            )
            assert b"100 Continue" in await reader.readuntil(b"\r\n\r\n")
            assert (await client.post("/humanaudio", **sent)).status_code == 429
            writer.write(part(b"file", b"1" * 1000, b"a.wav"))
            writer.close()
            await told.event.wait()
            assert (await client.post("/humanaudio", **sent)).status_code == 200
            assert open_files() == before
        logging.getLogger("server.api.errors").removeHandler(told)

    with caplog.at_level(logging.INFO):
        uvloop.run(body())
    assert [r.getMessage() for r in caplog.records if r.name == "server.api.errors"] == [
        "POST '/humanaudio': the client left before it had sent all"
    ]


def test_refusals_of_the_house_reach_the_client() -> None:
    async def body() -> None:
        service = Recorder()
        async with running(service, Settings()) as client:
            service.refusal = QueueFull("64 utterances wait already")
            sent = {"file": ("a.wav", b"sound")}
            answer = await client.post("/humanaudio", files=sent, data={"sessionid": "7"})
        assert answer.status_code == 429
        assert json.loads(answer.text) == {"code": -1, "msg": "64 utterances wait already"}
        assert answer.headers["Retry-After"] == "1"

    uvloop.run(body())
