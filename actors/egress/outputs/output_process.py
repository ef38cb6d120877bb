"""The process of one output, as egress sees it: what is written to it, and what it tells.

In: frames, the first of which says what it is to do. Out: the same through a socket pair, and its
news, a JSON object a line. Its death or standstill touches nobody else. Runs in the egress
process's event loop; owns the process and the socket, and ends both.
"""

import asyncio
import socket
import sys
from asyncio.subprocess import Process as ChildProcess
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from actors.egress.outputs.wire import MuxerNews

STALL_SECONDS: Final = 20.0
"""A process that took nothing for so long is stuck."""


class OutputProcess(asyncio.Protocol):
    """`start` it once; `news` are there to be awaited until it has ended, which is the last one."""

    def __init__(self, module: str, most: int, on_end: Callable[[], None]) -> None:
        """`python -m MODULE FD …` is what runs; `most` bytes may wait before it counts as not
        keeping up. `on_end`: nothing may be written any more."""
        self.news: asyncio.Queue[MuxerNews] = asyncio.Queue()
        self._module, self._most, self._on_end = module, most, on_end
        self._child: ChildProcess | None = None
        self._transport: asyncio.Transport | None = None
        self._lines = bytearray()
        self._stall: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """Bytes that it has not taken yet."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    async def start(self, first: bytes, descriptors: Sequence[int] = ()) -> None:
        """Start it with its socket and these descriptors as arguments, and write `first`.

        Raises OSError where no process can be started."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            handed = [theirs.fileno(), *descriptors]
            command = [sys.executable, "-m", self._module, *map(str, handed)]
            try:
                self._child = await asyncio.create_subprocess_exec(
                    *command, pass_fds=handed, stdin=asyncio.subprocess.DEVNULL
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_unix_connection(lambda: self, sock=ours)
        self._transport.set_write_buffer_limits(high=self._most)
        self.write(first)

    def write(self, data: bytes) -> None:
        """Hand it some bytes; never blocks."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def close(self, seconds: float) -> None:
        """End it: the end of the socket tells it to; one that does not heed that in so many seconds
        is killed."""
        child, transport = self._child, self._transport
        if transport is not None and not transport.is_closing():
            transport.write_eof()
        if child is not None:
            try:
                async with asyncio.timeout(seconds):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()
        if transport is not None:
            transport.abort()

    def pause_writing(self) -> None:
        """The process does not keep up (asyncio.Protocol)."""
        loop = asyncio.get_running_loop()
        self._stall = loop.call_later(STALL_SECONDS, self._stalled)

    def resume_writing(self) -> None:
        """It does again (asyncio.Protocol)."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def data_received(self, data: bytes) -> None:
        """What the process tells (asyncio.Protocol)."""
        self._lines += data
        *lines, rest = self._lines.split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            self.news.put_nowait(msgspec.json.decode(line, type=MuxerNews))

    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone (asyncio.Protocol)."""
        self.resume_writing()
        self._on_end()
        self.news.put_nowait(MuxerNews(live=False, why="the output's process ended"))

    def _stalled(self) -> None:
        if self._child is not None and self._child.returncode is None:
            why = f"the other end took nothing for {STALL_SECONDS:.0f} s"
            self.news.put_nowait(MuxerNews(live=False, why=why))
            self._child.kill()
