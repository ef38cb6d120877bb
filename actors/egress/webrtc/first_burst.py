"""How wide the way is, from the first picture: it waits in the queue before a narrow place.

In: the connection, and when the first picture has left. Out: the seconds that it took on its way.
Reports come after a second, and until then a burst for each tick would have filled the queue, and
pushed the sound out of it. So STUN requests (RFC 8445) go before the first picture and behind it;
the answer to those behind comes later by as long as the picture took. There are some each time,
since a lost one would look like a queue. The first picture is a small one; where the way is wide
the next, a tick or two later, is as good as it can be.

Reaches into aioice, which has no method for a request of one's own. Runs in the egress process's
event loop; owns two tasks, which `close` ends.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from aioice import Connection
from aioice.stun import TransactionError

REQUESTS: Final = 3
PATIENCE: Final = 1.0
"""Seconds after which the way is taken for as narrow as that."""


class FirstBurst:
    """Measures one session's first picture."""

    def __init__(self, ice: Connection, measured: Callable[[int, float], None]) -> None:
        """`measured` hears once how many bytes took how many seconds. The first request leaves."""
        self.waiting = True
        """Whether the answer is still to come."""
        self._ice, self._measured = ice, measured
        self._empty = asyncio.ensure_future(self._round_trip())
        self._task: asyncio.Task[None] | None = None

    def sent(self, size: int) -> None:
        """The first picture of `size` bytes has left."""
        if self._task is None:
            self._task = asyncio.ensure_future(self._measure(size))

    def close(self) -> None:
        """Wait no more."""
        self.waiting = False
        for task in (self._empty, self._task):
            if task is not None:
                task.cancel()

    async def _measure(self, size: int) -> None:
        full, empty = await asyncio.gather(self._round_trip(), self._empty)
        self.waiting = False
        self._measured(size, max(0.0, full - empty))

    async def _round_trip(self) -> float:
        """Seconds until the first of some requests is answered."""
        asked = [asyncio.ensure_future(self._request()) for _ in range(REQUESTS)]
        try:
            done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            return min(task.result() for task in done)
        finally:
            for task in asked:
                task.cancel()

    async def _request(self) -> float:
        """Seconds to the client and back, PATIENCE if no answer comes by then."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        pair = self._ice._nominated.get(1)
        if pair is None or self._ice.remote_password is None:
            return 0.0
        request = self._ice.build_request(pair, nominate=False)
        key = self._ice.remote_password.encode()
        try:
            async with asyncio.timeout(PATIENCE):
                await pair.protocol.request(request, pair.remote_addr, key)
        except (TimeoutError, TransactionError, ConnectionError):
            return PATIENCE
        return loop.time() - begun
