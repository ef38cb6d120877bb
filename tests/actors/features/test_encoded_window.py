"""Windows that an encoder answers, between two rings: order, epochs, errors, growth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import numpy as np

from actors.features.desk import Desk
from actors.features.window import EncodedWindow
from models.face.encoders.stream import EncodedStream, Reach
from models.face.encoders.window import Span
from runtime.layouts import Flag, Shape
from runtime.pump import pump_slow
from tests.actors.features.toy_encoder import Toy
from tests.actors.street_rig import NO_FLAGS, Rig, marked, put, read, told

REACH = Reach(before=2, after=4)
SHAPE = Shape("toy", (6,), 40, (16, 8), (48, 32))


class Call:
    """One session: a chunk's sound is its number, and so is its row."""

    def __init__(self, rig: Rig, toy: Toy) -> None:
        self.rig, self.toy = rig, toy
        self.failures: list[str] = []
        self.desk = Desk(toy, lambda session, error: self.failures.append(str(error)))
        stage = rig.stand("features")
        self._out, self._in = rig.outlet("speech"), rig.inlet("feature")
        stream = EncodedStream(toy, Span(2, 2, 2), REACH, SHAPE.feature)
        control = stage.control
        window = EncodedWindow(
            stream,
            lambda piece, epoch: self.desk.encode("s", piece, lambda: control.epoch == epoch),
        )
        self.task = asyncio.ensure_future(
            pump_slow(stage.inlets["speech"], stage.outlets["feature"], window)
        )

    def say(self, first: int, last: int, *, epoch: int = 0, ends: bool = False) -> None:
        for number in range(first, last + 1):
            flags = Flag.BREAK if ends and number == last else NO_FLAGS
            put(
                self._out,
                marked(epoch, flags=flags, tick=number - 1),
                feature=number,
                ear=number,
            )

    async def tick(self) -> tuple[list[float], int]:
        """A tick's feature and the number of its first chunk."""
        slot = await self._in.next()
        feature, sound = slot["feature"].tolist(), int(slot["sound"][0])
        self._in.release()
        return feature, sound


@asynccontextmanager
async def call(toy: Toy | None = None) -> AsyncIterator[Call]:
    with Rig(shape=SHAPE) as rig:
        it = Call(rig, toy or Toy())
        try:
            yield it
        finally:
            it.toy.go.set()
            it.task.cancel()
            with suppress(asyncio.CancelledError):
                await it.task
            it.desk.stop()


def test_every_tick_has_its_own_rows_and_its_own_sound() -> None:
    async def story() -> None:
        async with call() as it:
            it.say(1, 8, ends=True)
            ticks = [await it.tick() for _ in range(4)]
            assert ticks == [
                ([0, 0, 1, 2, 3, 4], 1),
                ([1, 2, 3, 4, 5, 6], 3),
                ([3, 4, 5, 6, 7, 8], 5),
                ([5, 6, 7, 8, 0, 0], 7),
            ]

    told(story())


def test_what_came_while_the_encoder_worked_is_one_window() -> None:
    async def story() -> None:
        async with call() as it:
            it.toy.go.clear()
            it.say(1, 4)
            await asyncio.to_thread(it.toy.entered.wait)
            it.say(5, 12)
            it.toy.go.set()
            ticks = [await it.tick() for _ in range(5)]
            assert [sound for _, sound in ticks] == [1, 3, 5, 7, 9]
            assert ticks[4][0] == [7, 8, 9, 10, 11, 12]
            assert it.toy.batches == [[4], [12]], "four ticks, encoded once"

    told(story())


def test_an_interrupt_ends_the_wait_and_the_new_epoch_begins_from_silence() -> None:
    async def story() -> None:
        async with call() as it:
            it.toy.go.clear()
            it.say(1, 4)
            await asyncio.to_thread(it.toy.entered.wait)
            epoch = it.rig.control.advance()
            it.desk.flush()
            it.say(21, 22, epoch=epoch, ends=True)
            it.toy.go.set()
            assert await it.tick() == ([0, 0, 21, 22, 0, 0], 21)
            assert not it.failures

    told(story())


def test_a_late_flush_does_no_harm_to_the_new_epoch() -> None:
    async def story() -> None:
        async with call() as it:
            epoch = it.rig.control.advance()
            it.toy.go.clear()
            it.say(1, 2, epoch=epoch, ends=True)
            await asyncio.to_thread(it.toy.entered.wait)
            it.desk.flush()
            it.toy.go.set()
            assert await it.tick() == ([0, 0, 1, 2, 0, 0], 1)

    told(story())


def test_an_encoder_error_leaves_the_sound_without_a_feature_and_is_told() -> None:
    async def story() -> None:
        async with call(Toy(unlucky=2)) as it:
            it.say(1, 2, ends=True)
            feature, sound = await it.tick()
            assert np.isnan(feature).all()
            assert sound == 1
            assert it.failures == ["2 brings no luck"]
            it.say(11, 14, epoch=it.rig.control.advance(), ends=True)
            assert await it.tick() == ([0, 0, 11, 12, 13, 14], 11)

    told(story())


def test_marks_are_handed_on() -> None:
    async def story() -> None:
        async with call() as it:
            it.say(1, 4, ends=True)
            marks = [(await read(it._in, "sound"))[0] for _ in range(2)]
            assert [mark.tick for mark in marks] == [0, 1]
            assert [Flag.BREAK in mark.flags for mark in marks] == [False, True]

    told(story())
