"""The words of a turn that goes on, part by part."""

import asyncio
from collections.abc import Callable
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from actors.ingest.turn_transcriber import TurnTranscriber
from actors.ingest.turn_words import LONGEST_PART, PART, TurnWords
from data.services import Listening
from data.units import FEATURE_RATE
from models.hearing.recent_sound import RecentSound
from models.hearing.words import joined
from models.service_error import ServiceError
from tests.actors.session_rig import told, turn

SECOND = FEATURE_RATE


class Counting:
    """A transcriber that says from which second to which a sound goes: its samples count up."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.seconds: list[float] = []

    async def early(self, sound: NDArray[np.float32]) -> str:
        self.seconds.append(len(sound) / SECOND)
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return f"{sound[0]:.1f}-{sound[-1]:.1f}"


class Ear:
    """A turn from its first second on, which is 1."""

    def __init__(self) -> None:
        listening = Listening(padding_ms=300)
        self.recent, self.transcriber = RecentSound(listening), Counting()
        self.it = TurnWords(self.recent, cast(TurnTranscriber, self.transcriber), listening)
        self.at = 0

    def hear(self, seconds: float) -> int:
        """So much sound, whose samples are the seconds since the start; where it ends."""
        for _ in range(round(seconds * 10)):
            times = np.arange(self.at, self.at + SECOND // 10) / SECOND
            self.recent.push(times.astype(np.float32))
            self.at += SECOND // 10
            if self.at > SECOND:
                self.it.lasts(SECOND, self.at)
        return self.at


def story(test: Callable[[Ear], "asyncio.Future[None] | object"]) -> None:
    async def within() -> None:
        await test(Ear())  # type: ignore[misc]
        await turn(20)
        assert len(asyncio.all_tasks()) == 1

    told(within())


def test_a_short_part_is_looked_at_again_with_what_follows() -> None:
    async def test(ear: Ear) -> None:
        end = ear.hear(4)
        ear.hear(0.2)
        assert (await ear.it.until(SECOND, end)).text == "0.7-4.1"
        ear.it.goes_on()
        end = ear.hear(3)
        ear.hear(0.2)
        words = ear.it.taken(SECOND, end)
        assert words is None, "nobody looked for them yet"
        assert (await ear.it.until(SECOND, end)).text == "0.7-7.3"
        ear.it.stop()

    story(test)


def test_a_long_part_keeps_its_words_and_only_the_rest_is_left() -> None:
    async def test(ear: Ear) -> None:
        end = ear.hear(10)
        ear.hear(0.2)
        assert (await ear.it.until(SECOND, end)).text == "0.7-10.1"
        ear.it.goes_on()
        end = ear.hear(3)
        ear.hear(0.2)
        ear.it.until(SECOND, end)
        words = ear.it.taken(SECOND, end)
        assert words is not None
        assert (await words).text == "0.7-10.1 10.1-13.3"
        assert ear.transcriber.seconds[1] < 4
        assert end - SECOND > PART

    story(test)


def test_a_turn_without_a_pause_may_be_longer_than_what_is_remembered() -> None:
    async def test(ear: Ear) -> None:
        end = ear.hear(80)
        words = ear.it.taken(SECOND, end)
        assert words is not None
        parts = (await words).text.split(" ")
        assert parts[0].startswith("0.7-")
        assert parts[-1].endswith("-80.0")
        edges = [float(edge) for part in parts for edge in part.split("-")][1:-1]
        assert edges[::2] == pytest.approx(edges[1::2], abs=0.11), "nothing is lost or said twice"
        assert max(ear.transcriber.seconds) <= LONGEST_PART / SECOND + 0.5

    story(test)


def test_a_part_that_fails_fails_the_turn() -> None:
    async def test(ear: Ear) -> None:
        ear.transcriber.failure = ServiceError("asr", "down", "cannot be reached")
        end = ear.hear(40)
        words = ear.it.taken(SECOND, end)
        assert words is not None
        with pytest.raises(ServiceError):
            await words

    story(test)


def test_what_is_stopped_leaves_nothing() -> None:
    async def test(ear: Ear) -> None:
        end = ear.hear(40)
        ear.it.until(SECOND, end)
        ear.it.stop()
        assert ear.it.taken(SECOND, end) is None

    story(test)


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        (["One.", "Two."], "One. Two."),
        (["你好。", "再见。"], "你好。再见。"),
        (["", "One", ""], "One"),
        ([], ""),
    ],
)
def test_parts_are_joined_as_their_language_is_written(texts: list[str], whole: str) -> None:
    assert joined(texts) == whole
