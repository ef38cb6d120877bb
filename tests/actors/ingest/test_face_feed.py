"""Chunks on their way to a face that may be away, over a real speech ring."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import numpy as np

from actors.ingest.face_feed import FaceFeed
from data.units import CHUNKS_PER_TICK, FEATURE_CHUNK, PLAYOUT_CHUNK
from models.sound.chunks import Chunk
from runtime.control_words import ControlWord
from runtime.layouts import Flag
from runtime.ports import Inlet
from server.sessions.rings import SPEECH_SLOTS
from tests.actors.session_rig import Rig, marked, told, turn

CHUNK = Chunk(np.zeros(FEATURE_CHUNK, np.float32), np.zeros(PLAYOUT_CHUNK, np.int16))
MANY = 3 * SPEECH_SLOTS


def taken(inlet: Inlet) -> list[int]:
    """The numbers of all chunks that are there."""
    found: list[int] = []
    while (slot := inlet.take()) is not None:
        found.append(int(slot["tick"]))
        inlet.release()
    return found


@asynccontextmanager
async def feeding() -> AsyncIterator[tuple[Rig, FaceFeed, Inlet]]:
    with Rig() as rig:
        feed, inlet = FaceFeed(rig.stand("ingest")), rig.inlet("speech")
        task = asyncio.ensure_future(feed.run())
        try:
            yield rig, feed, inlet
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def all_of(inlet: Inlet) -> list[int]:
    found: list[int] = []
    while some := taken(inlet):
        found += some
        await turn()
    return found


def test_a_face_that_is_there_gets_everything_in_order() -> None:
    async def story() -> None:
        async with feeding() as (_, feed, inlet):
            for number in range(MANY):
                feed.put(CHUNK, marked(tick=number))
            assert not feed.is_hungry
            assert await all_of(inlet) == list(range(MANY))
            assert feed.is_hungry

    told(story())


def test_what_was_heard_without_it_is_left_out_but_for_marks() -> None:
    async def story() -> None:
        async with feeding() as (rig, feed, inlet):
            for number in range(MANY):
                flags = Flag.LAST | Flag.BREAK if number == MANY - 1 else Flag(0)
                feed.put(CHUNK, marked(tick=number, flags=flags))
            rig.control.store(ControlWord.HEARD_UTTERANCE, 1)
            rig.control.store(ControlWord.HEARD_FRAME, MANY // CHUNKS_PER_TICK)
            found = await all_of(inlet)
            assert found == [*range(SPEECH_SLOTS), MANY - 1]

    told(story())


def test_nothing_of_an_epoch_that_is_over_waits() -> None:
    async def story() -> None:
        async with feeding() as (rig, feed, inlet):
            for number in range(MANY):
                feed.put(CHUNK, marked(tick=number))
            epoch = rig.control.advance()
            feed.flush()
            inlet.drop_stale()
            feed.put(CHUNK, marked(epoch, tick=7))
            await turn()
            assert await all_of(inlet) == [7]

    told(story())


def test_hunger_is_told_once_everything_was_taken() -> None:
    async def story() -> None:
        async with feeding() as (_, feed, inlet):
            told_of: list[int] = []
            assert not feed.arm(lambda: told_of.append(0)), "it is hungry already"
            for number in range(SPEECH_SLOTS + 2):
                feed.put(CHUNK, marked(tick=number))
            assert feed.arm(lambda: told_of.append(1))
            await turn()
            assert 1 not in told_of
            await all_of(inlet)
            assert told_of[-1] == 1

    told(story())
