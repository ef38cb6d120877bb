"""ingest with the real voices: what it refuses, what it speaks, what it lets go."""

import asyncio
import gc
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from actors.ingest.actor import Ingest
from data.services import AsrService, LlmService, TtsService
from runtime.errors import (
    BrokenSound,
    CannotSpeak,
    NotConfigured,
    QueueFull,
    RingtalkError,
    SoundTooLong,
    TextRefused,
    UnknownSession,
    UnreadableSound,
)
from runtime.layouts import Flag
from runtime.messages import ReadMetrics
from tests.actors.ingest.ingest_rig import MOST_SECONDS, MOST_WAITING, Spoken, hear, uploads
from tests.actors.ingest.sounds import damaged_flac, wav
from tests.actors.session_rig import Lent, Rig, turn


@pytest.fixture(scope="module")
def it() -> Iterator[Spoken]:
    made = Spoken()
    yield made
    made.runner.run(made.actor.stop())
    made.runner.close()


@pytest.fixture
def counted() -> Iterator[None]:
    """What is let go must be let go without a garbage collection."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_a_text_is_spoken_by_the_voice_that_fits(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        await it.say("Good morning. How are you?")
        marks, level = await hear(rig.inlet("speech"))
        assert {mark.utterance for mark in marks} == {it.number}
        assert sum(Flag.BREAK in mark.flags for mark in marks) == 3, "two sentences and the end"
        assert level > 0.02

    it.tell(story)


def test_requests_keep_their_order_whatever_they_take(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        first = it.number + 1
        inlet = rig.inlet("speech")
        asked = [it.say("A long sentence goes first, " * 9 + "it does."), it.play(wav(0.1))]
        answers = [asyncio.ensure_future(one) for one in asked]
        spoken = [(await hear(inlet))[0][0].utterance for _ in range(2)]
        assert spoken == [first, first + 1]
        await asyncio.gather(*answers)

    it.tell(story)


@pytest.mark.parametrize(
    "text", ["", "  ", "...", "?!", "\n\n", "***", "```\ncode\n```", "<p></p>"]
)
def test_a_text_with_nothing_to_say_is_refused(it: Spoken, text: str) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(TextRefused, match="nothing to speak"):
            await it.say(text)
        await turn(20)
        assert rig.rings.counters()["speech"].published == 0

    it.tell(story)


def test_markup_is_spoken_only_when_it_is_kept(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        inlet = rig.inlet("speech")
        lengths = {}
        for rule in ("strip", "keep"):
            await it.say("<think>It is so.</think><b>Yes</b>.", markup=rule)
            lengths[rule] = len((await hear(inlet))[0])
        assert lengths["keep"] > 2 * lengths["strip"]

    it.tell(story)


def test_a_voice_that_is_not_there_is_refused_by_name(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(CannotSpeak, match="'nobody'; there are auto, hibari"):
            await it.say("Hello.", voice="nobody")
        with pytest.raises(CannotSpeak, match="hibari"):
            await it.say("早上好。", voice="hibari")

    it.tell(story)


def test_a_language_that_is_asked_for_decides_and_an_unknown_one_is_refused(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(CannotSpeak, match=r"no loaded voice speaks language 'tlh'; .*\bde\b"):
            await it.say("Hello.", language="tlh")
        await it.say("Hotel", language="de-AT")
        assert it.actor._sessions["s"].language == "de-AT"
        assert (await hear(rig.inlet("speech")))[1] > 0.01

    it.tell(story)


def test_a_sentence_that_nobody_can_speak_is_told_and_the_rest_is_spoken(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        it.lent.events.clear()
        await it.say("Good morning, everybody. 今日は天気がいいですね。 Have a nice day.")
        marks, level = await hear(rig.inlet("speech"))
        assert level > 0.02 and len(marks) > 80
        [told] = it.lent.events
        assert (told.kind, told.utterance) == ("error", it.number)
        assert "cannot read" in told.detail

    it.tell(story)


def test_a_texts_language_is_found_and_settles_the_next_ones_doubts(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        inlet = rig.inlet("speech")
        for text in ("Guten Morgen. Die Rechnung beträgt 25 Euro. Vielen Dank.", "25."):
            await it.say(text)
            assert it.actor._sessions["s"].language == "de"
            await hear(inlet)

    it.tell(story)


@pytest.mark.parametrize(
    ("data", "error", "told"),
    [
        (b"", BrokenSound, "the file is empty"),
        (b"To be, or not to be: " * 50, UnreadableSound, "no sound in a format"),
        (wav(1.0)[:2000], BrokenSound, "cut short"),
        (wav(MOST_SECONDS + 1), SoundTooLong, f"longer than the {MOST_SECONDS} s"),
        (b"RIFF\0\0\0\0WAVE", BrokenSound, "no data chunk"),
    ],
    ids=["empty", "text", "truncated", "too long", "header alone"],
)
def test_a_file_that_cannot_be_played_is_refused_and_closed(
    it: Spoken, counted: None, data: bytes, error: type[RingtalkError], told: str
) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(error, match=told) as caught:
            await it.play(data)
        assert str(caught.value).startswith("upload.bin: ")
        assert uploads() == 0
        await it.say("We go on.")
        assert (await hear(rig.inlet("speech")))[1] > 0.02

    it.tell(story)


def test_a_file_is_played_to_its_end_and_closed(it: Spoken, counted: None) -> None:
    async def story(rig: Rig) -> None:
        assert await it.play(wav(1.0)) == pytest.approx(1.0)
        marks, level = await hear(rig.inlet("speech"))
        assert len(marks) == 52, "a second and the silent tick"
        assert level > 0.1
        await turn(20)
        assert uploads() == 0

    it.tell(story)


def test_a_file_that_is_damaged_further_on_breaks_off_with_an_event(
    it: Spoken, counted: None, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(rig: Rig) -> None:
        caplog.set_level(
            logging.CRITICAL, "actors.ingest.speech_queue"
        )  # a record keeps its traceback
        it.lent.events.clear()
        await it.play(damaged_flac())
        marks, _ = await hear(rig.inlet("speech"))
        assert len(marks) > 10, "the sound before the damage was heard"
        event = await it.lent.until("failed")
        assert event.utterance == it.number
        await turn(20)
        assert uploads() == 0

    it.tell(story)


def test_an_interrupted_file_is_closed_and_so_are_those_that_wait(
    it: Spoken, counted: None
) -> None:
    async def story(rig: Rig) -> None:
        rig.inlet("speech")
        for _ in range(2):
            await it.play(wav(4.0))
        while rig.rings.counters()["sound"].stalls == 0:
            await turn()
        assert uploads() == 2
        rig.control.advance()
        it.actor.flush("s")
        await turn(20)
        assert uploads() == 0

    it.tell(story, listens=False)


def test_a_file_of_a_call_that_has_ended_is_closed(it: Spoken, counted: None) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(UnknownSession, match="'gone'"):
            await it.play(wav(0.5), session="gone")
        assert uploads() == 0

    it.tell(story)


def test_a_full_line_refuses_and_closes_the_file(it: Spoken, counted: None) -> None:
    async def story(rig: Rig) -> None:
        await it.say("One, two, three, four, five, six, seven, eight, nine, ten.")
        while rig.rings.counters()["sound"].stalls == 0:
            await turn()
        for _ in range(MOST_WAITING):
            await it.play(wav(0.5))
        with pytest.raises(QueueFull):
            await it.play(wav(0.5))
        with pytest.raises(QueueFull):
            await it.say("No more.")
        assert uploads() == MOST_WAITING

    it.tell(story, listens=False)


def test_an_interrupt_that_overtakes_a_request_silences_it(it: Spoken, counted: None) -> None:
    async def story(rig: Rig) -> None:
        inlet = rig.inlet("speech")
        asked = [it.say("This must not be heard."), it.play(wav(0.5))]
        saying = [asyncio.ensure_future(one) for one in asked]
        await turn(1)
        epoch = rig.control.advance()
        it.actor.flush("s")
        await asyncio.gather(*saying)
        await it.say("But this.", epoch=epoch)
        marks, _ = await hear(inlet)
        assert {(mark.utterance, mark.epoch) for mark in marks} == {(it.number, epoch)}
        assert rig.rings.counters()["speech"].dropped == 0
        assert uploads() == 0

    it.tell(story)


def test_a_request_of_an_older_epoch_is_accepted_and_forgotten(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        rig.control.advance()
        await it.say("Too late.", epoch=0)
        await turn(20)
        assert rig.rings.counters()["speech"].published == 0

    it.tell(story)


def test_a_call_that_ends_while_its_text_is_prepared_is_told(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        asked = asyncio.ensure_future(it.say("Nobody is here any more. " * 200))
        await turn(1)
        await it.actor.close("s")
        with pytest.raises(UnknownSession):
            await asked

    it.tell(story)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"llm": LlmService(url="http://localhost:1/v1")}, "set llm.model"),
        ({"asr": AsrService(kind="openai")}, "asr"),
        ({"tts": (TtsService("mine", "azure"),)}, "TTS service mine: set region"),
    ],
)
def test_a_setting_that_cannot_work_is_named_at_the_start(
    settings: dict[str, Any], told: str
) -> None:
    async def story() -> None:
        context = Lent(Path("/nonexistent")).context
        changed = msgspec.structs.replace(context.settings, **settings)
        actor = Ingest(replace(context, settings=changed))
        with pytest.raises(NotConfigured, match=told):
            await actor.start()
        await actor.stop()

    asyncio.run(story())


def test_other_requests_are_mistakes(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        with pytest.raises(TypeError, match="ingest does not answer ReadMetrics"):
            await it.actor.handle(ReadMetrics(), [])

    it.tell(story)


def cues_of(it: Spoken) -> list[tuple[str, str, int]]:
    """Kind, text and frame of the last utterance's cues."""
    return [(cue.kind, cue.text, cue.frame) for cue in it.lent.cues if cue.utterance == it.number]


def test_an_action_in_a_text_is_a_cue_at_its_word_and_not_said(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        await it.say("[wave] Good morning, my [nod] friend. I [dance].")
        await hear(rig.inlet("speech"))
        cues = cues_of(it)
        sentences = [text for kind, text, _ in cues if kind == "sentence"]
        assert sentences == ["Good morning, my friend.", "I dance."]
        order = [text.strip(",.") for kind, text, _ in cues if kind != "sentence"]
        assert order == ["wave", "Good", "morning", "my", "nod", "friend", "I", "dance"]
        frames = {text.strip(",."): frame for _, text, frame in cues}
        assert frames["nod"] == frames["friend"] > frames["my"]

    it.tell(story, actions=("nod", "wave"))


def test_a_text_of_an_action_alone_is_done_in_silence(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        await it.say("[nod]")
        _, level = await hear(rig.inlet("speech"))
        assert level == 0
        assert cues_of(it) == [("action", "nod", 0)]
        with pytest.raises(TextRefused):
            await it.say("[!]")

    it.tell(story, actions=("nod",))


def test_markup_that_is_kept_is_said_with_its_actions(it: Spoken) -> None:
    async def story(rig: Rig) -> None:
        await it.say("Please [nod] now.", markup="keep")
        await hear(rig.inlet("speech"))
        assert not [cue for cue in cues_of(it) if cue[0] == "action"]

    it.tell(story, actions=("nod",))
