"""Events and `is_speaking`, in time with the ear."""

from collections.abc import Iterator

import pytest

from actors.egress.caption_cues import ENDED_KEPT, MOST
from actors.egress.playout_cursor import PlayoutCursor
from data.units import TICK_NS
from runtime.control_words import ControlWord
from runtime.layouts import Flag
from runtime.messages import ActorEvent, CaptionCue
from tests.actors.session_rig import NO_FLAGS, Rig, marked


class Listening:
    """An ear and what it told."""

    def __init__(self, rig: Rig) -> None:
        self.control = rig.control
        self.events: list[ActorEvent] = []
        self.ear = PlayoutCursor(rig.stand("egress"), self.events.append)
        self.tick = 100

    def hear(self, utterance: int, flags: Flag = NO_FLAGS, frame: int = 0) -> int:
        """A tick leaves; gives the utterance that the control block tells of."""
        self.tick += 1
        mark = marked(utterance=utterance, flags=flags, tick=self.tick)
        self.ear.heard(mark._replace(frame=frame), self.tick * TICK_NS)
        return self.control.load(ControlWord.PLAYOUT_UTTERANCE)

    def say(self, text: str, frame: int, utterance: int = 1, epoch: int = 0) -> None:
        """A word is cued."""
        start = frame * 40
        self.ear.cue(CaptionCue("anna", epoch, utterance, frame, "word", text, start, start + 200))

    def heard(self) -> list[tuple[str, int]]:
        """Words and kinds of events, each with its tick."""
        return [(event.text or event.kind, event.tick) for event in self.events]

    def told(self) -> list[tuple[str, int, int]]:
        return [(event.kind, event.utterance, event.tick) for event in self.events]


@pytest.fixture
def it() -> Iterator[Listening]:
    with Rig("anna") as rig:
        yield Listening(rig)


def test_an_utterance_starts_and_ends_once(it: Listening) -> None:
    words = [it.hear(7, Flag.FIRST), it.hear(7), it.hear(7), it.hear(7, Flag.LAST), it.hear(0)]
    assert words == [7, 7, 7, 0, 0]
    assert it.told() == [("start", 7, 101), ("end", 7, 104)]
    assert {event.session for event in it.events} == {"anna"}


def test_every_tick_that_left_is_written_down(it: Listening) -> None:
    for utterance in (0, 3, 0):
        it.hear(utterance)
        assert it.control.load(ControlWord.PLAYOUT_TICK) == it.tick


def test_silence_tells_nothing(it: Listening) -> None:
    assert [it.hear(0), it.hear(0)] == [0, 0]
    assert it.told() == []


def test_a_pause_for_breath_is_no_end(it: Listening) -> None:
    words = [it.hear(1, Flag.FIRST), it.hear(1, Flag.BREAK), it.hear(0), it.hear(1)]
    assert words == [1, 1, 1, 1]
    assert it.told() == [("start", 1, 101)]


def test_utterances_right_behind_each_other_keep_their_order(it: Listening) -> None:
    it.hear(1, Flag.FIRST)
    it.hear(1, Flag.LAST)
    it.hear(2, Flag.FIRST | Flag.LAST)
    it.hear(3, Flag.FIRST)
    assert [event[:2] for event in it.told()] == [
        ("start", 1),
        ("end", 1),
        ("start", 2),
        ("end", 2),
        ("start", 3),
    ]


def test_an_interrupt_is_told_once_with_the_tick_that_was_heard_last(it: Listening) -> None:
    it.hear(5, Flag.FIRST)
    it.hear(5)
    it.ear.flush()
    assert it.control.load(ControlWord.PLAYOUT_UTTERANCE) == 0
    it.ear.flush()
    assert it.hear(0) == 0
    assert it.told() == [("start", 5, 101), ("interrupted", 5, 102)]


def test_an_interrupt_in_silence_is_nobodys(it: Listening) -> None:
    it.ear.flush()
    it.hear(1, Flag.FIRST | Flag.LAST)
    it.ear.flush()
    assert [event.kind for event in it.events] == ["start", "end"]


def test_what_follows_an_interrupt_starts_anew(it: Listening) -> None:
    it.hear(1, Flag.FIRST)
    it.ear.flush()
    assert it.hear(2, Flag.FIRST) == 2
    it.hear(2, Flag.LAST)
    assert [event[:2] for event in it.told()] == [
        ("start", 1),
        ("interrupted", 1),
        ("start", 2),
        ("end", 2),
    ]


def test_what_was_heard_last_is_written_down_and_stays(it: Listening) -> None:
    words = it.control.load
    it.hear(3, Flag.FIRST, 0)
    it.hear(3, frame=1)
    it.hear(0)
    assert (words(ControlWord.HEARD_UTTERANCE), words(ControlWord.HEARD_FRAME)) == (3, 1)
    it.hear(3, Flag.LAST, 2)
    it.hear(0)
    assert (words(ControlWord.HEARD_UTTERANCE), words(ControlWord.HEARD_FRAME)) == (3, 2)
    it.hear(4, Flag.FIRST, 0)
    assert (words(ControlWord.HEARD_UTTERANCE), words(ControlWord.HEARD_FRAME)) == (4, 0)


def test_words_are_told_when_their_frame_leaves_whatever_the_order_of_their_coming(
    it: Listening,
) -> None:
    for text, frame in (("you", 3), ("how", 0), ("are", 2)):
        it.say(text, frame)
    for frame in range(5):
        it.hear(1, Flag.FIRST if frame == 0 else NO_FLAGS, frame)
    assert it.heard() == [("start", 101), ("how", 101), ("are", 103), ("you", 104)]
    assert [event.at for event in it.events] == [tick * TICK_NS for _, tick in it.heard()]
    are = it.events[2]
    assert (are.session, are.kind, are.utterance) == ("anna", "word", 1)
    assert (are.start_ms, are.end_ms) == (80, 280)


def test_cues_of_one_frame_keep_their_order(it: Listening) -> None:
    for text in ("Hello there.", "Hello", "there"):
        it.say(text, 1)
    it.hear(1, Flag.FIRST, 0)
    it.hear(1, frame=1)
    assert [text for text, _ in it.heard()] == ["start", "Hello there.", "Hello", "there"]


def test_a_word_that_comes_late_is_told_at_once_with_the_tick_it_began_in(it: Listening) -> None:
    for frame in range(4):
        it.hear(1, Flag.FIRST if frame == 0 else NO_FLAGS, frame)
    it.say("late", 1)
    it.say("next", 4)
    assert it.heard() == [("start", 101), ("late", 102)]
    assert it.events[-1].at > 0
    it.hear(1, frame=4)
    assert it.heard()[-1] == ("next", 105)


def test_words_beyond_the_last_frame_are_told_before_the_end(it: Listening) -> None:
    it.say("end", 9)
    it.say("before", 7)
    it.hear(1, Flag.FIRST, 0)
    it.hear(1, Flag.LAST, 1)
    assert it.heard() == [("start", 101), ("before", 102), ("end", 102), ("end", 102)]
    assert [event.kind for event in it.events][-2:] == ["word", "end"]
    it.say("too late", 0)
    assert len(it.events) == 4


def test_words_wait_while_the_face_holds_its_tongue(it: Listening) -> None:
    it.say("one", 0)
    it.say("two", 1)
    it.hear(1, Flag.FIRST, 0)
    for _ in range(50):
        it.hear(0)
    assert it.heard() == [("start", 101), ("one", 101)]
    assert it.control.load(ControlWord.PLAYOUT_UTTERANCE) == 1
    it.hear(1, Flag.LAST, 1)
    assert it.heard()[2:] == [("two", 152), ("end", 152)]


def test_words_of_the_next_utterance_wait_for_it(it: Listening) -> None:
    it.say("next", 0, utterance=2)
    it.say("this", 0, utterance=1)
    it.hear(1, Flag.FIRST | Flag.LAST, 0)
    it.hear(2, Flag.FIRST, 0)
    assert [text for text, _ in it.heard()] == ["start", "this", "end", "start", "next"]


def test_an_interrupt_forgets_the_words_that_were_to_come(it: Listening) -> None:
    it.hear(1, Flag.FIRST, 0)
    it.say("never", 1)
    it.say("nor this", 0, utterance=2)
    it.control.advance()
    it.say("stale", 0)
    it.ear.flush()
    it.say("stale too", 0, utterance=2)
    it.say("fresh", 0, utterance=3, epoch=1)
    it.hear(2, Flag.FIRST | Flag.LAST, 0)
    it.hear(3, Flag.FIRST, 0)
    texts = [text for text, _ in it.heard()]
    assert texts == ["start", "interrupted", "start", "end", "start", "fresh"]
    assert it.events[1].at > 0


def test_an_utterance_that_broke_off_leaves_no_words_behind(it: Listening) -> None:
    it.hear(1, Flag.FIRST, 0)
    for number in range(MOST):
        it.say("lost", 5 + number)
    it.say("beyond the bound", 2)
    it.hear(1, frame=2)
    it.hear(2, Flag.FIRST, 0)
    it.say("heard", 1, utterance=2)
    it.hear(2, Flag.LAST, 1)
    assert [text for text, _ in it.heard()] == ["start", "start", "heard", "end"]


def test_cues_are_bounded_whatever_comes(it: Listening) -> None:
    for utterance in range(1, ENDED_KEPT * 3):
        it.say("word", 0, utterance=utterance)
        it.hear(utterance, Flag.FIRST | Flag.LAST, 0)
        it.say("late", 0, utterance=utterance)
    assert [text for text, _ in it.heard()] == ["start", "word", "end"] * (ENDED_KEPT * 3 - 1)
