"""One session's line of utterances, over a real speech ring."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from actors.ingest.speech_frames import ChunkBatch, Run, SpeechPart, marked, one
from actors.ingest.speech_queue import SpeechQueue
from actors.ingest.utterance import Utterance, UtteranceTimes
from data.units import CHUNK_MS, CHUNKS_PER_TICK, FEATURE_CHUNK, PLAYOUT_CHUNK
from models.sound.chunks import Chunk
from runtime.control_words import ControlWord
from runtime.errors import QueueFull
from runtime.layouts import Flag, Stage
from runtime.ports import Mark
from server.sessions.rings import SOUND_MS, SPEECH_SLOTS
from tests.actors.session_rig import Lent, Rig, told, turn

MOST = 3
SOUND_SLOTS = (SOUND_MS + 160) // CHUNK_MS


def chunk(number: int) -> Chunk:
    return Chunk(np.zeros(FEATURE_CHUNK, np.float32), np.full(PLAYOUT_CHUNK, number, np.int16))


def saying(numbers: Iterable[int], text: str = "") -> AsyncGenerator[ChunkBatch]:
    """One sentence of numbered chunks."""

    async def run() -> Run:
        begins = text
        for number in numbers:
            yield SpeechPart([chunk(number)], begins)
            begins = ""

    return marked(one(run()))


def failing(numbers: Iterable[int]) -> AsyncGenerator[ChunkBatch]:
    """The same, but it breaks off."""

    async def run() -> Run:
        for number in numbers:
            yield SpeechPart([chunk(number)])
        raise OSError("the file is damaged")

    return marked(one(run()))


class Spoken:
    """A line that runs, and the readers behind its rings: the face's, and the ear's beside it."""

    def __init__(self, rig: Rig, lent: Lent) -> None:
        self.rig, self.lent = rig, lent
        self.freed: list[int] = []
        self.inlet = rig.inlet("speech")
        self.sound = rig.inlet("sound")
        self.line = SpeechQueue(rig.stand("ingest"), MOST, lent.context.emit)
        self.task = asyncio.ensure_future(self.line.run())

    def say(self, number: int, batches: AsyncGenerator[ChunkBatch], epoch: int = 0) -> None:
        free = lambda: self.freed.append(number)  # noqa: E731
        self.line.put(Utterance(number, epoch, batches, UtteranceTimes(1234, "tester"), free))

    def interrupt(self) -> int:
        """As the supervisor does it: the epoch first, then the notice."""
        epoch = self.rig.control.advance()
        self.sound.drop_stale()
        self.line.flush()
        return epoch

    async def hear(self) -> tuple[Mark, int]:
        """The next chunk's mark and number."""
        slot = await self.inlet.next()
        heard = self.inlet.mark(slot), int(slot["ear"][0])
        self.inlet.release()
        sound = self.sound.take()
        assert sound is not None, "the ear is never behind the face"
        same = heard[0].utterance, heard[0].tick, heard[1]
        assert (int(sound["utterance"]), int(sound["tick"]), int(sound["ear"][0])) == same
        self.sound.release()
        return heard

    async def utterance(self) -> tuple[int, list[int]]:
        """An utterance to its end: whose it is, and its chunks without the silent tick."""
        numbers: list[int] = []
        while True:
            mark, number = await self.hear()
            numbers.append(number)
            if Flag.LAST in mark.flags:
                return mark.utterance, numbers[:-CHUNKS_PER_TICK]

    async def full(self) -> None:
        """Wait until the ear's ring has no room."""
        while self.rig.rings.counters()["sound"].stalls == 0:
            await turn()


@asynccontextmanager
async def spoken() -> AsyncIterator[Spoken]:
    with Rig() as rig:
        made = Spoken(rig, Lent(Path("/nonexistent")))
        try:
            yield made
        finally:
            made.task.cancel()
            with suppress(asyncio.CancelledError):
                await made.task


def test_utterances_are_spoken_one_after_another() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, saying([1, 2, 3]))
            it.say(2, saying([4]))
            assert await it.utterance() == (1, [1, 2, 3])
            it.say(3, saying(range(10, 10 + 2 * SPEECH_SLOTS)))
            assert await it.utterance() == (2, [4])
            assert await it.utterance() == (3, list(range(10, 10 + 2 * SPEECH_SLOTS)))
            assert it.lent.events == []

    told(story())


def test_chunks_are_numbered_marked_and_stamped() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(7, saying([5, 6]))
            marks = [(await it.hear())[0] for _ in range(4)]
            assert [mark.tick for mark in marks] == [0, 1, 2, 3]
            assert {mark.utterance for mark in marks} == {7}
            assert [mark.flags for mark in marks] == [
                Flag.FIRST,
                Flag.BREAK,
                Flag(0),
                Flag.LAST | Flag.BREAK,
            ]
            assert marks[0].stamps[Stage.INGEST, 0] == 1234, "the request's own time"
            assert all(mark.stamps[Stage.INGEST, 1] > 1234 for mark in marks)

    told(story())


def test_no_more_may_wait_than_the_most() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(0, saying(range(2 * SOUND_SLOTS)))
            await it.full()
            for number in range(1, MOST + 1):
                it.say(number, saying([number]))
            with pytest.raises(QueueFull, match=f"{MOST} utterances are waiting"):
                it.say(99, saying([99]))
            heard = [await it.utterance() for _ in range(MOST + 1)]
            assert [number for number, _ in heard] == [0, 1, 2, 3]
            it.say(5, saying([5]))
            assert await it.utterance() == (5, [5])

    told(story())


def test_nothing_stale_follows_a_flush_and_what_is_said_behind_it_is_heard() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, saying(range(1, 10 * SPEECH_SLOTS)))
            it.say(2, saying([2]))
            await it.full()
            epoch = it.interrupt()
            it.say(3, saying([33, 34]), epoch)
            heard = [await it.hear() for _ in range(2 + CHUNKS_PER_TICK)]
            assert [mark.utterance for mark, _ in heard] == [3] * 4
            assert {mark.epoch for mark, _ in heard} == {epoch}
            assert [number for _, number in heard[:2]] == [33, 34]
            assert it.inlet.take() is None
            assert it.lent.events == []

    told(story())


def test_a_flush_of_what_was_put_in_the_new_epoch_is_none() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, saying([1]))
            epoch = it.rig.control.advance()
            it.say(2, saying([2, 3]), epoch)
            it.line.flush()
            assert await it.utterance() == (2, [2, 3])

    told(story())


def test_a_second_flush_in_one_epoch_hurts_nobody() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, saying(range(2 * SOUND_SLOTS)))
            await it.full()
            it.line.flush()
            assert await it.utterance() == (1, list(range(2 * SOUND_SLOTS)))

    told(story())


def test_sound_that_is_being_made_when_the_flush_comes_is_not_heard() -> None:
    async def story() -> None:
        inside, go = asyncio.Event(), asyncio.Event()

        async def slow() -> Run:
            inside.set()
            await go.wait()
            yield SpeechPart([chunk(1)])

        async with spoken() as it:
            it.say(1, marked(one(slow())))
            await inside.wait()
            epoch = it.interrupt()
            it.say(2, saying([22]), epoch)
            assert await it.utterance() == (2, [22])
            go.set()
            it.say(3, saying([33]), epoch)
            assert await it.utterance() == (3, [33])
            assert it.lent.events == []

    told(story())


def test_each_utterance_is_freed_once_however_it_ends() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, saying(range(10 * SPEECH_SLOTS)))
            it.say(2, saying([2]))
            await it.full()
            it.interrupt()
            await turn()
            assert sorted(it.freed) == [1, 2]
            it.say(3, saying([3]), 1)
            await it.utterance()
            await turn()
            it.say(4, saying(range(10 * SPEECH_SLOTS)), 1)
            for number in range(5, 5 + MOST):
                await turn()
                it.say(number, saying([number]), 1)
            with pytest.raises(QueueFull):
                it.say(99, saying([99]), 1)
        assert sorted(it.freed) == [1, 2, 3, 4, 5, 6, 7, 99]

    told(story())


def test_sentences_are_told_with_the_frame_in_which_they_begin() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(6, saying([1, 2], "Hello."))
            await it.utterance()
            [cue] = it.lent.cues
            assert (cue.utterance, cue.epoch, cue.frame, cue.text) == (6, 0, 0, "Hello.")
            [thought] = it.lent.thoughts
            assert (thought.utterance, thought.asked, thought.voice) == (6, 1234, "tester")

    told(story())


def test_an_utterance_that_fails_is_told_and_ends_and_the_next_goes_on() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, failing([1, 2, 3]))
            it.say(2, saying([9]))
            number, chunks = await it.utterance()
            assert (number, chunks) == (1, [1, 2]), "what was certain was heard, and it ended"
            assert await it.utterance() == (2, [9])
            [event] = it.lent.events
            assert (event.kind, event.utterance, event.session) == ("failed", 1, "s")
            assert event.detail == "the file is damaged"

    told(story())


def test_an_utterance_that_fails_before_its_first_sound_is_only_told() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, failing([]))
            it.say(2, saying([9]))
            assert await it.utterance() == (2, [9])
            assert [(event.kind, event.utterance) for event in it.lent.events] == [("failed", 1)]

    told(story())


def test_a_line_that_is_cancelled_while_the_ring_is_full_lets_go() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.say(1, saying(range(10 * SPEECH_SLOTS)))
            await it.full()
            it.task.cancel()
            await asyncio.wait([it.task])
            await turn()
            it.rig.leave("ingest")
            heard = 0
            while it.inlet.take() is not None:
                it.inlet.release()
                heard += 1
            assert heard == SPEECH_SLOTS, "what was published stays, nothing else comes"
            assert it.lent.events == []

    told(story())


def test_a_face_that_wants_more_than_the_ear_has_room_for_gets_it_unless_it_catches_up() -> None:
    async def story() -> None:
        async with spoken() as it:
            it.rig.control.store(ControlWord.STANDS_IN, 1)
            it.say(1, saying(range(2 * SOUND_SLOTS)))
            await it.full()
            seen = 0
            while (slot := it.inlet.take()) is not None:
                seen = int(slot["tick"]) + 1
                it.inlet.release()
                await turn()
            assert seen == SOUND_SLOTS, "what goes to the face went to the ear before"
            it.rig.control.store(ControlWord.STANDS_IN, 0)
            for _ in range(2):  # the ear takes two, which wakes the queue
                assert it.sound.take() is not None
                it.sound.release()
            await turn(20)
            while (slot := it.inlet.take()) is not None:
                seen = int(slot["tick"]) + 1
                it.inlet.release()
                await turn()
            assert seen > SOUND_SLOTS + 2, "an engine that looks far ahead is not kept waiting"

    told(story())
