"""The loop of a stage, over real rings."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import pytest

from runtime.layouts import Stage
from runtime.ports import Mark, Slot
from runtime.pump import pump
from server.sessions.rings import FEATURE_SLOTS
from tests.actors.session_rig import Rig, marked, put, read, told, turn


@dataclass
class Copy:
    """A frame that is sent on."""

    mark: Mark
    value: float

    def write(self, slot: Slot) -> None:
        slot["feature"] = self.value


class Twice:
    """Every frame becomes two; `resets` counts the epochs."""

    def __init__(self) -> None:
        self.resets = 0
        self.taken: list[int] = []

    def reset(self) -> None:
        self.resets += 1

    def take(self, slot: Slot, mark: Mark) -> Iterable[Copy]:
        self.taken.append(mark.tick)
        value = float(slot["feature"][0])
        for half in range(2):
            yield Copy(mark._replace(tick=2 * mark.tick + half), value)


class Pumped:
    """A pump that runs between two ends of the test's."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.outlet = rig.outlet("speech")
        self.inlet = rig.inlet("feature")
        self.transform = Twice()
        self.begin()

    def begin(self) -> None:
        stage = self.rig.stand("features")
        self.task = asyncio.ensure_future(
            pump(stage.inlets["speech"], stage.outlets["feature"], self.transform)
        )

    async def end(self) -> None:
        """As when the process dies: nothing is handed back."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        self.rig.leave("features")


def test_frames_are_stamped_and_keep_their_epoch() -> None:
    async def story() -> None:
        with Rig() as rig:
            pumped = Pumped(rig)
            epoch = rig.control.advance()
            put(pumped.outlet, marked(epoch, tick=3, seen=5), feature=0.5)
            ticks = []
            for _ in range(2):
                mark, value = await read(pumped.inlet, "feature")
                assert mark.epoch == epoch
                assert value.flat[0] == 0.5
                stamps = mark.stamps
                assert stamps[Stage.INGEST, 0] == 5
                assert 0 < stamps[Stage.INGEST, 1] <= stamps[Stage.FEATURES, 0]
                assert stamps[Stage.FEATURES, 0] <= stamps[Stage.FEATURES, 1]
                ticks.append(mark.tick)
            assert ticks == [6, 7]
            await pumped.end()

    told(story())


def test_a_new_epoch_resets_the_transform_and_old_frames_are_not_taken() -> None:
    async def story() -> None:
        with Rig() as rig:
            pumped = Pumped(rig)
            put(pumped.outlet, marked(0, tick=0))
            await read(pumped.inlet, "feature")
            await read(pumped.inlet, "feature")
            assert pumped.transform.resets == 1
            put(pumped.outlet, marked(0, tick=1))
            epoch = rig.control.advance()
            put(pumped.outlet, marked(epoch, tick=2))
            mark, _ = await read(pumped.inlet, "feature")
            assert (mark.epoch, mark.tick) == (epoch, 4)
            assert pumped.transform.resets == 2
            assert pumped.transform.taken == [0, 2]
            await pumped.end()

    told(story())


def test_a_full_ring_stops_the_pump_and_loses_nothing() -> None:
    async def story() -> None:
        with Rig() as rig:
            pumped = Pumped(rig)
            for tick in range(6):
                put(pumped.outlet, marked(tick=tick))
            await turn(20)
            assert rig.rings.counters()["feature"].depth == FEATURE_SLOTS
            assert rig.rings.counters()["speech"].depth >= 4, "sound waits where it came from"
            ticks = [(await read(pumped.inlet, "feature"))[0].tick for _ in range(12)]
            assert ticks == list(range(12))
            await pumped.end()

    told(story())


def test_an_interrupt_at_a_full_ring_leaves_nothing_of_the_old_epoch() -> None:
    async def story() -> None:
        with Rig() as rig:
            pumped = Pumped(rig)
            for tick in range(4):
                put(pumped.outlet, marked(0, tick=tick))
            await turn(20)
            epoch = rig.control.advance()
            put(pumped.outlet, marked(epoch, tick=50))
            marks = [(await read(pumped.inlet, "feature"))[0] for _ in range(2)]
            assert [(mark.epoch, mark.tick) for mark in marks] == [(epoch, 100), (epoch, 101)]
            await pumped.end()

    told(story())


def test_a_frame_whose_output_was_not_all_sent_comes_again_after_a_death() -> None:
    async def story() -> None:
        with Rig() as rig:
            pumped = Pumped(rig)
            put(pumped.outlet, marked(tick=0))
            put(pumped.outlet, marked(tick=1))
            await turn(20)
            await pumped.end()
            pumped.begin()
            ticks = [(await read(pumped.inlet, "feature"))[0].tick for _ in range(4)]
            assert ticks == [0, 1, 2, 3]
            await pumped.end()

    told(story())


def test_a_transform_that_fails_ends_the_pump_with_its_error() -> None:
    class Broken(Twice):
        def take(self, slot: Slot, mark: Mark) -> Iterable[Copy]:
            raise ArithmeticError("no features")

    async def story() -> None:
        with Rig() as rig:
            put(rig.outlet("speech"), marked())
            stage = rig.stand("features")
            with pytest.raises(ArithmeticError, match="no features"):
                await pump(stage.inlets["speech"], stage.outlets["feature"], Broken())

    told(story())
