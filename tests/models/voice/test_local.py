"""A voice in a thread: the same sound, one trip for a piece, and nothing goes on after a stop."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import aclosing

import numpy as np
import pytest

from data.services import SpeechStyle
from models.voice.errors import UnfitVoice
from models.voice.espeak import EspeakVoice
from models.voice.hibari import HibariVoice
from models.voice.local import ThreadedSpeaker
from models.voice.speech import Speaker, SpeechPiece
from models.voice.voice import BlockingVoice

SENTENCE = "She sells sea shells by the sea shore."


class Counted:
    """Speaks pieces of silence for ever, one for each permit, and counts them."""

    name = "counted"
    rate = 16_000
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.permits = threading.Semaphore(0)
        self.begun = threading.Semaphore(0)
        self.made = 0
        self.threads: set[int] = set()
        self.finished = threading.Event()

    def unspeakable(self, sentence: str) -> str:
        return ""

    def speak(self, sentence: str, speed: float = 1.0) -> Iterator[SpeechPiece]:
        try:
            while True:
                self.begun.release()
                self.permits.acquire()
                self.threads.add(threading.get_ident())
                self.made += 1
                yield SpeechPiece(self.rate, np.zeros(160, np.float32))
        finally:
            self.finished.set()


class Trips(Executor):
    """Counts what is sent to a thread."""

    def __init__(self, inner: ThreadPoolExecutor) -> None:
        self.inner = inner
        self.count = 0

    def submit(self, *args, **kwargs):  # type: ignore[no-untyped-def]  # passed on as it came
        self.count += 1
        return self.inner.submit(*args, **kwargs)


async def _all(speaker: Speaker, sentence: str, style: SpeechStyle) -> list[SpeechPiece]:
    async with aclosing(speaker.speak(sentence, style)) as pieces:
        return [piece async for piece in pieces]


def test_it_is_the_voice_itself_one_trip_for_each_piece(hibari: HibariVoice) -> None:
    with ThreadPoolExecutor(1) as pool:
        trips = Trips(pool)
        speaker: Speaker = ThreadedSpeaker(hibari, trips)
        assert speaker.name == "hibari"
        heard = asyncio.run(_all(speaker, SENTENCE, SpeechStyle(speed=1.5)))
    expected = list(hibari.speak(SENTENCE, 1.5))
    assert trips.count == len(heard) + 1, "the last one says that it is over"
    assert [piece.words for piece in heard] == [piece.words for piece in expected]
    assert all(np.array_equal(a.sound, b.sound) for a, b in zip(heard, expected, strict=True))


def test_the_first_piece_needs_one_trip() -> None:
    async def first(voice: BlockingVoice, trips: Trips) -> int:
        async with aclosing(ThreadedSpeaker(voice, trips).speak("x", SpeechStyle())) as pieces:
            await anext(pieces)
            return trips.count

    voice = Counted()
    voice.permits.release()
    with ThreadPoolExecutor(1) as pool:
        assert asyncio.run(first(voice, Trips(pool))) == 1
    assert voice.threads.isdisjoint({threading.get_ident()})


def test_refusals_come_from_the_first_piece(espeak: EspeakVoice) -> None:
    with ThreadPoolExecutor(1) as pool:
        speaker = ThreadedSpeaker(espeak, pool)
        with pytest.raises(UnfitVoice, match="nothing to say"):
            asyncio.run(_all(speaker, "...", SpeechStyle()))
        with pytest.raises(ValueError, match="speed must be"):
            asyncio.run(_all(speaker, "Hi.", SpeechStyle(speed=3.0)))


def test_closing_between_pieces_stops_it() -> None:
    async def two(voice: Counted, pool: Executor) -> None:
        async with aclosing(ThreadedSpeaker(voice, pool).speak("x", SpeechStyle())) as pieces:
            await anext(pieces)
            await anext(pieces)

    voice = Counted()
    voice.permits.release(100)
    with ThreadPoolExecutor(1) as pool:
        asyncio.run(two(voice, pool))
    assert voice.made == 2
    assert voice.finished.is_set()


def test_cancelling_in_the_middle_of_a_piece_finishes_that_piece_alone() -> None:
    async def cancelled(voice: Counted, pool: Executor) -> None:
        speaking = asyncio.ensure_future(_all(ThreadedSpeaker(voice, pool), "x", SpeechStyle()))
        await asyncio.to_thread(voice.begun.acquire)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking
        voice.permits.release(100)

    voice = Counted()
    with ThreadPoolExecutor(1) as pool:
        asyncio.run(cancelled(voice, pool))
    assert voice.made == 1
    assert voice.finished.wait(10)


def test_sentences_may_be_spoken_at_once(espeak: EspeakVoice) -> None:
    lines = ["One.", "One and two.", "One and two and three."]

    async def at_once(pool: Executor) -> list[list[SpeechPiece]]:
        speaker = ThreadedSpeaker(espeak, pool)
        return await asyncio.gather(*(_all(speaker, line, SpeechStyle()) for line in lines))

    with ThreadPoolExecutor(3) as pool:
        heard = asyncio.run(at_once(pool))
    said = [[word.text for piece in pieces for word in piece.words] for pieces in heard]
    assert said == [line.rstrip(".").split() for line in lines]
