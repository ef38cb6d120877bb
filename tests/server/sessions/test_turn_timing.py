"""The parts of the time that an answer took."""

import msgspec
import pytest

from runtime.messages import TurnTiming
from server.sessions.event_types import TurnMs, TurnSteps
from server.sessions.turn_timing import KEPT, TurnTimer, parts, steps

MS = 1_000_000
SAID = TurnTiming("s", 4, asked=1600 * MS, voice="hibari", first_sound=1640 * MS)
HEARD = TurnTiming(
    "s",
    4,
    asked=1600 * MS,
    voice="hibari",
    voice_end=1000 * MS,
    turn_end=1500 * MS,
    transcript=1700 * MS,
    first_token=1850 * MS,
    first_sentence=1900 * MS,
    first_sound=1930 * MS,
)


def test_an_answer_to_a_person_has_all_parts_and_they_add_up() -> None:
    found = parts(HEARD, 2000 * MS)
    assert found == TurnMs(vad=500, asr=200, llm=150, sentence=50, tts=30, face=70, total=1000)


def test_a_text_begins_when_it_was_asked_for() -> None:
    assert parts(SAID, 1700 * MS) == TurnMs(tts=40, face=60, total=100)


def test_an_answer_to_a_text_has_a_model_and_no_person() -> None:
    chat = TurnTiming(
        "s",
        4,
        asked=100 * MS,
        voice="hibari",
        first_token=300 * MS,
        first_sentence=400 * MS,
        first_sound=450 * MS,
    )
    expected = TurnMs(llm=200, sentence=100, tts=50, face=50, total=400)
    assert parts(chat, 500 * MS) == expected


def test_sound_without_steps_has_only_the_face() -> None:
    assert parts(TurnTiming("s", 1, asked=5 * MS, voice=""), 75 * MS) == TurnMs(face=70, total=70)


def test_steps_that_were_taken_early_stand_before_the_end_of_the_turn() -> None:
    early = msgspec.structs.replace(
        HEARD, words_asked=1100 * MS, transcript=1300 * MS, first_token=1350 * MS
    )
    assert steps(early, 2000 * MS) == TurnSteps(
        turn_end=500,
        words_asked=100,
        transcript=300,
        first_token=350,
        first_sentence=900,
        first_sound=930,
        left=1000,
    )
    assert steps(SAID, 1700 * MS) == TurnSteps(first_sound=40, left=100)


@pytest.mark.parametrize("thought_first", [True, False])
def test_the_two_halves_come_in_either_order_and_are_told_once(thought_first: bool) -> None:
    turns = TurnTimer()
    turns.asked(4, 2)
    if thought_first:
        assert turns.timing(HEARD) is None
        found = turns.start(4, 2000 * MS)
    else:
        assert turns.start(4, 2000 * MS) is None
        found = turns.timing(HEARD)
    assert found is not None
    assert (found.turn, found.ms.total, found.steps.left) == (2, 1000, 1000)
    assert turns.timing(HEARD) is None
    assert turns.start(4, 2000 * MS) is None


def test_what_was_not_asked_for_or_will_not_be_heard_is_not_timed() -> None:
    turns = TurnTimer()
    assert turns.timing(HEARD) is None
    assert turns.start(4, 1) is None
    turns.asked(4, 2)
    turns.forget(4)
    turns.asked(5, 2)
    turns.clear()
    assert turns.timing(HEARD) is None
    assert turns.start(5, 1) is None


def test_only_so_many_are_kept() -> None:
    turns = TurnTimer()
    for number in range(1, KEPT + 2):
        turns.asked(number, 0)
        turns.start(number, 2000 * MS)
    lost = TurnTiming("s", 1, asked=1, voice="")
    kept = TurnTiming("s", 2, asked=1, voice="")
    assert turns.timing(lost) is None
    assert turns.timing(kept) is not None
