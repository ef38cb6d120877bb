"""What the server tells down the session's data channel, and when it came.

In: the channel's messages, JSON. Out: `ReceivedEvent`, newest last, and a wait for one of a kind.
Runs in the client's event loop; owns nothing.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiortc import RTCDataChannel

from perf.client.waits import within

LABEL: Final = "events"
KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """One event. at: ns of its arrival."""

    at: int
    event: Mapping[str, Any]


class EventReceiver:
    """One session's events."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self.told: deque[ReceivedEvent] = deque(maxlen=KEPT)
        self._waiting: list[
            tuple[Callable[[ReceivedEvent], bool], asyncio.Future[ReceivedEvent]]
        ] = []
        channel.on("message", self._take)

    async def next(
        self, wanted: Callable[[ReceivedEvent], bool], patience: float
    ) -> ReceivedEvent | None:
        """The next event for which `wanted` holds; None if there is none in `patience` s."""
        found: asyncio.Future[ReceivedEvent] = asyncio.get_running_loop().create_future()
        return await within(self._waiting, (wanted, found), found, patience)

    def _take(self, text: str) -> None:
        told = ReceivedEvent(time.monotonic_ns(), json.loads(text))
        self.told.append(told)
        for wait in [wait for wait in self._waiting if wait[0](told)]:
            self._waiting.remove(wait)
            if not wait[1].done():
                wait[1].set_result(told)
