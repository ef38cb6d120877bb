"""What is heard and seen of a room's sources, and what is told of it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from actors.egress.outputs.room.room_playout import AHEAD_SECONDS, RoomPlayout
from actors.egress.outputs.room.tick_wire import BREAK, LAST
from tests.actors.egress.outputs.room.heard_track import SIZE, HeardTrack, Ticking
from tests.actors.session_rig import told, turn

TICK = 0.04


class Scene:
    """A playout, its clock, and what it tells: "started", or the position and whether it was
    interrupted."""

    def __init__(self) -> None:
        self.told: list[str | tuple[float, bool]] = []
        self.changed = asyncio.Event()
        self.playout = RoomPlayout(SIZE, lambda: self._hear("started"), self._finished)
        self.ticks = Ticking(self.playout)

    def _finished(self, position: float, interrupted: bool) -> None:
        self._hear((round(position, 2), interrupted))

    def _hear(self, what: str | tuple[float, bool]) -> None:
        self.told.append(what)
        self.changed.set()

    @property
    def ends(self) -> list[tuple[float, bool]]:
        return [one for one in self.told if not isinstance(one, str)]

    async def until_told(self, count: int) -> list[str | tuple[float, bool]]:
        while len(self.told) < count:
            self.changed.clear()
            await self.changed.wait()
        return self.told

    def segment(self, name: str, utterance: int, seconds: float, epoch: int = 0) -> None:
        """An utterance that is queued, with so much sound."""
        self.playout.begin(name)
        self.playout.grow(name, seconds)
        self.playout.queued(name, utterance, epoch)


@asynccontextmanager
async def scene() -> AsyncIterator[tuple[Scene, HeardTrack]]:
    it = Scene()
    async with HeardTrack(it.playout.audio, it.playout.video) as track:
        yield it, track
    await it.playout.close()


def test_an_utterance_is_heard_to_its_end_and_no_sooner_told_of() -> None:
    async def story() -> None:
        async with scene() as (it, track):
            await it.ticks.play(2)
            it.segment("a", 1, 0.38)
            await it.ticks.play(10, 1)
            await it.ticks.play(1, 1, first=10, flags=LAST)
            await it.ticks.play(1)
            assert await it.until_told(2) == ["started", (0.38, False)]
            assert time.monotonic() >= track.loud[-1] - 0.01, "not before its last sound"
            assert 38 <= len(track.loud) <= 41
            assert track.pictures[:13] == [16 + number for number in range(13)]

    told(story())


def test_a_clear_is_silent_at_once_and_tells_what_was_heard() -> None:
    async def story() -> None:
        async with scene() as (it, track):
            it.segment("a", 1, 2.0)
            it.segment("b", 2, 1.0)
            await it.ticks.play(8, 1)
            await track.until_loud(20)
            it.playout.clear()
            cleared, heard = time.monotonic(), len(track.loud) / 100
            assert it.told[0] == "started" and it.told[2:] == [(0.0, True)]
            position, interrupted = it.ends[0]
            assert interrupted
            assert abs(position - heard) <= 0.05
            await it.ticks.play(3, 1, first=8)
            assert track.loud[-1] - cleared < 0.02, "what is on its way is not heard"
            it.ticks.epoch = 1
            it.segment("c", 3, 0.4, epoch=1)
            before = len(track.loud)
            await it.ticks.play(3, 3)
            await track.until_loud(before + 5)
            assert it.told[3:] == ["started"]

    told(story())


def test_what_fades_out_behind_a_cut_is_not_heard_any_more() -> None:
    async def story() -> None:
        async with scene() as (it, track):
            it.segment("a", 1, 2.0)
            await it.ticks.play(4, 1)
            it.playout.clear()
            cleared = time.monotonic()
            it.ticks.epoch = 1
            await it.ticks.play(1, 0, loud=True)
            await it.ticks.play(2)
            assert track.loud[-1] < cleared + 0.02
            before = len(track.loud)
            await it.ticks.play(1, 0, loud=True)
            await track.until_loud(before + 1)

    told(story())


def test_an_interrupt_from_elsewhere_ends_what_was_queued_before_it() -> None:
    async def story() -> None:
        async with scene() as (it, _):
            it.segment("old", 1, 1.0)
            it.segment("new", 2, 1.0, epoch=1)
            it.playout.begin("unknown")
            it.playout.hush(1)
            assert it.told == [(0.0, True)]
            it.playout.queued("unknown", 3, 0)
            assert it.told == [(0.0, True)] * 2, "it was queued before, and is told of behind"

    told(story())


def test_what_will_not_be_said_is_over() -> None:
    async def story() -> None:
        async with scene() as (it, _):
            it.segment("a", 0, 1.0)
            it.playout.queued("nobody", 4, 0)
            assert it.told == [(0.0, True)]

    told(story())


@pytest.mark.parametrize("held", [False, True])
def test_silence_in_between_is_not_counted(held: bool) -> None:
    async def story() -> None:
        async with scene() as (it, track):
            it.segment("a", 1, 2.0)
            await it.ticks.play(4, 1)
            if held:
                await it.ticks.play(4)
            else:
                await it.ticks.play(1, 1, first=4, flags=BREAK)
                await it.ticks.play(3)
            await it.ticks.play(4, 1, first=5)
            await track.until_loud(30)
            it.playout.clear()
            assert abs(it.ends[0][0] - len(track.loud) / 100) <= 0.05

    told(story())


def test_a_process_that_was_late_catches_up_in_silence() -> None:
    async def story() -> None:
        async with scene() as (it, _):
            it.segment("a", 1, 1.0)
            for _ in range(10):
                it.ticks._next = 0.0  # all at once
                await it.ticks.play(1, 1)
            behind = it.playout.audio.queued_duration
            assert behind > 0.3
            it.ticks._next = asyncio.get_running_loop().time()
            await it.ticks.play(12)
            assert it.playout.audio.queued_duration < 0.075, "one tick, and what is kept ahead"

    told(story())


def test_who_is_far_ahead_waits_until_it_is_heard_or_cleared() -> None:
    async def story() -> None:
        async with scene() as (it, _):
            it.segment("a", 1, AHEAD_SECONDS)
            await it.playout.room()
            it.playout.grow("a", 0.06)
            waiting = asyncio.ensure_future(it.playout.room())
            await it.ticks.play(1, 1)
            assert not waiting.done()
            await it.ticks.play(1, 1)
            await waiting
            it.playout.grow("a", 100)
            waiting = asyncio.ensure_future(it.playout.room())
            await turn()
            it.playout.clear()
            await waiting

    told(story())
