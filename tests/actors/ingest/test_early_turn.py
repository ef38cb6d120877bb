"""What is done before a turn is sure to be over: words, opinions and drafts on a script."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from actors.ingest.early_turn import EarlyTurn
from actors.ingest.turn_transcriber import FoundWords, TurnTranscriber
from actors.ingest.turn_words import TurnWords
from data.services import Listening
from models.hearing.endpoint import Endpointer, Pause, TurnEnd
from models.hearing.recent_sound import RecentSound
from models.hearing.transcriber import Told
from models.service_error import ServiceError
from tests.actors.session_rig import told, turn

WINDOW = 512
VOICE, NOISE = 0.9, 0.05
Sound = NDArray[np.float32]


class Scripted:
    """The words, the network's opinion and the drafts, each as the test says and when."""

    def __init__(self, *, text: str | Exception, likely: float | None) -> None:
        self.text, self.likely = text, likely
        self.heard = 0
        self.asked = 0
        self.drafts: list[str] = []
        self.speak, self.judge = asyncio.Event(), asyncio.Event()
        self.speak.set()
        self.judge.set()

    async def transcribe(self, sound: Sound, language: str = "", told: Told | None = None) -> str:
        self.heard += 1
        await self.speak.wait()
        if isinstance(self.text, Exception):
            raise self.text
        return self.text

    async def partial(self, sound: Sound, language: str = "") -> str | None:
        return None

    async def complete(self, sound: Sound) -> float | None:
        self.asked += 1
        await self.judge.wait()
        return self.likely

    async def close(self) -> None:
        """Nothing is held."""

    def begin(self, text: str) -> None:
        self.drafts.append(text)

    def drop(self) -> None:
        self.drafts.append("-")


class Ear:
    """An endpointer with its early turn, as the listener ties them."""

    def __init__(self, script: Scripted) -> None:
        listening = Listening()
        self.endpointer = Endpointer(listening)
        transcriber = TurnTranscriber("s", script, "", lambda news: None, lambda a, b: None)
        self.recent = RecentSound(listening)
        self.early = EarlyTurn(
            self.endpointer,
            self.recent,
            TurnWords(self.recent, transcriber, listening),
            script,  # type: ignore[arg-type]  # it says how likely, which is all that is asked
            script,
        )
        self.ends: list[TurnEnd] = []
        self.words: asyncio.Task[FoundWords] | None = None

    async def hear(self, probability: float, windows: int) -> None:
        """So many windows, after each of which everything that is ready runs."""
        for _ in range(windows):
            for noticed in self.endpointer.push(probability):
                self.take(noticed)
            await turn(5)

    def finish(self) -> None:
        for noticed in self.endpointer.finish():
            self.take(noticed)

    def take(self, noticed: object) -> None:
        if isinstance(noticed, Pause):
            self.early.pause(noticed, self.finish)
        elif isinstance(noticed, TurnEnd):
            self.ends.append(noticed)
            self.words = self.early.taken(noticed.start, noticed.end)
        elif type(noticed).__name__ == "GoesOn":
            self.early.goes_on()


@asynccontextmanager
async def ear(script: Scripted) -> AsyncIterator[Ear]:
    it = Ear(script)
    yield it
    it.early.stop()
    await turn()
    assert len(asyncio.all_tasks()) == 1, "nothing is left behind"


def silence(it: Ear) -> int:
    """Windows of silence that ended the turn."""
    return (it.ends[0].at - it.ends[0].end) // WINDOW


def test_a_complete_turn_ends_with_the_short_silence_and_its_words_are_there() -> None:
    async def story() -> None:
        script = Scripted(text="What time is it?", likely=0.9)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 10)
            assert silence(it) == 6, "180 ms"
            assert it.words is not None
            assert (await it.words).text == "What time is it?"
            assert (script.heard, script.drafts) == (1, ["What time is it?"])

    told(story())


def test_words_that_come_late_end_the_turn_when_they_come() -> None:
    async def story() -> None:
        script = Scripted(text="What time is it?", likely=0.9)
        script.speak.clear()
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 9)
            assert not it.ends
            script.speak.set()
            await turn(10)
            assert silence(it) == 9

    told(story())


def test_words_later_than_the_long_silence_are_waited_for_as_long_as_somebody_who_thinks() -> None:
    async def story() -> None:
        script = Scripted(text="What time is it?", likely=0.9)
        script.speak.clear()
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 62)
            assert not it.ends
            await it.hear(NOISE, 1)
            assert silence(it) == 63, "2 s"
            assert it.words is not None
            assert not it.words.done()
            script.speak.set()
            assert (await it.words).text == "What time is it?"
            assert script.heard == 1

    told(story())


def test_who_thinks_is_waited_for_by_how_they_sound_or_by_their_words() -> None:
    async def story() -> None:
        for script in (
            Scripted(text="I would like some.", likely=0.1),
            Scripted(text="I would like the", likely=0.9),
        ):
            async with ear(script) as it:
                await it.hear(VOICE, 20)
                await it.hear(NOISE, 70)
                assert silence(it) == 63, "2 s"
                assert script.drafts == []
                assert script.asked == 2, "again when the silence was long"

    told(story())


def test_who_sounds_finished_after_a_while_is_not_kept_waiting() -> None:
    async def story() -> None:
        script = Scripted(text="It was fine.", likely=0.1)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 12)
            script.likely = 0.95
            await it.hear(NOISE, 10)
            assert silence(it) == 16
            assert script.drafts == ["It was fine."]

    told(story())


def test_a_statement_is_given_a_breath_longer_than_a_question() -> None:
    async def story() -> None:
        script = Scripted(text="I went to the market yesterday.", likely=0.99)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 10)
            assert it.ends == []
            await it.hear(NOISE, 4)
            assert len(it.ends) == 1
            assert script.drafts == ["I went to the market yesterday."]

    told(story())


def test_what_was_begun_for_one_who_goes_on_is_thrown_away() -> None:
    async def story() -> None:
        script = Scripted(text="I like tea.", likely=0.9)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 5)
            await it.hear(VOICE, 10)
            assert script.drafts == ["I like tea.", "-"]
            script.text = "I like tea and milk."
            await it.hear(NOISE, 14)
            assert script.drafts[2:] == ["I like tea and milk."]
            assert it.words is not None
            assert (await it.words).text == "I like tea and milk."
            assert len(it.ends) == 1

    told(story())


def test_words_that_are_not_to_be_had_leave_the_long_silence() -> None:
    async def story() -> None:
        script = Scripted(text=ServiceError("asr", "busy", "8 sounds wait"), likely=0.9)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 20)
            assert silence(it) == 16
            assert script.drafts == []

    told(story())


def test_a_network_that_is_too_busy_leaves_it_to_the_words_and_the_long_silence() -> None:
    async def story() -> None:
        for text, windows in (("What time is it?", 16), ("I would like a", 63)):
            script = Scripted(text=text, likely=None)
            async with ear(script) as it:
                await it.hear(VOICE, 20)
                await it.hear(NOISE, 70)
                assert silence(it) == windows
                assert script.drafts == ([text] if windows == 16 else [])

    told(story())


def test_a_later_look_must_outweigh_the_first() -> None:
    """A silence that lasts sounds like an end by itself."""

    async def story() -> None:
        for first, later, windows in ((0.01, 0.7, 63), (0.2, 0.9, 16)):
            script = Scripted(text="Can you tell me about it?", likely=first)
            async with ear(script) as it:
                await it.hear(VOICE, 20)
                await it.hear(NOISE, 12)
                script.likely = later
                await it.hear(NOISE, 60)
                assert silence(it) == windows

    told(story())


def test_a_network_that_is_not_sure_waits_for_the_long_silence_with_a_draft() -> None:
    async def story() -> None:
        script = Scripted(text="I went home.", likely=0.7)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 8)
            assert script.drafts == ["I went home."]
            await it.hear(NOISE, 20)
            assert silence(it) == 16

    told(story())


def test_somebody_who_is_only_named_is_given_the_long_silence_where_the_network_is_sure() -> None:
    async def story() -> None:
        for likely, windows in ((0.7, 63), (0.9, 16)):
            script = Scripted(text="My brother.", likely=likely)
            async with ear(script) as it:
                await it.hear(VOICE, 20)
                await it.hear(NOISE, 70)
                assert silence(it) == windows

    told(story())


def test_the_words_say_when_they_were_asked_for_and_found() -> None:
    async def story() -> None:
        async with ear(Scripted(text="What time is it?", likely=0.9)) as it:
            await it.hear(VOICE, 20)
            before = time.monotonic_ns()
            await it.hear(NOISE, 10)
            assert it.words is not None
            words = await it.words
            assert before < words.asked <= words.found < time.monotonic_ns()

    told(story())


def test_a_noise_without_words_has_no_draft() -> None:
    async def story() -> None:
        script = Scripted(text="", likely=0.9)
        async with ear(script) as it:
            await it.hear(VOICE, 20)
            await it.hear(NOISE, 20)
            assert silence(it) == 16
            assert script.drafts == []

    told(story())
