"""Events and `is_speaking`, in time with the ear."""

from collections.abc import Iterator

import pytest

from actors.egress.ear import Ear
from runtime.layouts import Flag
from runtime.messages import Event
from runtime.words import Word
from tests.actors.street_rig import NO_FLAGS, Rig, marked


class Listening:
    """An ear and what it told."""

    def __init__(self, rig: Rig) -> None:
        self.control = rig.control
        self.events: list[Event] = []
        self.ear = Ear(rig.stand("egress"), self.events.append)
        self.tick = 100

    def hear(self, utterance: int, flags: Flag = NO_FLAGS) -> int:
        """A tick leaves; gives the utterance that the control block tells of."""
        self.tick += 1
        self.ear.heard(marked(utterance=utterance, flags=flags, tick=self.tick))
        return self.control.load(Word.EAR_UTTERANCE)

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
        assert it.control.load(Word.EAR_TICK) == it.tick


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
    assert it.control.load(Word.EAR_UTTERANCE) == 0
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
