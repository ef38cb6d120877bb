"""Speech on its way to the face, which may be away: the ear does not wait for it.

In: the chunks of a session, as its sound ring takes them. Out: the same into its speech ring,
as that has room. While the face stands still chunks wait here, no more than the sound ring holds;
those that are heard meanwhile without a face are left out, but for the first and the last of an
utterance, whose marks the face needs. Runs in ingest; owns the chunks that wait.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from data.units import CHUNKS_PER_TICK
from models.sound.chunks import Chunk
from runtime.actor import ActorSession
from runtime.layouts import Flag
from runtime.playout import is_heard
from runtime.ports import Mark, Slot


class FaceFeed:
    """Of one session."""

    def __init__(self, session: ActorSession) -> None:
        self._control = session.control
        self._outlet = session.outlets["speech"]
        self._waiting: deque[tuple[Chunk, Mark]] = deque()
        self._arrived = asyncio.Event()
        self._on_empty: Callable[[], None] = lambda: None

    @property
    def is_hungry(self) -> bool:
        """Whether the face has room for more at once."""
        return not self._waiting and self._outlet.free > 0

    def arm(self, on_hungry: Callable[[], None]) -> bool:
        """Ask for a call when it may be hungry; False if it is so already."""
        if self._waiting:
            self._on_empty = on_hungry
            return True
        return self._outlet.arm(on_hungry)

    def put(self, chunk: Chunk, mark: Mark) -> None:
        """Send it on, now or when there is room; nothing of an epoch that is over waits."""
        if not self._waiting and (slot := self._outlet.claim()) is not None:
            self._write(slot, chunk, mark)
            return
        self._waiting.append((chunk, mark))
        self._drop_heard()
        self._arrived.set()

    def flush(self) -> None:
        """The epoch moved on."""
        epoch = self._control.epoch
        self._waiting = deque(one for one in self._waiting if one[1].epoch == epoch)

    async def run(self) -> None:
        """Send what waits, until cancelled."""
        while True:
            while not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
            slot = await self._outlet.room()
            self._drop_heard()
            if self._waiting:
                self._write(slot, *self._waiting.popleft())
            if not self._waiting:
                self._on_empty()

    def _drop_heard(self) -> None:
        while self._waiting:
            _, mark = self._waiting[0]
            frame = mark.tick // CHUNKS_PER_TICK
            if mark.flags != Flag(0) or not is_heard(self._control, mark.utterance, frame):
                return
            self._waiting.popleft()

    def _write(self, slot: Slot, chunk: Chunk, mark: Mark) -> None:
        slot["feature"] = chunk.feature
        slot["ear"] = chunk.ear
        self._outlet.publish(slot, mark)
