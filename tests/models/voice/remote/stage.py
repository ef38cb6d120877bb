"""Local services over real sockets: scripted HTTP and WebSocket servers that can misbehave."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Literal, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Scene = Literal[
    "whole", "held", "mute", "stalled", "cut", "401", "429", "500", "html", "empty", "endless"
]
"""whole: as documented. held: the same, once `Stage.go` is set. mute: takes the request and says
nothing. stalled: begins the answer, and sends no sound. cut: the connection breaks half way.
empty: a whole answer without sound. endless: half of the answer, then nothing until the client
goes. html: a page. Numbers: HTTP statuses."""

STATUS: Mapping[Scene, tuple[int, str, bytes, dict[str, str]]] = {
    "401": (401, "application/json", b'{"error": "bad key k-3cret-1"}', {}),
    "429": (429, "application/json", b'{"error": "slow down"}', {"Retry-After": "7"}),
    "500": (500, "text/plain", b"out of memory", {}),
    "html": (200, "text/html; charset=utf-8", b"<html>Log in first</html>", {}),
}


class Asked(NamedTuple):
    """One request as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def json(self) -> dict[str, object]:
        decoded: dict[str, object] = json.loads(self.body)
        return decoded


class Stage:
    """What a server saw. `begun` is set by the first request for speech, `gone` when a client
    closed while it was being answered."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.told: list[str | bytes] = []
        self.connections = 0
        self.begun = asyncio.Event()
        self.go = asyncio.Event()
        self.gone = asyncio.Event()


class Answer(NamedTuple):
    """A documented answer: its content type ("" for none) and its parts; `sized` has a length."""

    form: str
    parts: list[bytes]
    sized: bool = False


Extra = Callable[[Asked], bytes | None]
"""JSON for requests beside the main one, None for the main one."""


@asynccontextmanager
async def http_stage(answer: Answer, scene: Scene, extra: Extra) -> AsyncIterator[Stage]:
    """A server on a free port of this machine that plays one scene."""
    stage = Stage()
    running: set[asyncio.Task[None]] = set()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stage.connections += 1
        try:
            while (asked := await _request(reader)) is not None:
                stage.asked.append(asked)
                if (beside := extra(asked)) is not None:
                    writer.write(_head(200, "application/json", {}, len(beside)) + beside)
                elif not await _play(answer, scene, stage, reader, writer):
                    return
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(client(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    stage.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stage
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _play(
    answer: Answer,
    scene: Scene,
    stage: Stage,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> bool:
    """Whether the connection goes on."""
    stage.begun.set()
    if scene in STATUS:
        status, form, body, headers = STATUS[scene]
        writer.write(_head(status, form, headers, len(body)) + body)
        return True
    if scene == "held":
        await stage.go.wait()
    if scene != "mute":
        size = sum(map(len, answer.parts)) if answer.sized else None
        writer.write(_head(200, answer.form, {}, size))
    half = answer.parts[: len(answer.parts) // 2]
    whole = scene in ("whole", "held", "empty")
    for part in answer.parts if whole else half if scene in ("cut", "endless") else []:
        writer.write(part if answer.sized else b"%x\r\n%s\r\n" % (len(part), part))
        await writer.drain()
    if whole:
        writer.write(b"" if answer.sized else b"0\r\n\r\n")
        return True
    if scene == "cut":
        return False
    with suppress(ConnectionError):
        await reader.read(1)
    stage.gone.set()
    return False


def _head(status: int, form: str, headers: Mapping[str, str], size: int | None) -> bytes:
    lines = [f"HTTP/1.1 {status} Spoken", *(f"{name}: {value}" for name, value in headers.items())]
    if form:
        lines.append(f"Content-Type: {form}")
    lines.append("Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)


@asynccontextmanager
async def socket_stage(
    messages: list[str | bytes], hears: int, scene: Scene, path: str
) -> AsyncIterator[Stage]:
    """A WebSocket server that hears so many messages, then sends its own."""
    stage = Stage()

    async def handshake(_: ServerConnection, request: Request) -> Response | None:
        headers = {name.lower(): value for name, value in request.headers.raw_items()}
        stage.asked.append(Asked("GET", request.path, headers, b""))
        if scene not in STATUS:
            return None
        status, form, body, extra = STATUS[scene]
        named = {**extra, "Content-Type": form, "Content-Length": str(len(body))}
        return Response(status, "Spoken", Headers(named), body)

    async def client(connection: ServerConnection) -> None:
        stage.connections += 1
        stage.begun.set()
        try:
            stage.told += [await connection.recv() for _ in range(hears)]
            if scene == "held":
                await stage.go.wait()
            await _say(messages, scene, connection)
        except ConnectionClosed:
            stage.gone.set()

    server: Server
    async with serve(client, "127.0.0.1", 0, process_request=handshake, max_size=None) as server:
        stage.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}{path}"
        yield stage


async def _say(messages: list[str | bytes], scene: Scene, connection: ServerConnection) -> None:
    begins = {"mute": 0, "stalled": 1, "cut": len(messages) // 2, "endless": len(messages) // 2}
    for message in messages[: begins.get(scene, len(messages))]:
        await connection.send(message)
    if scene == "cut":
        connection.transport.abort()
    elif scene in begins:
        await connection.recv()
    else:
        await connection.wait_closed()
