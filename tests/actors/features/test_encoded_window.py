"""Windows that an encoder answers, between two rings: order, epochs, errors, growth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import numpy as np

from actors.features.encoded_pump import EncodedPump
from actors.features.encoder_batcher import EncoderBatcher
from actors.features.window import EncodedWindow
from models.face.encoders.stream import EncodedStream, Reach
from models.face.encoders.window import Span
from runtime.layouts import Flag, Shape
from tests.actors.features.toy_encoder import Stepped, Toy
from tests.actors.session_rig import NO_FLAGS, Rig, marked, put, read, told, turn

REACH = Reach(before=2, after=4)
SHAPE = Shape("toy", (6,), 40, (16, 8), (48, 32))


class Call:
    """One session: a chunk's sound is its number, and so is its row."""

    def __init__(self, rig: Rig, toy: Toy) -> None:
        self.rig, self.toy = rig, toy
        self.seconds = 0.0
        self.failures: list[str] = []
        self.batcher = EncoderBatcher(toy, lambda session, error: self.failures.append(str(error)))
        stage = rig.stand("features")
        self.speech = stage.inlets["speech"]
        self._out, self._in = rig.outlet("speech"), rig.inlet("feature")
        stream = EncodedStream(toy, Span(2, 2, 2), REACH, SHAPE.feature)
        control = stage.control
        window = EncodedWindow(
            stream,
            lambda piece, epoch: self.batcher.encode("s", piece, lambda: control.epoch == epoch),
        )
        self.task = asyncio.ensure_future(
            EncodedPump(stage.inlets["speech"], stage.outlets["feature"], window, self.now).run()
        )

    def now(self) -> float:
        """A clock that a test puts forward."""
        return self.seconds

    def say(self, first: int, last: int, *, epoch: int = 0, ends: bool = False) -> None:
        for number in range(first, last + 1):
            flags = Flag.BREAK if ends and number == last else NO_FLAGS
            put(
                self._out,
                marked(epoch, flags=flags, tick=number - 1),
                feature=number,
                ear=number,
            )

    @property
    def rings_empty(self) -> bool:
        """Nothing was sent that was not read."""
        return self._in.take() is None

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
            it.toy.let_all_go()
            it.task.cancel()
            with suppress(asyncio.CancelledError):
                await it.task
            it.batcher.stop()


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
            it.batcher.flush()
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
            it.batcher.flush()
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


def test_sound_is_heard_while_the_encoder_works_so_the_ring_is_free() -> None:
    async def story() -> None:
        async with call() as it:
            it.toy.go.clear()
            it.say(1, 4)
            await asyncio.to_thread(it.toy.entered.wait)
            it.say(5, 16)
            await turn(50)
            assert not it.speech.depth
            it.toy.go.set()
            assert [(await it.tick())[1] for _ in range(7)] == [1, 3, 5, 7, 9, 11, 13]
            assert it.toy.batches == [[4], [16]]

    told(story())


def test_ticks_that_wait_for_room_do_not_hold_up_the_encoder() -> None:
    async def story() -> None:
        async with call(Toy(ticks=4)) as it:
            it.say(1, 8)
            await turn(50)
            it.say(9, 14)
            await asyncio.to_thread(it.toy.entered.wait)
            while len(it.toy.batches) < 2:
                await turn()
            assert [(await it.tick())[1] for _ in range(6)] == [1, 3, 5, 7, 9, 11]

    told(story())


def test_a_slow_encoder_begins_late_instead_of_stuttering() -> None:
    async def story() -> None:
        toy = Stepped()
        async with call(toy) as it:
            it.say(1, 4)
            await toy.began()
            it.say(5, 8)
            it.seconds += 1
            toy.step()
            await toy.began()
            assert it.rings_empty, "one tick plays for 40 ms, and the next ones may take a second"
            toy.step()
            assert [(await it.tick())[1] for _ in range(3)] == [1, 3, 5]

    told(story())


def test_a_fast_encoder_holds_nothing_back() -> None:
    async def story() -> None:
        toy = Stepped()
        async with call(toy) as it:
            it.say(1, 4)
            await toy.began()
            it.say(5, 8)
            toy.step()
            await toy.began()
            assert (await it.tick())[1] == 1
            toy.step()
            assert [(await it.tick())[1] for _ in range(2)] == [3, 5]

    told(story())


def test_what_is_held_back_is_bounded() -> None:
    async def story() -> None:
        toy = Stepped(ticks=1)
        async with call(toy) as it:
            it.say(1, 12)
            for _ in range(2):
                await toy.began()
                it.seconds += 1
                toy.step()
            assert (await it.tick())[1] == 1
            toy.let_all_go()
            assert [(await it.tick())[1] for _ in range(4)] == [3, 5, 7, 9]

    told(story())


def test_the_end_of_an_utterance_stays_in_its_ring_until_it_was_sent() -> None:
    async def story() -> None:
        toy = Stepped()
        async with call(toy) as it:
            it.say(1, 4, ends=True)
            await toy.began()
            await turn(50)
            assert it.speech.depth == 1
            toy.step()
            assert [(await it.tick())[1] for _ in range(2)] == [1, 3]
            await turn(50)
            assert not it.speech.depth
            it.say(5, 8, ends=True)
            toy.let_all_go()
            assert [(await it.tick())[1] for _ in range(2)] == [5, 7]

    told(story())
