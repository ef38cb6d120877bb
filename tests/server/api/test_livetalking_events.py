"""Which of a session's events LiveTalking's clients see, and how."""

import json
from typing import Any

import pytest

from server.api.livetalking_events import LiveTalkingEvents


def told(*events: dict[str, Any]) -> list[dict[str, Any]]:
    feed = LiveTalkingEvents()
    return [json.loads(one) for event in events for one in feed.of(json.dumps(event))]


def sentence(text: str) -> dict[str, Any]:
    return {"status": "sentence", "text": text}


def test_one_pair_for_each_sentence() -> None:
    tts = {"ref_file": "anna", "own": [1]}
    assert told(
        {"status": "state", "state": "speaking"},
        {"status": "start", "utterance": 1, "text": "One. Two.", "tts": tts},
        sentence("One."),
        {"status": "word", "text": "One"},
        sentence("Two."),
        {"status": "end", "utterance": 1, "text": "One. Two.", "tts": tts},
    ) == [
        {"status": "start", "text": "One.", "tts": tts},
        {"status": "end", "text": "One.", "tts": tts},
        {"status": "start", "text": "Two.", "tts": tts},
        {"status": "end", "text": "Two.", "tts": tts},
    ]


def test_a_sound_has_no_text() -> None:
    assert told({"status": "start"}, {"status": "end"}) == [{"status": "start"}, {"status": "end"}]


def test_an_interrupted_sentence_ends() -> None:
    events = ({"status": "start", "text": "One."}, sentence("One."), {"status": "interrupted"})
    pair = [{"status": "start", "text": "One."}, {"status": "end", "text": "One."}]
    assert told(*events) == pair
    assert told(*events[::2]) == []
    assert told(*events[:2], {"status": "start", "text": "B."}) == pair


def test_sentences_that_were_lost_are_one_pair() -> None:
    events = ({"status": "start", "text": "One."}, {"status": "end", "text": "One. Two."})
    assert told(*events) == [
        {"status": "start", "text": "One. Two."},
        {"status": "end", "text": "One. Two."},
    ]


@pytest.mark.parametrize("kind", ["state", "held", "turn", "transcript", "error", "gap", "closed"])
def test_other_kinds_are_not_told(kind: str) -> None:
    assert told({"status": kind, "text": "x"}) == []
