"""The person's ear with the real voice activity network, over a real mic ring."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from actors.ingest.listener import BACKCHANNEL, Listener
from actors.ingest.played_sound import PlayedSound
from actors.ingest.turn_transcriber import TurnTranscriber
from data.services import AsrService, Listening
from data.units import FEATURE_CHUNK, FEATURE_RATE
from models.hearing.transcriber import Told
from models.hearing.vad import Vad
from models.service_error import ServiceError
from models.sound.resample import FILE_QUALITY, Resampler
from models.voice.hibari import HibariVoice
from runtime.control_words import ControlWord
from tests.actors.session_rig import Lent, Rig, marked, told, turn

Sound = NDArray[np.float32]


@pytest.fixture(scope="module")
def vad() -> Vad:
    return Vad()


@pytest.fixture(scope="module")
def say() -> Callable[[str], Sound]:
    """A person's sentence at 16 kHz, with silence around it."""
    voice = HibariVoice()

    def spoken(text: str) -> Sound:
        resampler = Resampler(voice.rate, FEATURE_RATE, FILE_QUALITY)
        pieces = [resampler.push(piece.sound) for piece in voice.speak(text)]
        return np.concatenate([silence(0.3), *pieces, resampler.finish(), silence(1.2)])

    return spoken


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * FEATURE_RATE), np.float32)


class Script:
    """A transcriber that understands what it is told to."""

    def __init__(self, *texts: str | Exception) -> None:
        self.texts = list(texts)
        self.heard: list[float] = []

    async def transcribe(self, sound: Sound, language: str = "", told: Told | None = None) -> str:
        self.heard.append(len(sound) / FEATURE_RATE)
        text = self.texts.pop(0)
        if isinstance(text, Exception):
            raise text
        return text

    async def partial(self, sound: Sound, language: str = "") -> str | None:
        return None if not self.texts or isinstance(self.texts[0], Exception) else self.texts[0]

    async def close(self) -> None:
        """Nothing is held."""


class Person:
    """Somebody at the microphone, and a face that may be talking."""

    def __init__(self, rig: Rig, listener: Listener, lent: Lent) -> None:
        self.rig, self.listener, self.lent = rig, listener, lent
        self.mic = rig.outlet("mic")
        self.held: list[int] = []

    async def speak(self, sound: Sound) -> None:
        """The sound, chunk by chunk, while as much of what is played leaves; after each it is
        noted whether the face holds its tongue."""
        for at in range(0, len(sound) - FEATURE_CHUNK + 1, FEATURE_CHUNK):
            self.rig.control.store(ControlWord.HEARD_FRAME, at // (2 * FEATURE_CHUNK))
            slot = await self.mic.room()
            slot["sound"] = sound[at : at + FEATURE_CHUNK]
            self.mic.publish(slot, marked())
            await turn(3)
            self.held.append(self.rig.control.load(ControlWord.HELD))
        await turn(20)


@asynccontextmanager
async def person(
    vad: Vad,
    *texts: str | Exception,
    talking: bool = True,
    listening: Listening | None = None,
    partial_ms: int = 0,
    echo_of: Sound | None = None,
) -> AsyncIterator[Person]:
    with Rig() as rig:
        lent = Lent(Path("/nonexistent"))
        emit = lent.context.emit
        notes = TurnTranscriber("s", Script(*texts), "", emit, lambda a, b: None) if texts else None
        session = rig.stand("ingest")
        asr = AsrService(partial_ms=partial_ms)
        played = PlayedSound(rig.control)
        if echo_of is not None:
            for number in range(len(echo_of) // FEATURE_CHUNK):
                at = number * FEATURE_CHUNK
                played.push(1, number, echo_of[at : at + FEATURE_CHUNK])
            rig.control.store(ControlWord.HEARD_UTTERANCE, 1)
        listener = Listener(
            session,
            vad,
            listening or Listening(),
            asr,
            notes,
            emit,
            lambda: talking,
            played=played,
        )
        tasks = [asyncio.ensure_future(listener.run())]
        if notes is not None:
            tasks.append(asyncio.ensure_future(notes.run(listener.decide)))
        try:
            yield Person(rig, listener, lent)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


def test_turns_count_on_from_those_of_a_process_that_died(
    vad: Vad, say: Callable[[str], Sound]
) -> None:
    async def story() -> None:
        async with person(vad, talking=False) as it:
            it.rig.control.store(ControlWord.TURN, 6)
            await it.speak(say("Excuse me, I have a question."))
            turns = [one.turn for one in it.lent.events if one.kind == "turn"]
            assert turns == [7]

    told(story())


def test_a_person_who_speaks_interrupts(vad: Vad, say: Callable[[str], Sound]) -> None:
    async def story() -> None:
        async with person(vad) as it:
            await it.speak(say("Excuse me, I have a question."))
            assert it.lent.kinds()[:2] == ["hearing", "barge"]
            assert "turn" in it.lent.kinds()
            first = it.held.index(1)
            assert first * 20 - 300 < 250, "it held its tongue soon after the first voice"
            it.listener.flush()
            assert it.rig.control.load(ControlWord.HELD) == 0

    told(story())


def test_a_short_noise_lets_the_face_speak_on(vad: Vad, say: Callable[[str], Sound]) -> None:
    async def story() -> None:
        async with person(vad, listening=Listening(barge_ms=1200)) as it:
            await it.speak(say("Mhm."))
            assert "barge" not in it.lent.kinds()
            assert it.lent.kinds()[0] == "hearing"
            assert "false_alarm" in it.lent.kinds()
            assert 1 in it.held
            assert it.held[-1] == 0

    told(story())


def test_silence_and_clicks_are_nothing(vad: Vad) -> None:
    async def story() -> None:
        async with person(vad) as it:
            clicks = silence(2.0)
            clicks[::4000] = 0.8
            await it.speak(clicks)
            assert it.lent.kinds() == []
            assert set(it.held) == {0}

    told(story())


def test_words_decide_where_there_is_a_transcriber(vad: Vad, say: Callable[[str], Sound]) -> None:
    async def story() -> None:
        async with person(vad, "uh-huh, right") as it:
            await it.speak(say("Aha, right."))
            kinds = it.lent.kinds()
            assert "barge" not in kinds
            final = next(event for event in it.lent.events if event.kind == "final")
            assert final.detail == BACKCHANNEL
            assert it.held[-1] == 0
        async with person(vad, "stop that") as it:
            await it.speak(say("Stop that."))
            kinds = it.lent.kinds()
            assert kinds.index("barge") < kinds.index("final")
            final = next(event for event in it.lent.events if event.kind == "final")
            assert (final.text, final.turn, final.detail) == ("stop that", 1, "")

    told(story())


def test_a_turn_while_the_face_is_silent_is_a_question(
    vad: Vad, say: Callable[[str], Sound]
) -> None:
    async def story() -> None:
        async with person(vad, "what time is it", "and where", talking=False) as it:
            await it.speak(say("What time is it?"))
            await it.speak(say("And where?"))
            finals = [(e.turn, e.text) for e in it.lent.events if e.kind == "final"]
            assert finals == [(1, "what time is it"), (2, "and where")]
            assert "barge" not in it.lent.kinds()
            assert set(it.held) == {0}
            notes = it.listener.transcriber
            assert notes is not None
            steps = notes.steps(2)
            assert steps is not None
            assert steps.voice_end < steps.turn_end <= steps.transcript

    told(story())


def test_a_transcriber_that_fails_is_told_and_the_face_speaks_on(
    vad: Vad, say: Callable[[str], Sound]
) -> None:
    async def story() -> None:
        async with person(vad, ServiceError("asr", "down", "cannot be reached")) as it:
            await it.speak(say("Excuse me."))
            event = await it.lent.until("error")
            assert event.detail == "asr: cannot be reached"
            assert it.rig.control.load(ControlWord.HELD) == 0

    told(story())


def test_partial_results_come_while_the_person_speaks(
    vad: Vad, say: Callable[[str], Sound]
) -> None:
    async def story() -> None:
        async with person(vad, "one two", talking=False, partial_ms=320) as it:
            await it.speak(say("One two three four five six seven eight nine."))
            kinds = it.lent.kinds()
            assert kinds.count("partial") >= 2
            assert kinds.index("partial") < kinds.index("turn")

    told(story())


def test_with_barge_in_off_the_face_speaks_on(vad: Vad, say: Callable[[str], Sound]) -> None:
    async def story() -> None:
        async with person(vad, listening=Listening(barge_in=False)) as it:
            await it.speak(say("Excuse me, I have a question."))
            assert "barge" not in it.lent.kinds()
            assert set(it.held) == {0}
            assert "turn" in it.lent.kinds()

    told(story())


@pytest.mark.parametrize("decibels", [6, 12, 20])
def test_its_own_voice_from_a_loudspeaker_is_nobodys_turn(
    vad: Vad, say: Callable[[str], Sound], decibels: float
) -> None:
    async def story() -> None:
        said = say("Good morning.")
        async with person(vad, "good morning", echo_of=said) as it:
            late = np.concatenate([silence(0.2), said, silence(0.5)])
            await it.speak(late * np.float32(10 ** (-decibels / 20)))
            assert it.lent.kinds() == []
            assert set(it.held) == {0}

    told(story())


def test_a_person_is_heard_while_something_else_was_played(
    vad: Vad, say: Callable[[str], Sound]
) -> None:
    async def story() -> None:
        async with person(vad, "stop that", echo_of=say("Good morning to you all.")) as it:
            await it.speak(say("Stop that."))
            kinds = it.lent.kinds()
            assert kinds.index("hearing") < kinds.index("barge") < kinds.index("final")

    told(story())


def test_a_person_is_heard_over_the_echo(vad: Vad, say: Callable[[str], Sound]) -> None:
    async def story() -> None:
        said = say("Once upon a time there was a river.")
        async with person(vad, "stop that please", echo_of=said) as it:
            echo = said * np.float32(0.05)
            over = np.zeros_like(echo)
            voice = say("Stop that please, I have a question.")[: len(over) - FEATURE_RATE]
            over[FEATURE_RATE : FEATURE_RATE + len(voice)] = voice
            await it.speak(np.concatenate([echo + over, silence(1.0)]))
            kinds = it.lent.kinds()
            assert kinds.index("hearing") < kinds.index("barge")

    told(story())


def test_without_the_gate_an_echo_is_a_voice(vad: Vad, say: Callable[[str], Sound]) -> None:
    async def story() -> None:
        said = say("Good morning.")
        listening = Listening(echo_gate=False)
        async with person(vad, "good morning", echo_of=said, listening=listening) as it:
            await it.speak(said)
            assert it.lent.kinds()[0] == "hearing"

    told(story())
