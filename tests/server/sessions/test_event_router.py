"""What becomes of the actors' news: events, and what has to be done."""

import json
from collections.abc import Collection, Coroutine, Iterator, Mapping, Sequence
from typing import Any

import pytest

from data.services import AsrService, LlmService, SpeechStyle
from runtime.control_words import ControlWord
from runtime.messages import (
    ActorEvent,
    ActorNews,
    CaptionCue,
    MessageBody,
    OutputState,
    OutputTarget,
    SendEvent,
    ToolCalled,
    TurnTiming,
)
from runtime.settings import Settings
from server.sessions.actions import Actions
from server.sessions.actor_client import ActorClient
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.conversation_log import ConversationLog
from server.sessions.dialogue import Dialogue
from server.sessions.distribution import SessionDistribution
from server.sessions.event_router import EventRouter
from server.sessions.event_types import TurnMs
from server.sessions.metrics import SessionMetrics
from server.sessions.rate_limit import RateLimit
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session
from server.sessions.session_output import SessionOutput
from server.sessions.speech import Speech
from tests.actors.session_rig import Rig

SESSION = "s"


class RecordedClient(ActorClient):
    """Keeps the notices that would have gone to egress."""

    def __init__(self) -> None:
        self.notices: list[MessageBody] = []

    def notify(self, session: Session, actor: str, message: MessageBody) -> None:
        assert actor == "egress"
        self.notices.append(message)


class RecordedSpeech(Speech):
    """Writes down what it was told to do."""

    def __init__(self, done: list[tuple[object, ...]]) -> None:
        self._done = done

    def over(self, session: Session, utterance: int) -> None:
        self._done.append(("over", utterance))

    def silence(self, session: Session, but: Collection[int] = ()) -> None:
        self._done.append(("silence",))

    async def answer(
        self,
        session: Session,
        text: str,
        style: SpeechStyle | None = None,
        turn: int = 0,
        tts: Mapping[str, object] | None = None,
    ) -> Sequence[str]:
        self._done.append(("answer", text, turn))
        return ()


class RecordedMetrics(SessionMetrics):
    """Writes down the turns' times."""

    def __init__(self, done: list[tuple[object, ...]]) -> None:
        self._done = done

    def timed(self, ms: TurnMs) -> None:
        self._done.append(("timed", ms.total))


class RecordedActions(Actions):
    """What it was asked for."""

    def __init__(self, done: list[tuple[object, ...]]) -> None:
        self._done = done

    def cue(self, session: Session, cue: CaptionCue) -> None:
        self._done.append(("cue", cue.text, cue.utterance, cue.frame))


class AtOnce(BackgroundTasks):
    """Runs what has nothing to wait for, at once."""

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        with pytest.raises(StopIteration):
            work.send(None)


class Scene:
    """A session, and the router that hears of it: with a language model, without a transcriber."""

    def __init__(self, rig: Rig) -> None:
        self.session = Session(rig.rings, {}, RateLimit(50), ConversationLog(5))
        self.done: list[tuple[object, ...]] = []
        self.client = RecordedClient()
        self.dialogue = Dialogue(self.client, RecordedMetrics(self.done))
        self.set_up()

    def set_up(self, *, answers: bool = True, transcribes: bool = False) -> None:
        """Begin anew, with these of the services that the settings may name."""
        settings = Settings(
            llm=LlmService(url="http://localhost:1" if answers else ""),
            asr=AsrService(kind="faster-whisper" if transcribes else ""),
            guide=False,
        )
        speech = RecordedSpeech(self.done)
        self.router = EventRouter(
            settings,
            self.client,
            self.dialogue,
            speech,
            RecordedActions(self.done),
            AtOnce(),
            lambda session, reason="its client has left": self.done.append(("gone", reason)),
            SessionDistribution(
                settings, SessionRegistry(), self.client, self.dialogue, speech, AtOnce()
            ),
        )

    def hear(self, *news: ActorNews) -> list[dict[str, Any]]:
        """The events that follow, as they go down the data channel."""
        before = len(self.client.notices)
        for one in news:
            self.router.heard(self.session, one)
        told = [notice for notice in self.client.notices[before:] if isinstance(notice, SendEvent)]
        return [json.loads(one.text) for one in told]


@pytest.fixture
def it() -> Iterator[Scene]:
    with Rig() as rig:
        yield Scene(rig)


def event(kind: str, **fields: Any) -> ActorEvent:
    return ActorEvent(SESSION, kind, **fields)


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
    assert it.done == [("over", 3)]


def test_an_end_that_an_interrupt_overtook_is_not_told_twice(it: Scene) -> None:
    it.hear(event("start", utterance=3))
    it.session.silenced.append(3)
    assert brief(it.hear(event("end", utterance=3))) == ["idle"]
    assert it.hear(event("start", utterance=3), event("interrupted", utterance=3)) == []
    assert brief(it.hear(event("start", utterance=4))) == ["speaking", "start"]


def test_cues_are_handed_on_as_they_are(it: Scene) -> None:
    cue = CaptionCue(SESSION, 1, 3, 4, "word", "Hello", 160, 300)
    assert it.hear(cue) == []
    assert it.client.notices == [cue]


def test_a_noise_holds_the_face_and_lets_it_go_on(it: Scene) -> None:
    it.hear(event("start", utterance=3))
    it.session.rings.control.store(ControlWord.PLAYOUT_UTTERANCE, 3)
    it.session.rings.control.store(ControlWord.HELD, 1)
    told = it.hear(event("hearing"))
    assert brief(told) == ["listening", "held"]
    assert told[1]["utterance"] == 3
    assert brief(it.hear(event("false_alarm"), event("false_alarm"))) == ["resumed", "speaking"]


def test_a_noise_does_not_end_what_a_client_holds(it: Scene) -> None:
    control = it.session.rings.control
    control.store(ControlWord.CLIENT_HELD, 1)
    it.dialogue.hold(it.session)
    control.store(ControlWord.HELD, 1)
    assert "held" not in brief(it.hear(event("hearing"))), "it is told once"
    control.store(ControlWord.HELD, 0)
    assert "resumed" not in brief(it.hear(event("false_alarm")))
    control.store(ControlWord.CLIENT_HELD, 0)
    assert "resumed" in brief(it.hear(event("false_alarm")))


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
    assert it.done == [("silence",), ("over", 3), ("answer", "what is it", 2)]


def test_between_a_turn_and_its_answer_the_face_thinks(it: Scene) -> None:
    it.set_up(transcribes=True)
    told = it.hear(event("hearing"), event("turn", turn=1))
    assert brief(told) == ["listening", "thinking"]
    assert brief(it.hear(event("final", text="what is it", turn=1))) == ["transcript"]
    it.dialogue.asked(it.session, 1, turn=1, thinks=True)
    assert brief(it.hear(event("start", utterance=1)))[0] == "speaking"


@pytest.mark.parametrize("text", ["", "what is it"])
def test_a_turn_that_is_not_answered_leaves_the_face_idle(it: Scene, text: str) -> None:
    it.set_up(answers=False, transcribes=True)
    it.hear(event("hearing"), event("turn", turn=1))
    assert brief(it.hear(event("final", text=text, turn=1)))[-1] == "idle"


def test_an_answer_that_is_refused_leaves_the_face_idle(it: Scene) -> None:
    it.set_up(transcribes=True)
    it.hear(event("turn", turn=1), event("final", text="what is it", turn=1))
    it.dialogue.gave_up(it.session)
    assert it.session.dialogue.state == "idle"


@pytest.mark.parametrize(
    ("news", "told"),
    [
        (event("final", text="mhm", detail="backchannel", turn=2), ["transcript"]),
        (event("final", text="", turn=2), []),
        (event("partial", text="", turn=2), []),
    ],
)
def test_what_is_no_turn_is_not_answered(it: Scene, news: ActorEvent, told: list[str]) -> None:
    assert brief(it.hear(news)) == told
    assert it.done == []


def test_an_error_is_no_end_and_a_failure_is(it: Scene) -> None:
    it.dialogue.asked(it.session, 4, thinks=True)
    told = it.hear(event("error", utterance=4, detail="the voice broke off"))
    assert told[0] | {"utterance": 4, "text": "the voice broke off"} == told[0]
    assert it.done == []
    assert brief(it.hear(event("failed", utterance=4, detail="it is gone"))) == ["error", "idle"]
    assert it.done == [("over", 4)]


def test_a_failure_in_the_middle_is_followed_by_its_end(it: Scene) -> None:
    it.hear(event("start", utterance=4))
    assert brief(it.hear(event("failed", utterance=4, detail="it is gone"))) == ["error"]
    assert brief(it.hear(event("end", utterance=4))) == ["end", "idle"]


def test_an_answer_is_thought_of_and_its_time_is_taken(it: Scene) -> None:
    it.session.pending.add(4)
    it.dialogue.asked(it.session, 4, turn=2, thinks=True)
    assert it.session.dialogue.state == "thinking"
    timing = TurnTiming(SESSION, 4, asked=0, voice="v", voice_end=1_000_000, first_sound=3_000_000)
    told = it.hear(timing, event("start", utterance=4, at=11_000_000))
    assert brief(told) == ["speaking", "start", "turn"]
    assert told[2]["turn"] == 2
    assert told[2]["ms"] == {"tts": 2, "face": 8, "total": 10}
    assert it.done == [("timed", 10)]


def test_what_waits_behind_something_else_is_not_timed(it: Scene) -> None:
    it.session.pending.update((3, 4))
    it.dialogue.asked(it.session, 4, thinks=False)
    told = it.hear(TurnTiming(SESSION, 4, asked=1, voice="v"), event("start", utterance=4, at=9))
    assert brief(told) == ["speaking", "start"]


def test_who_interrupts_or_is_refused_is_not_waited_for(it: Scene) -> None:
    it.dialogue.asked(it.session, 4, thinks=True)
    it.dialogue.dropped(it.session)
    it.dialogue.asked(it.session, 5, thinks=True)
    it.dialogue.refused(it.session, 5)
    states = [json.loads(line.text)["state"] for line in it.session.log._lines]
    assert states == ["thinking", "idle", "thinking", "idle"]


def test_a_listener_that_is_gone_hears_nobody(it: Scene) -> None:
    it.session.rings.control.store(ControlWord.HELD, 1)
    it.hear(event("hearing"))
    it.dialogue.deaf(it.session)
    assert it.session.dialogue.state == "idle"
    assert not it.session.held


def test_a_turn_is_answered_whose_words_come_later(it: Scene) -> None:
    it.set_up(answers=True)
    it.session.conversation.asked(5, "", 2)
    it.hear(event("hearing"), event("turn", turn=2), event("asks", turn=2))
    assert it.done[-1][:3] == ("answer", "", 2)
    told = it.hear(event("final", turn=2, text="Hello.", detail="answered"))
    assert brief(told) == ["transcript"]
    assert it.done[-1][:3] == ("answer", "", 2), "it is not answered again"
    assert [one.text for one in it.session.conversation.exchanges()] == ["Hello."]


def test_calls_of_tools_are_told(it: Scene) -> None:
    called = ToolCalled(SESSION, 3, "c1", "weather", "start")
    failed = ToolCalled(SESSION, 3, "c1", "weather", "end", "slow", "no answer within 1 s", 1002)
    same = {"status": "tool", "utterance": 3, "call": "c1", "name": "weather"}
    assert it.hear(called, failed) == [
        {"id": 1, **same, "phase": "start"},
        {
            "id": 2,
            **same,
            "phase": "end",
            "outcome": "slow",
            "text": "no answer within 1 s",
            "ms": 1002,
        },
    ]


def test_nothing_is_told_behind_the_end_of_the_call(it: Scene) -> None:
    it.session.log.close()
    assert it.hear(event("start", utterance=3), event("error", detail="x")) == []


def test_an_action_is_told_of_and_named_in_a_text_it_is_played(it: Scene) -> None:
    assert it.hear(
        event("action", tick=50, text="wave", detail="start"),
        event("action", tick=75, text="wave", detail="end"),
    ) == [
        {"id": 1, "status": "action", "name": "wave", "phase": "start", "tick": 50},
        {"id": 2, "status": "action", "name": "wave", "phase": "end", "tick": 75},
    ]
    before = len(it.client.notices)
    assert it.hear(CaptionCue(SESSION, 0, 3, 12, "action", "wave", 480, 480)) == []
    assert it.done[-1] == ("cue", "wave", 3, 12)
    assert len(it.client.notices) == before, "egress is not told"


def test_a_session_ends_with_the_room_that_it_is_for_and_with_no_other_output(it: Scene) -> None:
    target = OutputTarget("livekit", "ws://localhost/", "t")
    it.session.outputs = {name: SessionOutput(name, target) for name in ("a", "b")}
    it.session.room = "a"
    for output, state in (("a", "live"), ("b", "failed"), ("a", "waiting")):
        it.hear(OutputState(SESSION, output, state))
    assert [done for done in it.done if done[0] == "gone"] == []
    it.hear(OutputState(SESSION, "a", "failed", "the agent has left the room"))
    assert it.done[-1] == ("gone", "the agent has left the room")
