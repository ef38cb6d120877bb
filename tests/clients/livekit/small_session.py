"""A ringtalk session in a few lines: what comes on the agent line leaves as ticks, 40 ms apart.

It stands for the server's four actors, where the server itself is not wanted; everything between
the agent's output and the room's sources is the real thing.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable

import numpy as np
from livekit import rtc

from actors.egress.outputs.room.room_agent import RoomAgent
from actors.egress.outputs.room.room_playout import RoomPlayout
from actors.egress.outputs.room.tick_wire import LAST, SOUND_BYTES, SentTick
from data.units import PLAYOUT_RATE, TICK_MS
from runtime.agent_line import HEADER, LineKind, SegmentQueued
from tests.actors.egress.outputs.room.heard_track import SIZE


class SmallSession:
    """The face's side of a room; `run` it while the agent speaks."""

    def __init__(self, room: rtc.Room, agent: str) -> None:
        self.kinds: list[LineKind] = []
        self.spoken: list[int] = []
        """The utterance of each tick."""
        self._epoch, self._count, self._rate = 0, 0, PLAYOUT_RATE
        self._held = False
        self._changed = asyncio.Event()
        self._sounds: deque[tuple[int, bytearray, list[bool]]] = deque()
        self.agent = RoomAgent(room, agent, self)
        self.playout = RoomPlayout(SIZE, self.agent.started, self.agent.finished)
        self.agent.attend(self.playout)

    def write(self, data: bytes) -> None:
        """A frame of the agent line."""
        kind, body = LineKind(data[0]), data[HEADER.size :]
        self.kinds.append(kind)
        self._changed.set()
        match kind:
            case LineKind.BEGIN:
                self._begin(**json.loads(body))
            case LineKind.SOUND:
                samples = np.frombuffer(body, "<i2")
                self._sounds[-1][1].extend(bytes(np.repeat(samples, PLAYOUT_RATE // self._rate)))
            case LineKind.COMMIT:
                self._sounds[-1][2].append(True)
            case LineKind.CLEAR:
                self._epoch += 1
                self._held = False
                self._sounds.clear()
                self.playout.hush(self._epoch)
            case LineKind.HOLD | LineKind.RESUME:
                self._held = kind is LineKind.HOLD

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds; it is looked at with each frame of the line and each tick."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def drain(self) -> None:
        """There is room."""

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.agent.run())
            group.create_task(self._play())

    def _begin(self, name: str, rate: int) -> None:
        self._count += 1
        self._rate = rate
        self._sounds.append((self._count, bytearray(), []))
        self.agent.queued(SegmentQueued(name, self._count, self._epoch))

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        begun, number = loop.time(), 0
        while True:
            await asyncio.sleep(begun + number * TICK_MS / 1000 - loop.time())  # its clock
            await self.playout.play(self._next(number))
            number += 1

    def _next(self, number: int) -> SentTick:
        quiet = bytes(SOUND_BYTES)
        utterance, flags, sound = 0, 0, quiet
        if self._sounds and not self._held:
            first, left, complete = self._sounds[0]
            if len(left) >= SOUND_BYTES or (left and complete):
                utterance, sound = first, bytes(left[:SOUND_BYTES]).ljust(SOUND_BYTES, b"\0")
                del left[:SOUND_BYTES]
            elif complete:
                utterance, flags = first, LAST
                self._sounds.popleft()
        self.spoken.append(utterance)
        self._changed.set()
        return SentTick(self._epoch, utterance, flags, number, number, sound)
