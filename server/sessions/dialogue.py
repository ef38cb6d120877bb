"""What clients are told of a session's dialogue: its state, and where a turn's time went.

In: what was asked for, what is heard of the face, and what is heard of the person. Out: events
to the session's clients, each time that something changed, and times for the metrics. Runs in
the supervisor's process; owns nothing: what it knows of a session is in the session.
"""

import time

from runtime.control_words import ControlWord
from runtime.messages import SendEvent, TurnTiming
from runtime.playout import is_held
from server.sessions.actor_client import ActorClient
from server.sessions.event_types import (
    ClientEvent,
    Error,
    Held,
    Interrupted,
    Resumed,
    State,
    Turn,
)
from server.sessions.metrics import SessionMetrics
from server.sessions.session import Session
from server.sessions.turn_timing import TimedTurn


class Dialogue:
    """Of all sessions."""

    def __init__(self, client: ActorClient, metrics: SessionMetrics) -> None:
        self._client = client
        self._metrics = metrics

    def tell(self, session: Session, event: ClientEvent) -> None:
        """Tell the session's clients, whichever way they listen."""
        session.used = time.monotonic()
        if not session.log.closed:
            text = session.log.tell(event)
            self._client.notify(session, "egress", SendEvent(session.id, text))

    def begins(self, session: Session) -> None:
        """The session is there: its first event is its state."""
        self.tell(session, State(state=session.dialogue.state))

    def tell_state(self, session: Session, before: str) -> None:
        """Tell the state, if it is no longer what it was before."""
        state = session.dialogue.state
        if state != before:
            self.tell(session, State(state=state))

    def asked(
        self, session: Session, utterance: int, *, turn: int = 0, thinks: bool = False
    ) -> None:
        """An utterance was asked for: its time is taken unless it waits behind another.

        thinks: it is an answer, and has to be thought of first."""
        before = session.dialogue.state
        if session.pending == {utterance}:
            session.turns.asked(utterance, turn)
        if thinks:
            session.dialogue.asked(utterance)
        self.tell_state(session, before)

    def refused(self, session: Session, utterance: int) -> None:
        """It will not be said after all."""
        before = session.dialogue.state
        session.dialogue.ends(utterance)
        session.turns.forget(utterance)
        self.tell_state(session, before)

    def fails(self, session: Session, utterance: int, why: str) -> None:
        """It was accepted, and cannot be said."""
        self.tell(session, Error(utterance=utterance, text=why))
        self.refused(session, utterance)

    def trouble(self, session: Session, why: str) -> None:
        """Something went wrong of no utterance."""
        self.tell(session, Error(utterance=0, text=why))

    def dropped(self, session: Session) -> None:
        """Nothing of what was asked for will be heard."""
        before = session.dialogue.state
        session.dialogue.interrupted()
        session.turns.clear()
        session.held = False
        self.tell_state(session, before)

    def tell_unheard(self, session: Session) -> None:
        """Tell which utterances were interrupted before they began."""
        unheard, session.unheard = session.unheard, []
        tick = session.rings.control.load(ControlWord.PLAYOUT_TICK)
        for utterance in unheard:
            self.tell(session, Interrupted(utterance=utterance, tick=tick))

    def gave_up(self, session: Session) -> None:
        """What the person said will not be answered after all."""
        before = session.dialogue.state
        session.dialogue.transcript_settled()
        self.tell_state(session, before)

    def deaf(self, session: Session) -> None:
        """Who listens to the person is gone: what they were saying is lost."""
        before = session.dialogue.state
        session.dialogue.person_stops()
        session.dialogue.transcript_settled()
        self.resume(session)
        self.tell_state(session, before)

    def hold(self, session: Session) -> None:
        """The person makes a sound, or a client asks: tell that the face holds its tongue, if it
        does."""
        control = session.rings.control
        if is_held(control) and not session.held:
            session.held = True
            self.tell(session, Held(utterance=control.load(ControlWord.PLAYOUT_UTTERANCE)))

    def resume(self, session: Session) -> None:
        """The face goes on, unless a client holds it."""
        if session.held and not session.rings.control.load(ControlWord.CLIENT_HELD):
            session.held = False
            self.tell(session, Resumed())

    def synthesised(self, session: Session, timing: TurnTiming) -> None:
        """How an utterance came to be."""
        self._timed(session, timing.utterance, session.turns.timing(timing))

    def heard_at(self, session: Session, utterance: int, left: int) -> None:
        """It began to be heard at `left` (CLOCK_MONOTONIC ns)."""
        self._timed(session, utterance, session.turns.start(utterance, left))

    def _timed(self, session: Session, utterance: int, found: TimedTurn | None) -> None:
        if found is not None:
            turn, ms, steps = found
            self._metrics.timed(ms)
            self.tell(session, Turn(utterance=utterance, turn=turn, ms=ms, steps=steps))
