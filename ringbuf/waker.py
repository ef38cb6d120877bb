"""The eventfd on which one side of a ring sleeps, tied to the running event loop.

In: the eventfd and a function that says "I sleep" in shared memory and looks once
more. Out: a callback or an awaited return, once per sleep. Runs in the sleeper's
process, in its loop's thread. Owns the reader in the loop, not the descriptor.

One persistent reader, level-triggered (epoll(7)); the loop is chosen at the first arm.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress

from ringbuf.errors import RingClosed


def ring(fd: int) -> None:
    """Wake whoever sleeps on `fd` (eventfd(2)); never blocks."""
    os.eventfd_write(fd, 1)


class Waker:
    """fall_asleep() returns False if there is something already, True if the eventfd will ring."""

    __slots__ = ("_armed", "_fall_asleep", "_fd", "_loop", "_waiter", "on_ready")

    def __init__(self, fd: int, fall_asleep: Callable[[], bool]) -> None:
        self._fd = fd
        self._fall_asleep = fall_asleep
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._armed = False
        self.on_ready: Callable[[], None] | None = None

    def arm(self) -> bool:
        """True: armed, the eventfd will ring once. False: there is something, do not wait."""
        loop = asyncio.get_running_loop()
        self._armed = self._fall_asleep()
        # Listening after arming loses nothing: an eventfd stays readable until it is read.
        if self._armed and loop is not self._loop:
            self._listen(loop)
        return self._armed

    async def wait(self) -> None:
        """Return when there is something. RingClosed if the ring is closed meanwhile."""
        if self._waiter is not None:
            raise RuntimeError("somebody waits on this side of the ring already")
        if not self.arm():
            return
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def close(self) -> None:
        """Take the reader out of the loop and wake a waiter with RingClosed. Idempotent."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.remove_reader(self._fd)
        self._loop = None
        self._armed = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(RingClosed("the ring was closed while it was awaited"))

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None and not self._loop.is_closed():
            raise RuntimeError("this side of the ring already waits in another running loop")
        loop.add_reader(self._fd, self._rung)
        self._loop = loop

    def _rung(self) -> None:
        with suppress(BlockingIOError):  # a reader before this one may have drained it
            os.eventfd_read(self._fd)
        if not self._armed or self._fall_asleep():
            return  # a late wake-up of an earlier sleep, or a peer that came back
        self._armed = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        if self.on_ready is not None:
            self.on_ready()
