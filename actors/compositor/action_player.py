"""Which action a session's body plays, tick by tick.

In: what is asked for, at once or with a word of an utterance, and what is heard in each tick. Out:
switches of the session's timeline, and events as actions begin and end. An action begins with the
next tick; one into which no face can be pasted waits until nobody speaks, and is left when somebody
does. One with a sound of its own begins with that, lasts until it is over, and ends with an
interrupt. Runs in the compositor, on the loop; owns the actions that wait, `MOST_WAITING` at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from data.action import Action
from ringbuf import Control
from runtime.body_timeline import IDLE, BodyTimeline, ShownSegment
from runtime.control_words import ControlWord
from runtime.messages import ActorEvent, PlayAction
from runtime.playout import is_heard

MOST_WAITING: Final = 64
"""Actions that may wait for their words."""
_NEVER: Final = 1 << 54


@dataclass(frozen=True)
class TickSpeech:
    """What a tick lets hear: the utterance, 0 if none, the frame's number within it, and the epoch
    of the moment."""

    utterance: int
    frame: int
    epoch: int


@dataclass
class _Playing:
    """begun: its first frame. end: the first frame behind it, `_NEVER` while that is open. sounds:
    the utterance that is its own sound, 0 if it has none or that is over."""

    number: int
    action: Action
    begun: int
    end: int
    sounds: int

    def round_end(self, frame: int) -> int:
        """Where the round ends that is under way at this frame."""
        rounds = -(-(frame - self.begun) // self.action.length)
        return self.begun + max(1, rounds) * self.action.length


class ActionPlayer:
    """Of one session."""

    def __init__(
        self,
        session: str,
        control: Control,
        emit: Callable[[ActorEvent], None] = lambda event: None,
    ) -> None:
        self._session = session
        self._control = control
        self._timeline = BodyTimeline(control)
        self._emit = emit
        self._epoch = control.epoch
        self._actions: dict[int, Action] = {}
        self._waiting: list[PlayAction] = []
        self._playing: _Playing | None = None

    def load(self, number: int, action: Action) -> None:
        """The action of this number may be asked for from now on."""
        self._actions[number] = action

    def goes_on(self, frame: int) -> None:
        """Take up what the timeline says, after a restart of this process."""
        segment = self._timeline.at(frame)
        if segment.clip not in self._actions:
            return
        playing = _Playing(segment.clip, self._actions[segment.clip], segment.begin, _NEVER, 0)
        ends = [one.begin for one in self._timeline.segments() if one.begin > frame]
        if ends:
            playing.end = min(ends)
        elif not playing.action.head.loop:
            self._ends_at(playing, playing.round_end(frame + 1))
        self._playing = playing

    def ask(self, wanted: PlayAction) -> bool:
        """What is wanted; of two that are wanted at once the later one is played. False if too
        many wait for their words."""
        if not wanted.utterance:
            self._waiting = [one for one in self._waiting if one.utterance]
        elif len(self._waiting) >= MOST_WAITING:
            return False
        self._waiting.append(wanted)
        return True

    def begun(self, frame: int) -> int:
        """The first frame of what is shown at this one: no face takes the body back behind it."""
        return self._timeline.at(frame).begin

    def decide(self, frame: int, tick: int, speech: TickSpeech) -> ShownSegment:
        """Which segment the frame belongs to, now that it is shown with tick `tick`."""
        if speech.epoch != self._epoch:
            self._interrupted(frame, tick, speech.epoch)
        if self._playing is not None:
            self._end(self._playing, frame, tick, speech)
        due = [one for one in self._waiting if self._is_due(one, speech)]
        if due:
            self._waiting = [one for one in self._waiting if one not in due]
        for wanted in due:
            self._begin(wanted, frame, tick)
        return self._timeline.at(frame)

    def _interrupted(self, frame: int, tick: int, epoch: int) -> None:
        """What would have been said is not, nor what was to be done with it."""
        self._epoch = epoch
        self._waiting = [one for one in self._waiting if not one.utterance or one.epoch >= epoch]
        if self._playing is not None and self._playing.sounds:
            self._leave(self._playing, frame, tick)

    def _is_due(self, wanted: PlayAction, speech: TickSpeech) -> bool:
        """Whether its word is heard now, or was, and it can be shown."""
        if wanted.utterance:
            now = wanted.utterance == speech.utterance and wanted.frame <= speech.frame
            was = is_heard(self._control, wanted.utterance, wanted.frame)
            if not (now or was or self._is_over(wanted.utterance, speech)):
                return False
        if wanted.sounds or not wanted.name or self._actions[wanted.number].head.faces:
            return True
        return not self._speaks(speech)

    def _speaks(self, speech: TickSpeech) -> bool:
        return bool(speech.utterance or self._control.load(ControlWord.PLAYOUT_UTTERANCE))

    def _is_over(self, utterance: int, speech: TickSpeech) -> bool:
        """Whether nothing of it will be heard any more."""
        if utterance == speech.utterance:
            return False
        heard = self._control.load(ControlWord.HEARD_UTTERANCE)
        at_ear = self._control.load(ControlWord.PLAYOUT_UTTERANCE)
        return utterance < speech.utterance or (utterance <= heard and utterance != at_ear)

    def _begin(self, wanted: PlayAction, frame: int, tick: int) -> None:
        """Show it from this frame on; no name: the idle loop."""
        if self._playing is not None:
            self._leave(self._playing, frame, tick)
        if not wanted.name:
            return
        action = self._actions[wanted.number]
        sounds = wanted.utterance if wanted.sounds else 0
        self._playing = _Playing(wanted.number, action, frame, _NEVER, sounds)
        self._timeline.switch(ShownSegment(frame, wanted.number, 0))
        if not sounds and not wanted.loop:
            self._ends_at(self._playing, frame + action.length)
        self._tell("start", action, tick)

    def _end(self, playing: _Playing, frame: int, tick: int, speech: TickSpeech) -> None:
        """End it if it is over by now, or has to give way to speech."""
        if playing.sounds and self._is_over(playing.sounds, speech):
            playing.sounds = 0
            self._ends_at(playing, playing.round_end(frame))
        other = speech.utterance and speech.utterance != playing.sounds
        if frame >= playing.end or (other and not playing.action.head.faces):
            self._leave(playing, frame, tick)

    def _ends_at(self, playing: _Playing, end: int) -> None:
        """Plan it, so that faces which are rendered ahead are for what will be seen."""
        playing.end = end
        self._timeline.switch(ShownSegment(end, IDLE, _back(playing, end)))

    def _leave(self, playing: _Playing, frame: int, tick: int) -> None:
        """Back to the idle loop, unless that is shown by now."""
        self._playing = None
        if self._timeline.at(frame).clip != IDLE:
            self._timeline.switch(ShownSegment(frame, IDLE, _back(playing, frame)))
        self._tell("end", playing.action, tick)

    def _tell(self, what: str, action: Action, tick: int) -> None:
        event = ActorEvent(self._session, "action", tick=tick, detail=what, text=action.head.name)
        self._emit(event)


def _back(playing: _Playing, end: int) -> int:
    """The place of the idle loop that goes on where the action ends before frame `end`."""
    place = playing.action.place(max(0, end - 1 - playing.begun))
    return int(playing.action.returns[place]) + 1
