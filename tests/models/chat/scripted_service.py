"""A real HTTP server whose every byte a test decides: what it says, when, and how it breaks off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Script = Callable[["Call"], Awaitable[None]]

EVENTS = "text/event-stream"


@dataclass
class Call:
    """One request, and the connection that answers it."""

    head: str
    body: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def head_of(self, status: int, kind: str, *more: str) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", *more]
        lines += ["Transfer-Encoding: chunked", "", ""]
        await self.send("\r\n".join(lines).encode())

    async def chunk(self, data: str) -> None:
        raw = data.encode()
        await self.send(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")

    async def end(self) -> None:
        await self.send(b"0\r\n\r\n")

    async def send(self, raw: bytes) -> None:
        self.writer.write(raw)
        await self.writer.drain()

    async def whole(self, status: int, kind: str, text: str, *more: str) -> None:
        await self.head_of(status, kind, *more)
        await self.chunk(text)
        await self.end()

    async def until_left(self) -> None:
        """Until the client has closed the connection."""
        while await self.reader.read(1000):
            pass


@dataclass
class Service:
    """A server that answers each request as the script says."""

    script: Script
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                lengths = (
                    int(line.split(":")[1])
                    for line in text.split("\r\n")
                    if line.lower().startswith("content-length:")
                )
                length = next(lengths, 0)
                call = Call(text, await reader.readexactly(length), reader, writer)
                self.calls.append(call)
                await self.script(call)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Service]:
    service = Service(script)
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield service
    finally:
        server.close()
        for call in service.calls:
            call.writer.close()
