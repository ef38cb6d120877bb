"""What the face is about, as a table."""

import pytest

from server.sessions.state import DialogueState


def hears(dialogue: DialogueState) -> None:
    dialogue.person_speaks()


def silence(dialogue: DialogueState) -> None:
    dialogue.person_stops()


def asked(dialogue: DialogueState) -> None:
    dialogue.asked(1)


def starts(dialogue: DialogueState) -> None:
    dialogue.starts(1)


def ends(dialogue: DialogueState) -> None:
    dialogue.ends(1)


def interrupted(dialogue: DialogueState) -> None:
    dialogue.interrupted()


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
    dialogue = DialogueState()
    assert dialogue.state == "idle"
    seen = []
    for step in story:
        assert callable(step)
        step(dialogue)
        seen.append(dialogue.state)
    assert seen == states


def test_an_utterance_that_ends_late_does_not_end_the_next_one() -> None:
    dialogue = DialogueState()
    dialogue.starts(1)
    dialogue.starts(2)
    dialogue.ends(1)
    assert dialogue.state == "speaking"
    assert dialogue.is_heard(2)
    assert not dialogue.is_heard(1)
