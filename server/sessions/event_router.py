"""What the actors tell of a call, and what becomes of it.

In: news of the actors. Out: events to the call's clients, cues handed on to egress, the times
of turns, and, through `Desk`, what has to be done: a person interrupts, a person is to be
answered, an utterance is over. Runs in the supervisor's process; owns nothing.
"""

from typing import Final, Protocol

from runtime.control_words import Word
from runtime.messages import Body, Cue, Event, News, Tell, Thought
from server.sessions import event_types as kinds
from server.sessions.event_types import Told, TurnMs
from server.sessions.session import Call

BACKCHANNEL: Final = "backchannel"
"""Detail of a transcript that only shows that somebody listens: it is not answered."""


class Desk(Protocol):
    """What the newsroom has others do."""

    def notify(self, call: Call, actor: str, message: Body) -> None:
        """Send a notice to an actor of the call."""

    def over(self, call: Call, utterance: int) -> None:
        """The utterance has ended at the ear, or will not get there."""

    def barge(self, call: Call) -> None:
        """The person interrupts."""

    def answer(self, call: Call, text: str, turn: int) -> bool:
        """The person has said something; whether it will be answered."""

    @property
    def transcribes(self) -> bool:
        """Whether a person's turn is followed by a final."""

    def timed(self, ms: TurnMs) -> None:
        """A turn took so long."""


class Newsroom:
    """For all calls; what it knows of one is in the call."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def heard(self, call: Call, news: News) -> None:
        """Take what an actor tells of this call."""
        match news:
            case Cue():
                self._desk.notify(call, "egress", news)
            case Thought():
                self._timed(call, news.utterance, call.turns.thought(news))
            case Event(kind="start" | "end" | "interrupted" | "sentence" | "word"):
                self._ear(call, news)
            case Event(kind="failed" | "error"):
                self._trouble(call, news)
            case Event():
                self._person(call, news)

    def tell(self, call: Call, event: Told) -> None:
        """Tell the call's clients, whichever way they listen."""
        if not call.log.closed:
            self._desk.notify(call, "egress", Tell(call.id, call.log.tell(event)))

    def tell_state(self, call: Call, before: str) -> None:
        """Tell the state, if it is no longer what it was before."""
        state = call.mood.state
        if state != before:
            self.tell(call, kinds.State(state=state))

    def asked(self, call: Call, utterance: int, *, turn: int = 0, thinks: bool) -> None:
        """An utterance was asked for: its time is taken unless it waits behind another.

        thinks: it is an answer, and has to be thought of first."""
        before = call.mood.state
        if call.pending == {utterance}:
            call.turns.asked(utterance, turn)
        if thinks:
            call.mood.asked(utterance)
        self.tell_state(call, before)

    def refused(self, call: Call, utterance: int) -> None:
        """It will not be said after all."""
        before = call.mood.state
        call.mood.ends(utterance)
        call.turns.forget(utterance)
        self.tell_state(call, before)

    def dropped(self, call: Call) -> None:
        """Nothing of what was asked for will be heard."""
        before = call.mood.state
        call.mood.interrupted()
        call.turns.clear()
        call.held = False
        self.tell_state(call, before)

    def gave_up(self, call: Call) -> None:
        """What the person said will not be answered after all."""
        before = call.mood.state
        call.mood.knows()
        self.tell_state(call, before)

    def deaf(self, call: Call) -> None:
        """Who listens to the person is gone: what they were saying is lost."""
        before = call.mood.state
        call.mood.silence()
        call.mood.knows()
        self._resume(call)
        self.tell_state(call, before)

    def _ear(self, call: Call, event: Event) -> None:
        """What is heard of the face; the state comes before a start and behind an end."""
        before = call.mood.state
        utterance = event.utterance
        match event.kind:
            case "start":
                call.mood.starts(utterance)
                self.tell_state(call, before)
                self.tell(call, kinds.Start(utterance=utterance, tick=event.tick))
                self._timed(call, utterance, call.turns.start(utterance, event.at))
            case "sentence" | "word":
                kind = kinds.Sentence if event.kind == "sentence" else kinds.Word
                self.tell(
                    call,
                    kind(
                        utterance=utterance,
                        tick=event.tick,
                        text=event.text,
                        start_ms=event.start_ms,
                        end_ms=event.end_ms,
                    ),
                )
            case _:
                ended = kinds.End if event.kind == "end" else kinds.Interrupted
                call.mood.ends(utterance)
                self._desk.over(call, utterance)
                self.tell(call, ended(utterance=utterance, tick=event.tick))
                self.tell_state(call, before)

    def _trouble(self, call: Call, event: Event) -> None:
        before = call.mood.state
        self.tell(call, kinds.Error(utterance=event.utterance, text=event.detail))
        if event.kind == "failed":
            if not call.mood.is_heard(event.utterance):  # else its `end` follows
                call.mood.ends(event.utterance)
            call.turns.forget(event.utterance)
            self._desk.over(call, event.utterance)
        self.tell_state(call, before)

    def _person(self, call: Call, event: Event) -> None:
        before = call.mood.state
        match event.kind:
            case "hearing":
                call.mood.hears()
                self.tell_state(call, before)
                self._hold(call)
            case "false_alarm":
                call.mood.silence()
                self._resume(call)
                self.tell_state(call, before)
            case "turn":
                call.mood.silence()
                if self._desk.transcribes:
                    call.mood.wonders()
                self.tell_state(call, before)
            case "barge":
                self._desk.barge(call)
            case "partial" | "final":
                self._transcript(call, event)
                self.tell_state(call, before)

    def _transcript(self, call: Call, event: Event) -> None:
        final = event.kind == "final"
        if event.text:
            self.tell(call, kinds.Transcript(turn=event.turn, text=event.text, final=final))
        meant = final and event.text and event.detail != BACKCHANNEL
        if not (meant and self._desk.answer(call, event.text, event.turn)) and final:
            call.mood.knows()

    def _hold(self, call: Call) -> None:
        control = call.street.control
        if control.load(Word.HELD) and not call.held:
            call.held = True
            self.tell(call, kinds.Held(utterance=control.load(Word.EAR_UTTERANCE)))

    def _resume(self, call: Call) -> None:
        if call.held:
            call.held = False
            self.tell(call, kinds.Resumed())

    def _timed(self, call: Call, utterance: int, found: tuple[int, TurnMs] | None) -> None:
        if found is not None:
            turn, ms = found
            self._desk.timed(ms)
            self.tell(call, kinds.Turn(utterance=utterance, turn=turn, ms=ms))
