"""What the face is about, as a table."""

import pytest

from server.sessions.state import Mood


def hears(mood: Mood) -> None:
    mood.hears()


def silence(mood: Mood) -> None:
    mood.silence()


def asked(mood: Mood) -> None:
    mood.asked(1)


def starts(mood: Mood) -> None:
    mood.starts(1)


def ends(mood: Mood) -> None:
    mood.ends(1)


def interrupted(mood: Mood) -> None:
    mood.interrupted()


@pytest.mark.parametrize(
    ("story", "states"),
    [
        ([], []),
        ([starts, ends], ["speaking", "idle"]),
        ([hears, silence], ["listening", "idle"]),
        (
            [hears, silence, asked, starts, ends],
            ["listening", "idle", "thinking", "speaking", "idle"],
        ),
        ([starts, hears, silence], ["speaking", "listening", "speaking"]),
        ([starts, hears, interrupted, ends], ["speaking", "listening", "listening", "listening"]),
        ([asked, interrupted], ["thinking", "idle"]),
        ([asked, ends], ["thinking", "idle"]),
        ([asked, hears, silence], ["thinking", "listening", "thinking"]),
        ([starts, interrupted, ends], ["speaking", "speaking", "idle"]),
        ([silence, ends, interrupted], ["idle", "idle", "idle"]),
        ([hears, hears, silence], ["listening", "listening", "idle"]),
    ],
)
def test_what_follows_from_what_is_heard(story: list[object], states: list[str]) -> None:
    mood = Mood()
    assert mood.state == "idle"
    seen = []
    for step in story:
        assert callable(step)
        step(mood)
        seen.append(mood.state)
    assert seen == states


def test_an_utterance_that_ends_late_does_not_end_the_next_one() -> None:
    mood = Mood()
    mood.starts(1)
    mood.starts(2)
    mood.ends(1)
    assert mood.state == "speaking"
    assert mood.is_heard(2)
    assert not mood.is_heard(1)
