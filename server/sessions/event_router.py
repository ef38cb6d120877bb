"""What the actors tell of a session, and what becomes of it.

In: news of the actors. Out: events to the session's clients, cues handed on to egress, and what
has to be done: a person interrupts, a person is to be answered, an utterance is over, a client
is gone. Runs in the supervisor's process; owns nothing.
"""

from typing import Final, Literal, Protocol

from data.hearing.bundled import resolved
from runtime.errors import RingtalkError
from runtime.messages import (
    ActorEvent,
    ActorNews,
    CaptionCue,
    OutputState,
    ToolCalled,
    TurnTiming,
    ViewerCount,
)
from runtime.settings import Settings
from server.sessions import event_types as events
from server.sessions.abilities import answers_of
from server.sessions.actions import Actions
from server.sessions.actor_client import ActorClient
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.dialogue import Dialogue
from server.sessions.distribution import SessionDistribution
from server.sessions.machine_paths import MachinePaths
from server.sessions.session import Session
from server.sessions.speech import Speech
from server.sessions.utterance_texts import UtteranceText

BACKCHANNEL: Final = "backchannel"
"""Detail of a transcript that only shows that somebody listens: it is not answered."""
ANSWERED: Final = "answered"
"""Detail of a transcript that comes behind the answer to it."""
STATES: Final = {"connected": "live", "disconnected": "quiet"}


class SessionGone(Protocol):
    """Ends a session for this reason; "its client has left" if none is given."""

    def __call__(self, session: Session, reason: str = ..., /) -> None: ...


class EventRouter:
    """Of all sessions. gone: ends a session whose client has left, or whose room is over."""

    def __init__(
        self,
        settings: Settings,
        client: ActorClient,
        dialogue: Dialogue,
        speech: Speech,
        actions: Actions,
        tasks: BackgroundTasks,
        gone: SessionGone,
        distribution: SessionDistribution,
    ) -> None:
        self._answers = answers_of(settings) != "nothing"
        self._transcribes = bool(resolved(settings.asr).kind)
        self._client = client
        self._dialogue = dialogue
        self._speech = speech
        self._actions = actions
        self._tasks = tasks
        self._gone = gone
        self._distribution = distribution
        self._paths = MachinePaths(settings.cache_dir)

    def heard(self, session: Session, news: ActorNews) -> None:
        """Take what an actor tells of this session."""
        match news:
            case CaptionCue(kind="action"):
                self._actions.cue(session, news)
            case CaptionCue():
                session.conversation.caption(news)
                if news.kind == "sentence":
                    session.said.sentence(news.utterance, news.text)
                self._client.notify(session, "egress", news)
            case OutputState() | ViewerCount():
                self._distribution.heard(session, news)
                if isinstance(news, OutputState):
                    self._left_room(session, news)
            case TurnTiming():
                self._dialogue.synthesised(session, news)
            case ToolCalled():
                self._tool(session, news)
            case ActorEvent(kind="connected" | "disconnected" | "gone" | "progress" | "finished"):
                self._connection(session, news)
            case ActorEvent(kind="start" | "end" | "interrupted" | "sentence" | "word"):
                self._playout(session, news)
            case ActorEvent(kind="action"):
                self._acting(session, news)
            case ActorEvent(kind="failed" | "error"):
                self._trouble(session, news)
            case ActorEvent():
                self._person(session, news)

    def _left_room(self, session: Session, news: OutputState) -> None:
        """A session whose agent is in a room ends with it."""
        if session.room == news.output and news.state == "failed":
            self._gone(session, news.why)

    def _connection(self, session: Session, event: ActorEvent) -> None:
        match event.kind:
            case "gone":
                self._gone(session)
            case "progress":
                session.on_tick(event.tick + 1)
            case "finished":
                session.on_tick(event.tick + 1)
                session.finished.set()
            case _:
                session.state = STATES[event.kind]

    def _playout(self, session: Session, event: ActorEvent) -> None:
        """What is heard of the face; the state comes before a start and behind an end."""
        before = session.dialogue.state
        utterance = event.utterance
        said = session.said.of(utterance)
        if utterance in session.silenced:  # its end was told already
            session.dialogue.ends(utterance)
            self._dialogue.tell_state(session, before)
            return
        match event.kind:
            case "start":
                self._speech.begins(session, utterance)
                session.dialogue.starts(utterance)
                self._dialogue.tell_state(session, before)
                begun = events.Start(
                    utterance=utterance, tick=event.tick, text=said.begins_with, tts=said.tts
                )
                self._dialogue.tell(session, begun)
                self._dialogue.heard_at(session, utterance, event.at)
            case "sentence" | "word":
                kind = events.Sentence if event.kind == "sentence" else events.Word
                self._dialogue.tell(
                    session,
                    kind(
                        utterance=utterance,
                        tick=event.tick,
                        text=event.text,
                        start_ms=event.start_ms,
                        end_ms=event.end_ms,
                    ),
                )
            case _:
                session.dialogue.ends(utterance)
                self._speech.over(session, utterance)
                self._dialogue.tell(session, _ended(event, said))
                self._dialogue.tell_unheard(session)
                self._dialogue.tell_state(session, before)

    def _tool(self, session: Session, news: ToolCalled) -> None:
        phase: Literal["start", "end"] = "start" if news.phase == "start" else "end"
        told = events.Tool(
            utterance=news.utterance,
            call=news.call,
            name=news.name,
            phase=phase,
            outcome=news.outcome or None,
            text=self._paths.hidden(news.detail) or None,
            ms=news.ms if phase == "end" else None,
        )
        self._dialogue.tell(session, told)

    def _acting(self, session: Session, event: ActorEvent) -> None:
        phase: Literal["start", "end"] = "start" if event.detail == "start" else "end"
        told = events.Acting(name=event.text, phase=phase, tick=event.tick)
        self._dialogue.tell(session, told)

    def _trouble(self, session: Session, event: ActorEvent) -> None:
        before = session.dialogue.state
        told = self._paths.hidden(event.detail)
        self._dialogue.tell(session, events.Error(utterance=event.utterance, text=told))
        if event.kind == "failed":
            if not session.dialogue.is_heard(event.utterance):  # else its `end` follows
                session.dialogue.ends(event.utterance)
            session.turns.forget(event.utterance)
            self._speech.over(session, event.utterance)
        self._dialogue.tell_state(session, before)
        if event.kind == "failed" and session.rings.spec.record:
            session.failure = event.detail
            session.finished.set()

    def _person(self, session: Session, event: ActorEvent) -> None:
        before = session.dialogue.state
        match event.kind:
            case "hearing":
                session.dialogue.person_speaks()
                self._dialogue.tell_state(session, before)
                self._dialogue.hold(session)
            case "false_alarm":
                session.dialogue.person_stops()
                self._dialogue.resume(session)
                self._dialogue.tell_state(session, before)
            case "turn":
                session.dialogue.person_stops()
                if self._transcribes:
                    session.dialogue.awaits_transcript()
                self._dialogue.tell_state(session, before)
            case "asks":
                self._tasks.start(self._answer(session, "", event.turn))
            case "barge":
                self._speech.silence(session)
            case "partial" | "final":
                self._transcript(session, event)
                self._dialogue.tell_state(session, before)

    def _transcript(self, session: Session, event: ActorEvent) -> None:
        final = event.kind == "final"
        if event.text:
            said = events.Transcript(turn=event.turn, text=event.text, final=final)
            self._dialogue.tell(session, said)
        if final and event.detail == ANSWERED:
            session.conversation.understood(event.turn, event.text)
            return
        meant = bool(event.text) and event.detail != BACKCHANNEL
        if final and meant and self._answers:
            self._tasks.start(self._answer(session, event.text, event.turn))
        elif final:
            session.dialogue.transcript_settled()

    async def _answer(self, session: Session, text: str, turn: int) -> None:
        try:
            await self._speech.answer(session, text, turn=turn)
        except RingtalkError as error:
            told = self._paths.hidden(str(error))
            self._dialogue.tell(session, events.Error(utterance=0, text=told))
            self._dialogue.gave_up(session)


def _ended(event: ActorEvent, said: UtteranceText) -> events.End | events.Interrupted:
    utterance, tick = event.utterance, event.tick
    if event.kind == "end":
        return events.End(utterance=utterance, tick=tick, text=said.whole, tts=said.tts)
    return events.Interrupted(utterance=utterance, tick=tick)
