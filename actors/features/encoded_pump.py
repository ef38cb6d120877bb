"""The loop of one session whose features come from an encoder that may be slower than they play.

In: the speech ring, a window, and an encoder beside the loop. Out: the feature ring. Three
tasks, so that none waits for another's wait: sound is heard while older sound is encoded, and
encoded while older ticks wait for room. What is made and not sent is bounded by two windows.
Runs in features, one for each session; owns the ticks that wait.

Nothing waits to be more, with one exception: after silence the first ticks are held back as
long as the encoder works on the next ones and would, by its last window, take longer than they
play. A slow encoder then begins late instead of stuttering; a fast one holds nothing.

The frame that ends an utterance stays in its ring until its tick was sent, so that the end of
an utterance outlives a death in between.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from actors.features.window import EncodedWindow, Tick
from data.units import TICK_MS
from runtime.layouts import Flag
from runtime.ports import Inlet, Outlet
from runtime.tasks import together

Clock = Callable[[], float]
"""Seconds, from whenever."""


class EncodedPump:
    """Runs one session until cancelled."""

    def __init__(
        self, inlet: Inlet, outlet: Outlet, window: EncodedWindow, clock: Clock = time.monotonic
    ) -> None:
        self._inlet = inlet
        self._outlet = outlet
        self._window = window
        self._clock = clock
        self._made: deque[Tick] = deque()
        self._epoch = -1
        self._holds = True
        self._may_hear, self._heard, self._changed, self._ended = (
            asyncio.Event() for _ in range(4)
        )

    async def run(self) -> None:
        """Hear, encode and send."""
        self._may_hear.set()
        await together(self._hear(), self._encode(), self._send())

    async def _hear(self) -> None:
        while True:
            await self._may_hear.wait()
            slot = await self._inlet.next()
            mark = self._inlet.mark(slot)
            if mark.epoch != self._epoch:
                self._begin(mark.epoch)
            if self._window.hear(slot, mark):
                self._may_hear.clear()
            if Flag.BREAK in mark.flags:
                self._ended.clear()
                self._heard.set()
                await self._ended.wait()
            self._inlet.release()
            if not self._may_hear.is_set() or not self._inlet.depth:
                self._heard.set()

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        self._window.reset()
        self._made.clear()
        self._holds = True
        self._changed.set()

    async def _encode(self) -> None:
        while True:
            work = self._window.cut()
            self._may_hear.set()
            if work is None:
                if self._made:
                    self._let_go()
                self._heard.clear()
                await self._heard.wait()
                continue
            begun = self._clock()
            ticks = await work.made()
            if work.epoch == self._epoch:
                self._made.extend(ticks)
                plays = len(self._made) * TICK_MS / 1000
                if plays >= self._clock() - begun or self._is_full:
                    self._let_go()
            self._changed.set()
            while self._is_full:
                self._changed.clear()
                await self._changed.wait()

    @property
    def _is_full(self) -> bool:
        return len(self._made) > self._window.ticks

    def _let_go(self) -> None:
        self._holds = False
        self._changed.set()

    async def _send(self) -> None:
        while True:
            while self._holds or not self._made:
                self._changed.clear()
                await self._changed.wait()
            tick = self._made.popleft()
            self._changed.set()
            room = await self._outlet.room()
            tick.write(room)
            self._outlet.publish(room, tick.mark)
            if Flag.BREAK in tick.mark.flags:
                self._holds = True
                self._ended.set()
