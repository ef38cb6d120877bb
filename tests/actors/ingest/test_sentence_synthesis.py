"""Sentences and their voices: who speaks, who speaks instead, and when it is asked."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from actors.ingest.sentence_synthesis import SentenceTask, SynthesisReport, VoiceChoice, spoken
from actors.ingest.speaking_rate import SpeakingRate
from actors.ingest.speech_frames import Run, SpeechPart
from actors.ingest.utterance import UtteranceTimes
from data.services import SpeechStyle
from models.service_error import ServiceError
from models.voice.errors import UnfitVoice
from models.voice.speech import SpeechPiece, SpokenWord
from tests.actors.session_rig import told, turn

RATE = 16_000
TENTH = np.full(RATE // 10, 0.1, np.float32)


class Voice:
    """A voice on a script: pieces to say, then perhaps an error."""

    def __init__(self, name: str, pieces: int = 3, error: Exception | None = None) -> None:
        self.name, self._pieces, self._error = name, pieces, error
        self.asked: list[str] = []
        self.closed = 0
        self.go = asyncio.Event()
        self.go.set()

    async def speak(self, sentence: str, style: SpeechStyle) -> AsyncGenerator[SpeechPiece]:
        self.asked.append(sentence)
        try:
            for number in range(self._pieces):
                await self.go.wait()
                words = (SpokenWord(sentence, 0.0, 0.3),) if number == 0 else ()
                yield SpeechPiece(RATE, TENTH, words)
            if self._error is not None:
                raise self._error
        finally:
            self.closed += 1

    async def close(self) -> None:
        """Nothing is held."""


class Told:
    """What was told while sentences were spoken."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.first: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.telling = SynthesisReport(
            self.troubles.append,
            lambda voice, seconds: self.first.append(voice),
            lambda service, reason: self.failed.append((service, reason)),
        )


async def parts(texts: Sequence[str], *voices: Voice, ahead: bool) -> AsyncGenerator[SentenceTask]:
    for text in texts:
        yield SentenceTask(text, [VoiceChoice(voice, SpeechStyle(), ahead) for voice in voices])


async def speak(
    texts: Sequence[str], *voices: Voice, told: Told, ahead: bool = False
) -> list[list[SpeechPart]]:
    found = []
    async for run in spoken(
        parts(texts, *voices, ahead=ahead), UtteranceTimes(0), SpeakingRate(), told.telling
    ):
        found.append([said async for said in run])
    return found


def begun(wanted: AsyncGenerator[SentenceTask]) -> AsyncGenerator[Run]:
    return spoken(wanted, UtteranceTimes(0), SpeakingRate(), Told().telling)


def chunks(run: list[SpeechPart]) -> int:
    return sum(len(said.chunks) for said in run)


def test_each_sentence_is_a_run_with_its_words() -> None:
    async def story() -> None:
        notes, voice = Told(), Voice("anna")
        runs = await speak(["One.", "Two."], voice, told=notes)
        assert [chunks(run) for run in runs] == [16, 16], "0.3 s to whole ticks"
        assert [run[0].sentence for run in runs] == ["One.", "Two."]
        assert runs[1][0].words == (SpokenWord("Two.", 0.0, 0.3),)
        assert notes.first == ["anna", "anna"]
        assert notes.troubles == []

    told(story())


@pytest.mark.parametrize(
    "error", [ServiceError("cloud", "down", "failed (503)"), UnfitVoice("no Chinese")]
)
def test_a_voice_that_fails_before_a_sound_gives_way_and_that_is_told(error: Exception) -> None:
    async def story() -> None:
        notes, cloud, anna = Told(), Voice("cloud", 0, error), Voice("anna")
        runs = await speak(["One.", "Two."], cloud, anna, told=notes)
        assert [chunks(run) for run in runs] == [16, 16]
        assert cloud.asked == anna.asked == ["One.", "Two."]
        assert notes.troubles == [f"{error}; anna speaks instead"] * 2

    told(story())


def test_a_voice_that_breaks_off_ends_its_sentence_and_the_next_follows() -> None:
    async def story() -> None:
        cut = ServiceError("cloud", "cut", "the connection broke")
        notes, cloud, anna = Told(), Voice("cloud", 2, cut), Voice("anna")
        runs = await speak(["One.", "Two."], cloud, anna, told=notes)
        assert [chunks(run) for run in runs] == [10, 10], "what was said, and no second voice"
        assert anna.asked == []
        assert notes.failed == [("cloud", "cut")] * 2
        assert notes.troubles == ["cloud: the connection broke"] * 2

    told(story())


def test_a_sentence_that_nobody_can_say_is_told_and_the_next_follows() -> None:
    async def story() -> None:
        notes, mute = Told(), Voice("mute", 0)
        runs = await speak(["One.", "Two."], mute, told=notes)
        assert [chunks(run) for run in runs] == [0, 0]
        assert notes.troubles == ["mute: no sound came"] * 2

    told(story())


def test_a_service_is_asked_for_the_next_sentence_while_this_one_is_heard() -> None:
    async def story() -> None:
        voice = Voice("cloud", 5)
        runs = spoken(
            parts(["One.", "Two.", "Three."], voice, ahead=True),
            UtteranceTimes(0),
            SpeakingRate(),
            Told().telling,
        )
        await anext(runs)
        await turn(30)
        assert voice.asked == ["One.", "Two."], "one ahead, no more"
        await runs.aclose()

    told(story())


def test_closing_closes_what_the_sentences_come_from() -> None:
    async def story() -> None:
        left = False

        async def answer() -> AsyncGenerator[SentenceTask]:
            nonlocal left
            try:
                async for part in parts(["One.", "Two.", "Three."], Voice("anna", 5), ahead=False):
                    yield part
            finally:
                left = True

        wanted = answer()
        runs = begun(wanted)
        await anext(runs)
        await turn(30)
        await runs.aclose()
        assert left, "though somebody still holds it"
        await wanted.aclose()

    told(story())


def test_a_voice_of_this_machine_is_asked_when_its_turn_comes() -> None:
    async def story() -> None:
        voice = Voice("anna", 5)
        runs = begun(parts(["One.", "Two."], voice, ahead=False))
        run = await anext(runs)
        await anext(run)
        await turn(30)
        assert voice.asked == ["One."]
        await runs.aclose()

    told(story())


def test_who_stops_listening_stops_the_voices() -> None:
    async def story() -> None:
        voice = Voice("cloud", 50)
        runs = begun(parts(["One.", "Two."], voice, ahead=True))
        run = await anext(runs)
        await anext(run)
        await runs.aclose()
        assert voice.closed == len(voice.asked) > 0
        assert len(asyncio.all_tasks()) == 1

    told(story())


def test_a_mistake_of_ours_is_not_swallowed() -> None:
    async def story() -> None:
        voice = Voice("anna", 1, RuntimeError("a bug"))
        with pytest.raises(RuntimeError, match="a bug"):
            await speak(["One."], voice, told=Told())

    told(story())


def test_the_pace_of_a_voice_is_learnt() -> None:
    pace = SpeakingRate()
    before = pace.words("slow", "Good morning to you")
    for _ in range(20):
        pace.learn("slow", "Good morning to you", 8.0)
    after = pace.words("slow", "Good morning to you")
    assert [word.text for word in after] == ["Good", "morning", "to", "you"]
    assert after[-1].end == pytest.approx(8.0, rel=0.2)
    assert before[-1].end < 3
