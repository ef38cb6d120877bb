"""The ticks of a session as a ringtalk server of this machine hands them out, uncoded.

In: the address that POST /outputs answered for the kind `ticks`. Out: ticks of 40 ms, each with
its sound and its picture, and where an interrupt fell between them. Runs in the agent's event loop;
owns the socket. Source: the server's actors/egress/outputs/room/tick_wire.py describes the wire.
"""

import asyncio
import json
import struct
from collections import deque
from dataclasses import dataclass
from typing import Final, Self

ABSTRACT: Final = "unix:@"
"""How an address begins: a name in Linux's abstract namespace follows (unix(7))."""
RATE: Final = 48_000
TICK_SECONDS: Final = 0.04
SOUND_BYTES: Final = 2 * round(RATE * TICK_SECONDS)
LAST: Final = 2
"""Of a tick's flags: its utterance ends with it."""
MOST_READY: Final = 25
"""Ticks that wait for who reads them: a second of pictures."""
_HEADER: Final = struct.Struct("!BI")
_TICK: Final = struct.Struct("!QIIqq")
_EPOCH: Final = struct.Struct("!Q")
_HELLO, _PLAYED, _HUSH = range(3)
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Tick:
    """epoch: counts the session's interrupts. utterance: whose sound this is, 0 for silence. last:
    whether it ends with this tick. sound: int16 little-endian mono at RATE. picture: I420, empty
    where it equals the one before."""

    epoch: int
    utterance: int
    last: bool
    sound: bytes
    picture: bytes


@dataclass(frozen=True, slots=True)
class Hush:
    """An interrupt: what is of an older epoch is heard no more."""

    epoch: int


class TickStream(asyncio.Protocol):
    """`await open(address)`, then `batch` until it raises ConnectionError."""

    def __init__(self) -> None:
        self.size = (0, 0)
        """Width and height of the pictures, once it is open."""
        self._data = bytearray()
        self._ready: deque[Tick | Hush] = deque()
        self._woken = asyncio.Event()
        self._greeted = asyncio.Event()
        self._paused = False
        self._lost: Exception | None = None
        self._transport: asyncio.BaseTransport | None = None

    @classmethod
    async def open(cls, address: str) -> Self:
        """Raises ConnectionError where nobody listens, or one that speaks otherwise."""
        path = f"\0{address.removeprefix(ABSTRACT)}"
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_unix_connection(cls, path)
        await stream._greeted.wait()
        if stream._lost is not None:
            raise ConnectionError(f"ticks: {stream._lost}")
        return stream

    async def batch(self) -> list[Tick | Hush]:
        """Everything that came since the last call, at least one; in order."""
        while not self._ready:
            if self._lost is not None:
                raise ConnectionError(f"ticks: {self._lost}")
            self._woken.clear()
            await self._woken.wait()
        found = list(self._ready)
        self._ready.clear()
        if self._paused and isinstance(self._transport, asyncio.ReadTransport):
            self._paused = False
            self._transport.resume_reading()
        return found

    def close(self) -> None:
        """Free the socket; `batch` raises from then on."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        self._data += data
        while len(self._data) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(self._data)
            end = _HEADER.size + length
            if len(self._data) < end:
                return
            body = bytes(self._data[_HEADER.size : end])
            del self._data[:end]
            self._take(kind, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        self._end(exc or ConnectionError("the server has closed the stream"))

    def _take(self, kind: int, body: bytes) -> None:
        if kind == _HELLO:
            self._hear(json.loads(body))
        elif kind == _PLAYED:
            epoch, utterance, flags, _, _ = _TICK.unpack_from(body)
            sound = body[_TICK.size : _TICK.size + SOUND_BYTES]
            picture = body[_TICK.size + SOUND_BYTES :]
            self._ready.append(Tick(epoch, utterance, bool(flags & LAST), sound, picture))
        elif kind == _HUSH:
            self._ready.append(Hush(int(_EPOCH.unpack(body)[0])))
        self._woken.set()
        full = len(self._ready) >= MOST_READY and not self._paused
        if full and isinstance(self._transport, asyncio.ReadTransport):
            self._paused = True
            self._transport.pause_reading()  # the server leaves pictures out, then lets go

    def _hear(self, hello: dict[str, int]) -> None:
        if hello["version"] != _VERSION or hello["rate"] != RATE:
            self._end(ConnectionError(f"the server speaks {hello}, known is version {_VERSION}"))
            return
        self.size = hello["width"], hello["height"]
        self._greeted.set()

    def _end(self, why: Exception) -> None:
        self._lost = self._lost or why
        self._greeted.set()
        self._woken.set()
        self.close()
