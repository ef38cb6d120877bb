"""When an action begins and ends: at once, with a word, beside speech, with a sound of its own."""

from collections.abc import Iterator

import numpy as np
import pytest

from actors.compositor.action_player import MOST_WAITING, ActionPlayer, TickSpeech
from data.action import Action
from ringbuf import Control
from runtime.body_timeline import IDLE, BodyTimeline
from runtime.control_words import ControlWord
from runtime.messages import ActorEvent, PlayAction
from tests.actors.session_rig import plain_clip
from tests.data.tiny_action import tiny_action

LENGTH = 6
WAVE, SLEEP = 1, 2
"""One with a place for a face, one without."""


class Body:
    """A player and the session's words, tick by tick; a frame is its tick."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.events: list[tuple[str, str, int]] = []
        self.player = ActionPlayer("s", control, self._told)
        self.load(WAVE, tiny_action(plain_clip(), "wave", LENGTH))
        self.load(SLEEP, tiny_action(plain_clip(), "sleep", LENGTH, faces=False))
        self.tick = 1

    def _told(self, event: ActorEvent) -> None:
        assert event.kind == "action"
        self.events.append((event.text, event.detail, event.tick))

    def load(self, number: int, action: Action) -> None:
        self.player.load(number, action)

    def ask(self, name: str, number: int = 0, **more: int) -> bool:
        wanted = PlayAction("s", name, number=number, epoch=self.control.epoch)
        for field, value in more.items():
            setattr(wanted, field, value)
        return self.player.ask(wanted)

    def heard(self, utterance: int, frame: int) -> None:
        """What egress says."""
        self.control.store(ControlWord.HEARD_UTTERANCE, utterance)
        self.control.store(ControlWord.HEARD_FRAME, frame)
        self.control.store(ControlWord.PLAYOUT_UTTERANCE, utterance)

    def ended(self) -> None:
        """The utterance at the ear is over."""
        self.control.store(ControlWord.PLAYOUT_UTTERANCE, 0)

    def shows(self, utterance: int = 0, frame: int = 0) -> tuple[int, int]:
        """The clip and its place in the next tick."""
        speech = TickSpeech(utterance, frame, self.control.epoch)
        segment = self.player.decide(self.tick, self.tick, speech)
        shown = segment.clip, segment.place(self.tick)
        self.tick += 1
        return shown

    def clips(self, ticks: int, utterance: int = 0) -> list[int]:
        return [self.shows(utterance, frame)[0] for frame in range(ticks)]


@pytest.fixture
def body() -> Iterator[Body]:
    control = Control.create()
    yield Body(control)
    control.close()


def test_an_action_is_played_once_from_the_next_tick_on(body: Body) -> None:
    assert body.shows() == (IDLE, 1)
    body.ask("wave", WAVE)
    assert [body.shows() for _ in range(LENGTH)] == [(WAVE, place) for place in range(LENGTH)]
    assert body.shows() == (IDLE, 1), "behind it the loop goes on where that looks like its end"
    assert body.events == [("wave", "start", 2), ("wave", "end", 2 + LENGTH)]


def test_its_end_is_known_ahead_to_who_renders_ahead(body: Body) -> None:
    body.ask("wave", WAVE)
    body.shows()
    timeline = BodyTimeline(body.control)
    assert [timeline.at(1 + place).clip for place in (0, LENGTH - 1, LENGTH)] == [WAVE, WAVE, IDLE]


def test_it_is_repeated_until_it_is_enough(body: Body) -> None:
    body.ask("wave", WAVE, loop=True)
    assert set(body.clips(5 * LENGTH)) == {WAVE}
    body.ask("")
    assert body.clips(3) == [IDLE] * 3
    assert [what for _, what, _ in body.events] == ["start", "end"]


def test_another_action_takes_its_place(body: Body) -> None:
    body.load(3, tiny_action(plain_clip(), "bow", LENGTH))
    body.ask("wave", WAVE)
    assert body.clips(2) == [WAVE] * 2
    body.ask("bow", 3)
    assert body.clips(LENGTH + 1) == [3] * LENGTH + [IDLE]
    assert [event[:2] for event in body.events] == [
        ("wave", "start"), ("wave", "end"), ("bow", "start"), ("bow", "end"),
    ]  # fmt: skip


def test_it_is_played_while_somebody_speaks(body: Body) -> None:
    assert body.clips(2, utterance=1) == [IDLE] * 2
    body.ask("wave", WAVE)
    assert body.clips(LENGTH, utterance=1) == [WAVE] * LENGTH


def test_one_without_a_face_waits_for_silence_and_gives_way_to_speech(body: Body) -> None:
    body.heard(1, 3)
    body.ask("sleep", SLEEP)
    assert body.clips(4, utterance=1) == [IDLE] * 4
    assert body.clips(2) == [IDLE] * 2, "a pause within an utterance is no silence"
    body.ended()
    assert body.clips(3) == [SLEEP] * 3
    assert body.clips(2, utterance=2) == [IDLE] * 2
    assert [event[:2] for event in body.events] == [("sleep", "start"), ("sleep", "end")]


def test_with_a_word_it_begins_at_that_word(body: Body) -> None:
    body.ask("wave", WAVE, utterance=1, frame=2)
    assert body.clips(3) == [IDLE] * 3
    assert [body.shows(1, frame) for frame in range(4)] == [
        (IDLE, 4), (IDLE, 5), (WAVE, 0), (WAVE, 1),
    ]  # fmt: skip


def test_a_word_that_was_heard_already_or_never_comes_is_no_reason_to_wait(body: Body) -> None:
    body.heard(1, 9)
    body.ask("wave", WAVE, utterance=1, frame=5)
    assert body.shows()[0] == WAVE, "heard without a face"
    body.clips(LENGTH)
    body.ask("wave", WAVE, utterance=1, frame=50)
    assert body.shows()[0] == IDLE
    body.ended()
    assert body.shows()[0] == WAVE, "the utterance is over"


def test_an_interrupt_forgets_what_waits_for_words_but_not_what_is_played(body: Body) -> None:
    body.ask("wave", WAVE)
    body.ask("wave", WAVE, utterance=1, frame=20)
    assert body.clips(2, utterance=1) == [WAVE] * 2
    body.control.advance()
    assert body.clips(LENGTH - 2) == [WAVE] * (LENGTH - 2)
    body.heard(2, 0)
    assert body.clips(3, utterance=2) == [IDLE] * 3


def test_a_sound_of_its_own_begins_and_ends_it(body: Body) -> None:
    body.ask("sleep", SLEEP, utterance=1, sounds=True, loop=True)
    assert body.clips(2) == [IDLE] * 2, "its sound waits behind what is said"
    body.heard(1, 0)
    assert body.clips(LENGTH + 2, utterance=1) == [SLEEP] * (LENGTH + 2), "its sound is no speech"
    body.ended()
    rest = body.clips(LENGTH)
    assert rest == [SLEEP] * (LENGTH - 2) + [IDLE] * 2, "its last round is played to the end"


def test_an_interrupt_ends_one_with_a_sound_of_its_own(body: Body) -> None:
    body.ask("wave", WAVE, utterance=1, sounds=True, loop=True)
    assert body.clips(2, utterance=1) == [WAVE] * 2
    body.control.advance()
    assert body.clips(2) == [IDLE] * 2
    assert body.events[-1][:2] == ("wave", "end")


def test_no_more_wait_for_words_than_are_allowed(body: Body) -> None:
    for frame in range(MOST_WAITING):
        assert body.ask("wave", WAVE, utterance=1, frame=frame)
    assert not body.ask("wave", WAVE, utterance=1, frame=99)
    assert body.ask("wave", WAVE), "one for now is taken"


def test_it_goes_on_after_a_restart_and_ends(body: Body) -> None:
    body.ask("wave", WAVE)
    body.clips(2)
    again = Body(body.control)
    again.tick = body.tick
    again.player.goes_on(again.tick)
    assert again.clips(LENGTH - 1) == [WAVE] * (LENGTH - 2) + [IDLE]
    assert again.events == [("wave", "end", 1 + LENGTH)]


def test_one_that_had_no_end_gets_one_after_a_restart_unless_it_is_a_loop(body: Body) -> None:
    body.ask("wave", WAVE, utterance=1, sounds=True, loop=True)
    body.clips(LENGTH + 1, utterance=1)
    again = Body(body.control)
    again.tick = body.tick
    again.player.goes_on(again.tick)
    assert again.clips(LENGTH) == [WAVE] * (LENGTH - 1) + [IDLE]


def test_the_loop_goes_on_where_it_looks_like_the_action_s_end(body: Body) -> None:
    made = tiny_action(plain_clip(), "turn", 3)
    body.load(4, Action(made.head, made.clip, np.array([5, 6, 40], np.int32)))
    body.ask("turn", 4)
    body.clips(3)
    assert body.shows() == (IDLE, 41)
