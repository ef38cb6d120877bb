from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.services import Listening
from models.hearing.endpoint import (
    Confirmed,
    Endpointer,
    EndpointEvent,
    FalseAlarm,
    GoesOn,
    Lull,
    Onset,
    Pause,
    TurnEnd,
)

WINDOW = 512
VOICE, NOISE, MAYBE = 0.9, 0.05, 0.4
"""MAYBE is under the threshold and over where voice goes on."""
CAREFUL = Listening(
    threshold=0.5,
    min_speech_ms=200,
    early_ms=0,
    short_silence_ms=0,
    statement_silence_ms=0,
    silence_ms=500,
    longest_seconds=30,
    pause_ms=90,
    barge_ms=400,
    resume_ms=300,
)


def heard(probabilities: Iterable[float], listening: Listening = CAREFUL) -> list[EndpointEvent]:
    endpointer = Endpointer(listening)
    found = [event for p in probabilities for event in endpointer.push(p)]
    return found + endpointer.finish()


def kinds(events: Sequence[EndpointEvent]) -> list[type]:
    return [type(event) for event in events]


def test_a_sentence_is_an_onset_an_interruption_and_a_turn() -> None:
    events = heard([NOISE] * 10 + [VOICE] * 20 + [NOISE] * 16)
    assert events == [
        Onset(at=13 * WINDOW, start=10 * WINDOW),
        Confirmed(at=23 * WINDOW),
        TurnEnd(at=46 * WINDOW, start=10 * WINDOW, end=30 * WINDOW, confirmed=True, cut=False),
    ]


def test_a_cough_is_a_false_alarm() -> None:
    events = heard([VOICE] * 4 + [NOISE] * 20)
    assert events == [Onset(at=3 * WINDOW, start=0), FalseAlarm(at=14 * WINDOW)]


def test_a_short_answer_lets_the_face_speak_on_and_is_a_turn_all_the_same() -> None:
    events = heard([VOICE] * 8 + [NOISE] * 20)
    assert events == [
        Onset(at=3 * WINDOW, start=0),
        Lull(at=18 * WINDOW),
        TurnEnd(at=24 * WINDOW, start=0, end=8 * WINDOW, confirmed=False, cut=False),
    ]


def test_one_who_goes_on_after_a_lull_interrupts() -> None:
    events = heard([VOICE] * 8 + [NOISE] * 12 + [VOICE] * 8 + [NOISE] * 20)
    assert kinds(events) == [Onset, Lull, Confirmed, TurnEnd]


CLOCKS = replace(CAREFUL, early_ms=100, short_silence_ms=200, patience_ms=2000)


def test_a_silence_has_clocks_and_who_goes_on_starts_them_again() -> None:
    events = heard([VOICE] * 20 + [NOISE] * 5 + [VOICE] * 20 + [NOISE] * 16, CLOCKS)
    assert events == [
        Onset(at=3 * WINDOW, start=0),
        Confirmed(at=13 * WINDOW),
        Pause(at=24 * WINDOW, start=0, end=20 * WINDOW, clock="early"),
        GoesOn(at=26 * WINDOW),
        Pause(at=49 * WINDOW, start=0, end=45 * WINDOW, clock="early"),
        Pause(at=52 * WINDOW, start=0, end=45 * WINDOW, clock="short"),
        TurnEnd(at=61 * WINDOW, start=0, end=45 * WINDOW, confirmed=True, cut=False),
    ]


def test_somebody_who_thinks_is_waited_for() -> None:
    endpointer = Endpointer(CLOCKS)
    for _ in range(20):
        endpointer.push(VOICE)
    endpointer.wait()
    quiet = [event for _ in range(60) for event in endpointer.push(NOISE)]
    assert [getattr(event, "clock", "") for event in quiet] == ["early", "short", "long"]
    assert endpointer.push(VOICE) == [GoesOn(at=81 * WINDOW)]
    ends = [event for _ in range(16) for event in endpointer.push(NOISE)][-1]
    assert isinstance(ends, TurnEnd), "who went on has the usual silence again"


def test_a_silence_longer_than_patience_ends_the_turn() -> None:
    endpointer = Endpointer(CLOCKS)
    for _ in range(20):
        endpointer.push(VOICE)
    endpointer.wait()
    quiet = [event for _ in range(63) for event in endpointer.push(NOISE)]
    assert isinstance(quiet[-1], TurnEnd)
    assert quiet[-1].at == 83 * WINDOW


def test_whoever_listens_may_end_the_turn() -> None:
    endpointer = Endpointer(CLOCKS)
    for _ in range(20):
        endpointer.push(VOICE)
    for _ in range(7):
        endpointer.push(NOISE)
    ended = endpointer.finish()
    assert ended == [TurnEnd(at=27 * WINDOW, start=0, end=20 * WINDOW, confirmed=True, cut=False)]
    assert [event for _ in range(60) for event in endpointer.push(NOISE)] == []


def test_a_click_is_nothing() -> None:
    assert heard(([VOICE] + [NOISE] * 9) * 20) == []
    assert heard(([VOICE] * 2 + [NOISE] * 9) * 20) == []


def test_a_gap_of_a_tenth_of_a_second_is_part_of_the_word() -> None:
    word = [VOICE] * 2 + [NOISE] * 3 + [VOICE] * 9 + [NOISE] * 16
    events = heard(word)
    assert events[:2] == [Onset(at=6 * WINDOW, start=0), Confirmed(at=13 * WINDOW)]
    apart = heard([VOICE] * 2 + [NOISE] * 4 + [VOICE] * 3 + [NOISE] * 20)
    assert apart[0] == Onset(at=9 * WINDOW, start=6 * WINDOW)


def test_voice_begins_at_the_threshold_and_goes_on_below_it() -> None:
    assert heard([MAYBE] * 100) == []
    events = heard([VOICE] + [MAYBE] * 19 + [NOISE] * 16)
    assert kinds(events) == [Onset, Confirmed, TurnEnd]


def test_a_pause_in_a_sentence_does_not_end_it() -> None:
    events = heard([VOICE] * 20 + [NOISE] * 14 + [VOICE] * 20 + [NOISE] * 16)
    assert kinds(events) == [Onset, Confirmed, TurnEnd]


def test_one_who_never_stops_is_cut_and_heard_on() -> None:
    listening = replace(CAREFUL, longest_seconds=1.024)
    events = heard([VOICE] * 64, listening)
    turns = [event for event in events if isinstance(event, TurnEnd)]
    assert turns == [
        TurnEnd(at=32 * WINDOW, start=0, end=32 * WINDOW, confirmed=True, cut=True),
        TurnEnd(at=64 * WINDOW, start=32 * WINDOW, end=64 * WINDOW, confirmed=True, cut=True),
    ]


def test_the_end_of_the_sound_ends_the_turn() -> None:
    assert kinds(heard([VOICE] * 20)) == [Onset, Confirmed, TurnEnd]
    assert kinds(heard([VOICE] * 4)) == [Onset, FalseAlarm]
    assert heard([VOICE] * 2) == []


listenings = st.builds(
    Listening,
    threshold=st.floats(0.05, 0.95),
    min_speech_ms=st.integers(0, 800),
    early_ms=st.integers(0, 500),
    short_silence_ms=st.integers(0, 500),
    statement_silence_ms=st.integers(0, 700),
    silence_ms=st.integers(0, 1000),
    longest_seconds=st.floats(0.1, 5),
    pause_ms=st.integers(0, 500),
    barge_ms=st.integers(0, 1000),
    resume_ms=st.integers(0, 1000),
)
runs = st.lists(st.tuples(st.sampled_from([NOISE, MAYBE, VOICE]), st.integers(1, 40)), max_size=20)


@settings(max_examples=300, deadline=None)
@given(listenings, runs)
def test_each_onset_has_one_end(listening: Listening, pattern: list[tuple[float, int]]) -> None:
    events = heard([p for p, count in pattern for _ in range(count)], listening)
    begun: Onset | None = None
    confirmed, paused, at, last_end = False, False, 0, 0
    for event in events:
        assert event.at >= at
        at = event.at
        if isinstance(event, Onset):
            assert begun is None
            assert last_end <= event.start < event.at
            begun, confirmed, paused = event, False, False
            continue
        assert begun is not None
        if isinstance(event, Confirmed):
            assert not confirmed
            confirmed = True
        elif isinstance(event, Lull):
            assert not confirmed
        elif isinstance(event, Pause):
            assert event.start == begun.start < event.end < event.at
            paused = True
        elif isinstance(event, GoesOn):
            assert paused
            paused = False
        elif isinstance(event, TurnEnd):
            assert event.start == begun.start < event.end <= event.at
            assert event.confirmed == confirmed
            begun, last_end = None, event.end
        else:
            assert not confirmed
            begun = None
    assert begun is None


@given(st.lists(st.floats(0, 1), max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_probabilities_are_taken(probabilities: list[float]) -> None:
    events = heard(probabilities)
    onsets = sum(isinstance(event, Onset) for event in events)
    assert onsets == sum(isinstance(event, FalseAlarm | TurnEnd) for event in events)


def test_probabilities_that_are_no_numbers_are_no_voice() -> None:
    assert heard([float("nan")] * 50) == []


@pytest.mark.parametrize("threshold", [0.05, 0.1])
def test_a_low_threshold_keeps_silence_silent(threshold: float) -> None:
    assert heard([0.0] * 100, replace(CAREFUL, threshold=threshold)) == []
