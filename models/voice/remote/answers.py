"""The shapes of an HTTP answer, read as it comes: plain sound, JSON lines, server-sent events.

In: the body's bytes. Out: `StreamPart`. Pure streams; each owns at most one unfinished line.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

import msgspec

from models.service_error import ServiceError, said
from models.voice.remote.service_stream import StreamPart

Chunks = AsyncGenerator[bytes]
Hear = Callable[[str, Chunks], AsyncGenerator[StreamPart]]
"""(service's name, body) -> what is heard. Raises ServiceError."""
Parse = Callable[[str, dict[str, object]], StreamPart]
"""(service's name, one JSON object) -> what it says. Raises ServiceError, and lets
msgspec.ValidationError out where a field has another type than the protocol says."""

_LONGEST_LINE: Final = 16_000_000
"""Four minutes of 24 kHz sound in base64; a line that is longer has no end."""


async def sound(_name: str, chunks: Chunks) -> AsyncGenerator[StreamPart]:
    """The body is the sound. That it is whole is HTTP's own matter (RFC 9112, 8)."""
    async for chunk in chunks:
        yield StreamPart(chunk)


def json_lines(parse: Parse) -> Hear:
    """One JSON object a line. `cut` without one that is the last."""

    async def hear(name: str, chunks: Chunks) -> AsyncGenerator[StreamPart]:
        async with aclosing(_lines(name, chunks)) as lines:
            async for line in lines:
                if not line.endswith(b"\n") and not _whole(line):
                    raise _cut(name)
                if line.strip():
                    heard = _parsed(name, line, parse)
                    yield heard
                    if heard.last:
                        return
        raise _cut(name)

    return hear


def events(parse: Parse) -> Hear:
    """Server-sent events (WHATWG HTML, 9.2) whose data are JSON. `cut` without a last one."""

    async def hear(name: str, chunks: Chunks) -> AsyncGenerator[StreamPart]:
        data = b""
        async with aclosing(_lines(name, chunks)) as lines:
            async for line in lines:
                if line.startswith(b"data:"):
                    data += line[5:].strip()
                elif not line.strip() and data:
                    heard, data = _parsed(name, data, parse), b""
                    yield heard
                    if heard.last:
                        return
        raise _cut(name)

    return hear


def json_object(name: str, data: bytes | str) -> dict[str, object]:
    """One JSON object; raise ServiceError (nonsense) if it is none."""
    try:
        return msgspec.json.decode(data, type=dict[str, object])
    except msgspec.DecodeError as broken:
        head = data[:200] if isinstance(data, str) else data[:200].decode(errors="replace")
        raise ServiceError(name, "nonsense", f"sent no JSON object: {said(head)}") from broken


def _parsed(name: str, data: bytes, parse: Parse) -> StreamPart:
    try:
        return parse(name, json_object(name, data))
    except (msgspec.ValidationError, ValueError) as odd:
        raise ServiceError(name, "nonsense", f"sent JSON of another shape ({odd})") from odd


def _cut(name: str) -> ServiceError:
    return ServiceError(name, "cut", "the answer ended before its end was told")


def _whole(line: bytes) -> bool:
    """Whether a line without an end is JSON, or nothing: not the half of one."""
    try:
        msgspec.json.decode(line or b"{}", type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


async def _lines(name: str, chunks: Chunks) -> AsyncGenerator[bytes]:
    """Lines with their ends, and what follows the last end, if only nothing."""
    held = bytearray()
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            held += part
            yield bytes(held) + b"\n"
            held.clear()
        held += rest
        if len(held) > _LONGEST_LINE:
            raise ServiceError(name, "nonsense", f"sent a line of over {_LONGEST_LINE} bytes")
    yield bytes(held)
