"""What leaves a room's two sources, as the library would encode it."""

import asyncio
import time
from typing import Self

import numpy as np
from livekit import rtc

from actors.egress.outputs.room.room_playout import RoomPlayout
from actors.egress.outputs.room.tick_wire import SentTick
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICK_MS

SIZE = (64, 48)
LOUD = np.full(PLAYOUT_TICK, 8000, np.int16).tobytes()
QUIET = bytes(2 * PLAYOUT_TICK)


class HeardTrack:
    """A context: `loud` has the moments (`time.monotonic`) of loud pieces of 10 ms, `pictures` the
    first pixel of each picture."""

    def __init__(self, audio: rtc.AudioSource, video: rtc.VideoSource) -> None:
        self.loud: list[float] = []
        self.pictures: list[int] = []
        self._changed = asyncio.Event()
        sound = rtc.LocalAudioTrack.create_audio_track("a", audio)
        picture = rtc.LocalVideoTrack.create_video_track("v", video)
        self._sounds = rtc.AudioStream.from_track(
            track=sound, sample_rate=PLAYOUT_RATE, num_channels=1
        )
        self._pictures = rtc.VideoStream(picture)
        self._tasks = [asyncio.ensure_future(self._hear()), asyncio.ensure_future(self._see())]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        await self._sounds.aclose()
        await self._pictures.aclose()

    async def until_loud(self, count: int = 1) -> None:
        while len(self.loud) < count:
            self._changed.clear()
            await self._changed.wait()

    async def until_seen(self, count: int) -> None:
        while len(self.pictures) < count:
            self._changed.clear()
            await self._changed.wait()

    async def _hear(self) -> None:
        async for event in self._sounds:
            if np.abs(np.frombuffer(event.frame.data, np.int16)).max() > 1000:
                self.loud.append(time.monotonic())
                self._changed.set()

    async def _see(self) -> None:
        async for event in self._pictures:
            self.pictures.append(bytes(event.frame.data[:1])[0])
            self._changed.set()


class Ticking:
    """Ticks of a session that leave in time, 40 ms apart."""

    def __init__(self, playout: RoomPlayout) -> None:
        self._playout = playout
        self.epoch, self.number = 0, 0
        self._next = asyncio.get_running_loop().time()

    async def play(
        self, count: int, utterance: int = 0, *, first: int = 0, flags: int = 0, loud: bool = False
    ) -> None:
        """So many ticks of this utterance: `loud` ones, as they are anyhow unless it is 0 or a flag
        says that it is filled in."""
        for frame in range(first, first + count):
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, self._next - loop.time()))  # it is the sessions' clock
            self._next += TICK_MS / 1000
            sound = LOUD if loud or (utterance and not flags) else QUIET
            picture = bytes([16 + self.number % 200]) * (SIZE[0] * SIZE[1] * 3 // 2)
            await self._playout.play(
                SentTick(self.epoch, utterance, flags, self.number, frame, sound, picture)
            )
            self.number += 1
