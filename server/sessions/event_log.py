"""The events of one session: numbered, kept for a while, followed by many.

In: events as they happen. Out: each with its number and as JSON, to any number of followers up
to MOST_FOLLOWERS. A follower holds only its place in the log, so a slow one costs nothing; one
that comes back with the last number it saw gets all that the log still holds, and is told how
many it does not. Runs on the supervisor's loop; owns the newest MOST_KEPT events of the session.
"""

import asyncio
from collections import deque
from itertools import islice
from types import TracebackType
from typing import Final, NamedTuple, Self

from runtime.errors import QueueFull
from server.sessions.event_types import ClientEvent, Closed, Gap, as_json

MOST_KEPT: Final = 1024
MOST_FOLLOWERS: Final = 32
AT_ONCE: Final = 64
"""Events that a follower gets with one `next`."""


class NumberedEvent(NamedTuple):
    """An event as it is sent."""

    id: int
    text: str


class EventLog:
    """One session's events; `close` when it ends."""

    def __init__(self, kept: int = MOST_KEPT) -> None:
        self._lines: deque[NumberedEvent] = deque(maxlen=kept)
        self._last = 0
        self._changed = asyncio.Event()
        self._followers = 0
        self.closed = False

    def tell(self, event: ClientEvent) -> str:
        """Number the event and keep it; returns its JSON."""
        self._last += 1
        text = as_json(event.model_copy(update={"id": self._last}))
        self._lines.append(NumberedEvent(self._last, text))
        self._wake()
        return text

    def close(self, reason: str = "") -> None:
        """The session is over: its last event is told, and the followers end behind it."""
        if not self.closed:
            self.tell(Closed(reason=reason or None))
            self.closed = True
            self._wake()

    def follow(self, after: int) -> "Follower":
        """Whoever wants what comes behind event `after`; 0: all that is kept.

        Raises QueueFull when MOST_FOLLOWERS follow already."""
        if self._followers >= MOST_FOLLOWERS:
            raise QueueFull(f"{MOST_FOLLOWERS} clients follow the events of this session already")
        self._followers += 1
        return Follower(self, min(after, self._last), self._last)

    def leave(self) -> None:
        """A follower is gone."""
        self._followers -= 1

    async def beyond(self, after: int) -> list[NumberedEvent]:
        """The next events behind `after`, AT_ONCE at most; waits for one, [] at the end."""
        while self._last <= after:
            if self.closed:
                return []
            await self._changed.wait()
        missed = self._last - len(self._lines) - after
        if missed > 0:
            lost = after + missed
            return [NumberedEvent(lost, as_json(Gap(id=lost, missed=missed)))]
        begin = len(self._lines) - (self._last - after)
        return list(islice(self._lines, begin, begin + AT_ONCE))

    def _wake(self) -> None:
        """Whoever waits looks again; who comes later waits for the next event."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class Follower:
    """One client's place in a session's events; a context manager, so that it leaves."""

    def __init__(self, log: EventLog, after: int, last: int) -> None:
        """last: the number of the newest event when it came."""
        self._log = log
        self._after = after
        self.last = last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._log.leave()

    async def next(self) -> list[NumberedEvent]:
        """What is new, in order; waits until something is. []: the session has ended.

        May be cancelled: nothing is lost by it."""
        lines = await self._log.beyond(self._after)
        if lines:
            self._after = lines[-1].id
        return lines
