"""A live session's ticks leave in time, composed or not: at times that the test gives."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import numpy as np

from actors.egress.live_playout import AT_ONCE_TICKS, AWAY_TICKS, GRACE_NS, LivePlayout
from actors.egress.sink import Picture, Sound
from data.units import CHUNKS_PER_TICK, PLAYOUT_CHUNK, TICK_NS
from runtime.control_words import ControlWord
from runtime.layouts import Flag
from runtime.ports import Mark
from tests.actors.session_rig import Rig, marked, put, told, turn

LATER_NS = 3600 * 10**9
"""The session's clock begins so late that no timer of its own fires in a test."""


class LeftTick(NamedTuple):
    """What left: its tick, utterance and frame, its first sample, and whether a picture came."""

    tick: int
    utterance: int
    frame: int
    sample: int
    shown: bool


class Staged:
    """A playout between its rings, and what left it."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.start = time.monotonic_ns() + LATER_NS
        rig.control.store(ControlWord.START, self.start)
        rig.control.store(ControlWord.CONNECTED, 1)
        self.pictures, self.sound = rig.outlet("picture"), rig.outlet("sound")
        self.playout = LivePlayout(rig.stand("egress"), self._leave)
        self.left: list[LeftTick] = []

    def _leave(self, mark: Mark, sound: Sound, picture: Picture, repeat: bool) -> None:
        self.left.append(LeftTick(mark.tick, mark.utterance, mark.frame, int(sound[0]), not repeat))
        if mark.utterance:  # as the playout cursor does
            self.rig.control.store(ControlWord.HEARD_UTTERANCE, mark.utterance)
            self.rig.control.store(ControlWord.HEARD_FRAME, mark.frame)

    async def compose(self, tick: int, utterance: int = 0, frame: int = 0) -> None:
        mark = marked(utterance=utterance, tick=tick)._replace(frame=frame)
        put(self.pictures, mark, sound=1000 * utterance + frame)
        await turn()

    def say(self, utterance: int, frames: range, *, ends: bool = False) -> None:
        for frame in frames:
            for half in range(CHUNKS_PER_TICK):
                last = ends and frame == frames[-1] and half == CHUNKS_PER_TICK - 1
                flags = Flag.LAST | Flag.BREAK if last else Flag(0)
                mark = marked(utterance=utterance, tick=CHUNKS_PER_TICK * frame + half, flags=flags)
                ear = np.full(PLAYOUT_CHUNK, 1000 * utterance + frame, np.int16)
                put(self.sound, mark, ear=ear)

    def overdue(self, tick: int) -> None:
        """It is the moment at which this tick is overdue."""
        self.playout.look(self.start + tick * TICK_NS + GRACE_NS)

    def word(self, word: ControlWord) -> int:
        return self.rig.control.load(word)


@asynccontextmanager
async def staged() -> AsyncIterator[Staged]:
    with Rig() as rig:
        made = Staged(rig)
        task = asyncio.ensure_future(made.playout.run())
        await turn()
        try:
            yield made
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def test_composed_ticks_leave_as_they_are_and_in_time_nothing_else() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(1, range(3))
            await it.compose(0)
            await it.compose(1, 1, 0)
            it.playout.look(it.start + 2 * TICK_NS + GRACE_NS - 1)
            await it.compose(2, 1, 1)
            assert it.left == [
                LeftTick(0, 0, 0, 0, True),
                LeftTick(1, 1, 0, 1000, True),
                LeftTick(2, 1, 1, 1001, True),
            ]
            assert not it.word(ControlWord.STANDS_IN)

    told(story())


def test_speech_goes_on_without_the_compositor_and_its_late_tick_is_not_heard_twice() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(1, range(6))
            await it.compose(0, 1, 0)
            it.overdue(1)
            it.overdue(2)
            assert it.left[1:] == [LeftTick(1, 1, 1, 1001, False), LeftTick(2, 1, 2, 1002, False)]
            assert it.word(ControlWord.STANDS_IN)
            assert it.word(ControlWord.STAND_IN_END) == 3
            await it.compose(1, 1, 1)
            assert len(it.left) == 3, "egress made it already"
            await it.compose(3, 1, 1)
            assert it.left[-1] == LeftTick(3, 1, 3, 1003, True), "its picture, and what comes next"
            await it.compose(4)
            assert it.left[-1] == LeftTick(4, 1, 4, 1004, True), "the faces are not there yet"
            await it.compose(5, 1, 5)
            assert it.left[-1] == LeftTick(5, 1, 5, 1005, True)
            assert not it.word(ControlWord.STANDS_IN), "it has caught up"

    told(story())


def test_an_utterance_begins_without_the_compositor_only_when_that_is_away() -> None:
    async def story() -> None:
        async with staged() as it:
            await it.compose(0)
            it.say(1, range(3), ends=True)
            for tick in range(1, AWAY_TICKS + 4):
                it.overdue(tick)
            spoken = [(left.utterance, left.frame) for left in it.left[1:]]
            assert spoken == [(0, 0)] * AWAY_TICKS + [(1, 0), (1, 1), (1, 2)]
            it.overdue(AWAY_TICKS + 4)
            assert it.left[-1].utterance == 0, "it has ended"

    told(story())


def test_what_is_held_or_has_no_listener_waits() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(1, range(4))
            await it.compose(0, 1, 0)
            it.rig.control.store(ControlWord.HELD, 1)
            it.overdue(1)
            await it.compose(2)
            assert [left.utterance for left in it.left[1:]] == [0, 0]
            it.rig.control.store(ControlWord.HELD, 0)
            it.rig.control.store(ControlWord.CONNECTED, 0)
            it.overdue(3)
            assert it.left[-1].utterance == 0
            it.rig.control.store(ControlWord.CONNECTED, 1)
            for tick in range(4, 5 + AWAY_TICKS):
                it.overdue(tick)
            assert [left.frame for left in it.left if left.utterance] == [0, 1, 2, 3]

    told(story())


def test_an_interrupt_ends_it_and_frees_the_ring() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(1, range(20))
            await it.compose(0, 1, 0)
            it.overdue(1)
            it.rig.control.advance()
            it.playout.flush()
            it.overdue(2)
            assert it.left[-1].utterance == 0
            assert it.rig.rings.counters()["sound"].depth == 0

    told(story())


def test_sound_that_breaks_off_ends_in_a_ramp() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(7, range(2))
            await it.compose(0, 7, 0)
            it.overdue(1)
            it.overdue(2)
            assert it.left[-1] == LeftTick(2, 0, 0, 7001, False), "it begins where the sound ended"
            it.overdue(3)
            assert it.left[-1].sample == 0

    told(story())


def test_an_egress_that_is_late_itself_does_not_stand_in_for_what_waits() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(1, range(6))
            await it.compose(0, 1, 0)
            put(it.pictures, marked(utterance=1, tick=1)._replace(frame=1), sound=1001)
            it.overdue(1)
            assert len(it.left) == 1
            await turn()
            assert it.left[-1] == LeftTick(1, 1, 1, 1001, True)

    told(story())


def test_after_a_long_sleep_a_few_ticks_are_made_and_no_sound_is_lost() -> None:
    async def story() -> None:
        async with staged() as it:
            it.say(1, range(10))
            await it.compose(0, 1, 0)
            it.overdue(100)
            assert [left.tick for left in it.left[1:]] == [97, 98, 99, 100]
            assert [left.frame for left in it.left] == list(range(AT_ONCE_TICKS + 1))

    told(story())


def test_half_a_tick_waits_for_its_rest_unless_there_is_none() -> None:
    async def story() -> None:
        async with staged() as it:
            await it.compose(0, 1, 0)
            put(it.sound, marked(utterance=1, tick=2), ear=1001)
            it.overdue(1)
            assert it.left[-1].utterance == 0
            put(it.sound, marked(utterance=1, tick=3), ear=1001)
            put(it.sound, marked(utterance=1, tick=4, flags=Flag.BREAK), ear=1002)
            for tick in range(2, 2 + AWAY_TICKS + 1):
                it.overdue(tick)
            frames = [left.frame for left in it.left if left.utterance]
            assert frames == [0, 1, 2]

    told(story())
