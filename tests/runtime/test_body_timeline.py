"""Which clip is shown at each frame, as it lies in a session's control block."""

from collections.abc import Iterator

import pytest

from ringbuf import Control
from runtime.body_timeline import IDLE, MOST_CLIPS, WHOLE, BodyTimeline, ShownSegment


@pytest.fixture
def control() -> Iterator[Control]:
    made = Control.create()
    yield made
    made.close()


def test_a_new_session_idles_from_the_beginning(control: Control) -> None:
    timeline = BodyTimeline(control)
    for frame in (0, 1, 10**9):
        assert timeline.at(frame) == WHOLE
        assert timeline.at(frame).place(frame) == frame


def test_an_action_and_its_planned_return_are_seen_by_every_reader(control: Control) -> None:
    writer, reader = BodyTimeline(control), BodyTimeline(control)
    writer.switch(ShownSegment(100, 3, 0))
    writer.switch(ShownSegment(125, IDLE, 7))
    assert reader.at(99) == WHOLE
    assert [reader.at(frame).clip for frame in (100, 124, 125, 5000)] == [3, 3, IDLE, IDLE]
    assert reader.at(110).place(110) == 10
    assert reader.at(130).place(130) == 12


def test_what_was_planned_behind_a_switch_is_dropped(control: Control) -> None:
    timeline = BodyTimeline(control)
    timeline.switch(ShownSegment(100, 3, 0))
    timeline.switch(ShownSegment(125, IDLE, 7))
    timeline.switch(ShownSegment(110, 4, 0))
    assert [timeline.at(frame).clip for frame in (105, 110, 125, 126)] == [3, 4, 4, 4]


def test_the_words_are_enough_for_any_number_of_actions(control: Control) -> None:
    timeline = BodyTimeline(control)
    for number in range(50):
        begin = 1 + 40 * number
        timeline.switch(ShownSegment(begin, 1 + number % MOST_CLIPS, 0))
        timeline.switch(ShownSegment(begin + 25, IDLE, number))
        assert timeline.at(begin - 1).clip == IDLE, "what was shown before is known yet"
        assert timeline.at(begin).clip == 1 + number % MOST_CLIPS
        assert timeline.at(begin + 25) == ShownSegment(begin + 25, IDLE, number)
