"""An output to a program of this machine: the ticks as they are, on a Unix socket.

In: the session's ticks. Out: frames of `tick_wire` to the one program that connects. The socket has
a name in Linux's abstract namespace (unix(7)), so that no file is left over; who may connect is a
matter of the user: this process's own, or root. A program that does not keep up gets sound without
pictures, and is let go of if it takes nothing at all. Runs in the egress process's event loop; owns
the socket and the connection.
"""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from actors.egress.outputs.link import OutputBroke
from actors.egress.outputs.room.tick_taps import TickTaps
from actors.egress.outputs.room.tick_wire import hello
from runtime.output_kinds import ABSTRACT

CONNECT_SECONDS: Final = 20.0
"""A program that has not connected by then does not come."""
PICTURES_AHEAD: Final = 3
"""Pictures that may wait for the program."""
SOUND_AHEAD: Final = 4_000_000
"""Bytes that may wait before it counts as gone."""
ROOT: Final = 0
"""The user who may do all."""
PEER: Final = struct.Struct("3i")
"""struct ucred: pid, uid, gid (unix(7), SO_PEERCRED)."""


class TicksLink(asyncio.Protocol):
    """A `Link` and a `TickTap`."""

    def __init__(self, url: str, taps: TickTaps) -> None:
        """`url`: ABSTRACT and the socket's name. From now on a program may connect. Raises OSError
        where there is no socket for it."""
        self._taps = taps
        width, height = taps.size
        self._picture_bytes = width * height * 3 // 2
        self._transport: asyncio.Transport | None = None
        self._over = asyncio.Event()
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.setblocking(False)
        self._listening.bind(f"\0{url.removeprefix(ABSTRACT)}")
        self._listening.listen(1)

    async def run(self, on_live: Callable[[], None]) -> None:
        """See `Link.run`."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                accepted = await self._accept()
        except TimeoutError:
            why = f"no program connected in {CONNECT_SECONDS:.0f} s"
            raise OutputBroke(why, final=True) from None
        self._listening.close()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_accepted_socket(lambda: self, accepted)
        self._transport.write(hello(self._taps.size))
        self._taps.add(self)
        on_live()
        await self._over.wait()
        raise OutputBroke("the program that took the ticks has left", final=True)

    async def close(self) -> None:
        """See `Link.close`."""
        self._taps.remove(self)
        self._listening.close()
        if self._transport is not None:
            self._transport.abort()

    def tick(self, whole: bytes, sound_only: bytes) -> None:
        """See `TickTap`."""
        assert self._transport is not None
        waiting = self._transport.get_write_buffer_size()
        if waiting > max(SOUND_AHEAD, 2 * PICTURES_AHEAD * self._picture_bytes):
            self._transport.abort()
            return
        full = waiting > PICTURES_AHEAD * self._picture_bytes
        self._transport.write(sound_only if full else whole)

    def hush(self, frame: bytes) -> None:
        """See `TickTap`."""
        assert self._transport is not None
        self._transport.write(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        """The program is gone (asyncio.Protocol)."""
        self._taps.remove(self)
        self._over.set()

    async def _accept(self) -> socket.socket:
        """The first connection of a program of this user."""
        loop = asyncio.get_running_loop()
        while True:
            accepted, _ = await loop.sock_accept(self._listening)
            ucred = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
            if PEER.unpack(ucred)[1] in (os.geteuid(), ROOT):
                return accepted
            with suppress(OSError):
                accepted.close()
