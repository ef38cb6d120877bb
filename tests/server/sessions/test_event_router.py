"""What becomes of the actors' news: events, and what has to be done."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from runtime.control_words import Word
from runtime.messages import Body, Cue, Event, News, Tell, Thought
from server.sessions.event_router import Newsroom
from server.sessions.event_types import TurnMs
from server.sessions.session import Call
from tests.actors.session_rig import Rig

SESSION = "s"


class Recorded:
    """A desk that writes down what it was told to do."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.notices: list[Body] = []
        self.transcribes = False
        self.answers = True

    def notify(self, call: Call, actor: str, message: Body) -> None:
        assert actor == "egress"
        self.notices.append(message)

    def over(self, call: Call, utterance: int) -> None:
        self.done.append(("over", utterance))

    def barge(self, call: Call) -> None:
        self.done.append(("barge",))

    def answer(self, call: Call, text: str, turn: int) -> bool:
        self.done.append(("answer", text, turn))
        return self.answers

    def timed(self, ms: TurnMs) -> None:
        self.done.append(("timed", ms.total))


class Scene:
    """A call, and the newsroom that hears of it."""

    def __init__(self, rig: Rig) -> None:
        self.call = Call(rig.street, {})
        self.desk = Recorded()
        self.room = Newsroom(self.desk)

    def hear(self, *news: News) -> list[dict[str, Any]]:
        """The events that follow, as they go down the data channel."""
        before = len(self.desk.notices)
        for one in news:
            self.room.heard(self.call, one)
        told = [notice for notice in self.desk.notices[before:] if isinstance(notice, Tell)]
        return [json.loads(one.text) for one in told]


@pytest.fixture
def it() -> Iterator[Scene]:
    with Rig() as rig:
        yield Scene(rig)


def event(kind: str, **fields: Any) -> Event:
    return Event(SESSION, kind, **fields)


def brief(events: list[dict[str, Any]]) -> list[str]:
    """Each event's status, a state's name."""
    return [one.get("state", one["status"]) for one in events]


def test_speech_is_told_as_it_is_heard(it: Scene) -> None:
    told = it.hear(
        event("start", utterance=3, tick=120, at=5),
        event("sentence", utterance=3, tick=120, text="Hello.", end_ms=900),
        event("word", utterance=3, tick=121, text="Hello", start_ms=60, end_ms=400),
        event("end", utterance=3, tick=150),
    )
    heard = {"utterance": 3, "tick": 120}
    times = {"start_ms": 0, "end_ms": 900}
    assert told == [
        {"id": 1, "status": "state", "state": "speaking"},
        {"id": 2, "status": "start", **heard},
        {"id": 3, "status": "sentence", **heard, "text": "Hello.", **times},
        {
            "id": 4,
            "status": "word",
            "utterance": 3,
            "tick": 121,
            "text": "Hello",
            "start_ms": 60,
            "end_ms": 400,
        },
        {"id": 5, "status": "end", "utterance": 3, "tick": 150},
        {"id": 6, "status": "state", "state": "idle"},
    ]
    assert it.desk.done == [("over", 3)]


def test_cues_are_handed_on_as_they_are(it: Scene) -> None:
    cue = Cue(SESSION, 1, 3, 4, "word", "Hello", 160, 300)
    assert it.hear(cue) == []
    assert it.desk.notices == [cue]


def test_a_noise_holds_the_face_and_lets_it_go_on(it: Scene) -> None:
    it.hear(event("start", utterance=3))
    it.call.street.control.store(Word.EAR_UTTERANCE, 3)
    it.call.street.control.store(Word.HELD, 1)
    told = it.hear(event("hearing"))
    assert brief(told) == ["listening", "held"]
    assert told[1]["utterance"] == 3
    assert brief(it.hear(event("false_alarm"), event("false_alarm"))) == ["resumed", "speaking"]


def test_a_person_who_speaks_while_nothing_is_said_holds_nothing(it: Scene) -> None:
    told = it.hear(event("hearing"), event("turn", turn=1), event("false_alarm"))
    assert brief(told) == ["listening", "idle"]


def test_an_interruption_silences_and_the_words_are_answered(it: Scene) -> None:
    it.hear(event("start", utterance=3), event("hearing"), event("barge"))
    told = it.hear(
        event("interrupted", utterance=3, tick=140),
        event("partial", text="what", turn=2),
        event("turn", turn=2),
        event("final", text="what is it", turn=2),
    )
    assert brief(told) == ["interrupted", "transcript", "idle", "transcript"]
    assert [one.get("final") for one in told] == [None, False, None, True]
    assert it.desk.done == [("barge",), ("over", 3), ("answer", "what is it", 2)]


def test_between_a_turn_and_its_answer_the_face_thinks(it: Scene) -> None:
    it.desk.transcribes = True
    told = it.hear(event("hearing"), event("turn", turn=1))
    assert brief(told) == ["listening", "thinking"]
    assert brief(it.hear(event("final", text="what is it", turn=1))) == ["transcript"]
    it.room.asked(it.call, 1, turn=1, thinks=True)
    assert brief(it.hear(event("start", utterance=1)))[0] == "speaking"


@pytest.mark.parametrize("text", ["", "what is it"])
def test_a_turn_that_is_not_answered_leaves_the_face_idle(it: Scene, text: str) -> None:
    it.desk.transcribes, it.desk.answers = True, False
    it.hear(event("hearing"), event("turn", turn=1))
    assert brief(it.hear(event("final", text=text, turn=1)))[-1] == "idle"


def test_an_answer_that_is_refused_leaves_the_face_idle(it: Scene) -> None:
    it.desk.transcribes = True
    it.hear(event("turn", turn=1), event("final", text="what is it", turn=1))
    it.room.gave_up(it.call)
    assert it.call.mood.state == "idle"


@pytest.mark.parametrize(
    ("news", "told"),
    [
        (event("final", text="mhm", detail="backchannel", turn=2), ["transcript"]),
        (event("final", text="", turn=2), []),
        (event("partial", text="", turn=2), []),
    ],
)
def test_what_is_no_turn_is_not_answered(it: Scene, news: Event, told: list[str]) -> None:
    assert brief(it.hear(news)) == told
    assert it.desk.done == []


def test_an_error_is_no_end_and_a_failure_is(it: Scene) -> None:
    it.room.asked(it.call, 4, thinks=True)
    told = it.hear(event("error", utterance=4, detail="the voice broke off"))
    assert told[0] | {"utterance": 4, "text": "the voice broke off"} == told[0]
    assert it.desk.done == []
    assert brief(it.hear(event("failed", utterance=4, detail="it is gone"))) == ["error", "idle"]
    assert it.desk.done == [("over", 4)]


def test_a_failure_in_the_middle_is_followed_by_its_end(it: Scene) -> None:
    it.hear(event("start", utterance=4))
    assert brief(it.hear(event("failed", utterance=4, detail="it is gone"))) == ["error"]
    assert brief(it.hear(event("end", utterance=4))) == ["end", "idle"]


def test_an_answer_is_thought_of_and_its_time_is_taken(it: Scene) -> None:
    it.call.pending.add(4)
    it.room.asked(it.call, 4, turn=2, thinks=True)
    assert it.call.mood.state == "thinking"
    thought = Thought(SESSION, 4, asked=0, voice="v", voice_end=1_000_000, first_sound=3_000_000)
    told = it.hear(thought, event("start", utterance=4, at=11_000_000))
    assert brief(told) == ["speaking", "start", "turn"]
    assert told[2]["turn"] == 2
    assert told[2]["ms"] == {"tts": 2, "face": 8, "total": 10}
    assert it.desk.done == [("timed", 10)]


def test_what_waits_behind_something_else_is_not_timed(it: Scene) -> None:
    it.call.pending.update((3, 4))
    it.room.asked(it.call, 4, thinks=False)
    told = it.hear(Thought(SESSION, 4, asked=1, voice="v"), event("start", utterance=4, at=9))
    assert brief(told) == ["speaking", "start"]


def test_who_interrupts_or_is_refused_is_not_waited_for(it: Scene) -> None:
    it.room.asked(it.call, 4, thinks=True)
    it.room.dropped(it.call)
    it.room.asked(it.call, 5, thinks=True)
    it.room.refused(it.call, 5)
    states = [json.loads(line.text)["state"] for line in it.call.log._lines]
    assert states == ["thinking", "idle", "thinking", "idle"]


def test_a_listener_that_is_gone_hears_nobody(it: Scene) -> None:
    it.call.street.control.store(Word.HELD, 1)
    it.hear(event("hearing"))
    it.room.deaf(it.call)
    assert it.call.mood.state == "idle"
    assert not it.call.held


def test_nothing_is_told_behind_the_end_of_the_call(it: Scene) -> None:
    it.call.log.close()
    assert it.hear(event("start", utterance=3), event("error", detail="x")) == []
