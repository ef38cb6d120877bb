"""Windows of many sessions at one encoder."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from actors.features.encoder_batcher import EncoderBatcher
from data.units import FEATURE_CHUNK
from models.face.encoders.stream import Rows
from models.face.encoders.window import EncoderWindow
from tests.actors.features.toy_encoder import Toy
from tests.actors.session_rig import told, turn


def piece(level: float, chunks: int = 2) -> EncoderWindow:
    return EncoderWindow(np.full(chunks * FEATURE_CHUNK, level, np.float32), 1)


class Scene:
    """A batcher, and sessions whose epochs are all live or not."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.failures: list[tuple[str, Exception]] = []
        self.over: set[str] = set()
        self.batcher = EncoderBatcher(toy, lambda *what: self.failures.append(what))

    def ask(self, session: str, level: float, chunks: int = 2) -> asyncio.Future[Rows | None]:
        return self.batcher.encode(session, piece(level, chunks), lambda: session not in self.over)

    async def hold(self) -> asyncio.Future[Rows | None]:
        """A first window that keeps the thread busy until `go`."""
        self.toy.go.clear()
        first = self.ask("first", 1)
        await asyncio.to_thread(self.toy.entered.wait)
        return first


@asynccontextmanager
async def scene(toy: Toy | None = None) -> AsyncIterator[Scene]:
    it = Scene(toy or Toy())
    try:
        yield it
    finally:
        it.toy.go.set()
        it.batcher.stop()


def level(rows: Rows | None) -> float | None:
    return None if rows is None else float(rows[0, 0])


def test_what_is_ready_together_is_one_batch_in_a_thread_of_its_own() -> None:
    async def story() -> None:
        async with scene() as it:
            rows = await asyncio.gather(it.ask("a", 1), it.ask("b", 2), it.ask("c", 3))
            assert [level(row) for row in rows] == [1, 2, 3]
            assert it.toy.batches == [[1, 2, 3]]
            assert threading.get_ident() not in it.toy.threads

    told(story())


def test_one_window_does_not_wait_for_more_and_the_loop_goes_on_meanwhile() -> None:
    async def story() -> None:
        async with scene() as it:
            first = await it.hold()
            assert it.toy.batches == [[1]]
            await turn(50)
            assert not first.done()
            it.toy.go.set()
            assert level(await first) == 1

    told(story())


def test_the_earliest_go_first_and_a_batch_is_bounded() -> None:
    async def story() -> None:
        async with scene(Toy(windows=2)) as it:
            first = await it.hold()
            later = [it.ask(session, number) for number, session in enumerate("abcde", 2)]
            it.toy.go.set()
            assert [level(rows) for rows in await asyncio.gather(first, *later)] == [
                1, 2, 3, 4, 5, 6,
            ]  # fmt: skip
            assert it.toy.batches == [[1], [2, 3], [4, 5], [6]]

    told(story())


def test_windows_of_other_lengths_wait_for_a_batch_of_their_own_unless_they_may_be_padded() -> None:
    async def batches(pads: bool) -> list[list[float]]:
        async with scene(Toy(pads=pads)) as it:
            first = await it.hold()
            later = [it.ask("a", 2, 2), it.ask("b", 3, 4), it.ask("c", 4, 2)]
            it.toy.go.set()
            rows = await asyncio.gather(first, *later)
            assert [level(row) for row in rows] == [1, 2, 3, 4]
            return it.toy.batches

    assert told(batches(pads=False)) == [[1], [2, 4], [3]]
    assert told(batches(pads=True)) == [[1], [2, 3, 4]]


def test_a_flush_answers_what_is_over_and_nothing_else() -> None:
    async def story() -> None:
        async with scene() as it:
            first = await it.hold()
            stale, live = it.ask("a", 2), it.ask("b", 3)
            it.over |= {"first", "a"}
            it.batcher.flush()
            assert (await first, await stale) == (None, None), "answered while the thread works"
            it.toy.go.set()
            assert level(await live) == 3
            assert it.toy.batches == [[1], [3]], "what is over is not encoded"

    told(story())


def test_what_is_over_is_not_encoded_although_no_flush_was_told() -> None:
    async def story() -> None:
        async with scene() as it:
            first = await it.hold()
            stale = it.ask("a", 2)
            it.over.add("a")
            it.toy.go.set()
            assert level(await first) == 1
            assert await stale is None
            assert it.toy.batches == [[1]]

    told(story())


def test_an_error_costs_its_own_window_and_the_next_batch_is_encoded() -> None:
    async def story() -> None:
        async with scene(Toy(unlucky=2)) as it:
            rows = await asyncio.gather(it.ask("a", 1), it.ask("b", 2), it.ask("c", 3))
            assert [level(row) for row in rows] == [1, None, 3]
            ((session, error),) = it.failures
            assert (session, str(error)) == ("b", "2 brings no luck")
            assert level(await it.ask("b", 4)) == 4

    told(story())


def test_a_session_that_left_is_not_answered_and_disturbs_nobody() -> None:
    async def story() -> None:
        async with scene() as it:
            first = await it.hold()
            gone, stays = it.ask("a", 2), it.ask("b", 3)
            first.cancel()
            gone.cancel()
            it.toy.go.set()
            assert level(await stays) == 3
            assert it.toy.batches == [[1], [3]]

    told(story())
