"""What the person hears just now: events and `is_speaking`, in time with the ear.

In: the mark of every tick as it leaves, and flushes. Out: start, end and
interrupted events, and the ear's words in the session's control block, which
`is_speaking` reads. Runs in egress; owns nothing.
"""

from collections.abc import Callable

from runtime.actor import Session
from runtime.layouts import Flag
from runtime.messages import Event
from runtime.ports import Mark
from runtime.words import Word


class Ear:
    """One session's ear."""

    def __init__(self, session: Session, emit: Callable[[Event], None]) -> None:
        self._session = session.id
        self._control = session.control
        self._emit = emit
        self._utterance = 0

    def heard(self, mark: Mark) -> None:
        """A tick left."""
        self._control.store(Word.EAR_TICK, mark.tick)
        if mark.utterance and mark.utterance != self._utterance:
            self._utterance = mark.utterance
            self._control.store(Word.EAR_UTTERANCE, mark.utterance)
            self._tell("start", mark.utterance, mark.tick)
        if mark.utterance and Flag.LAST in mark.flags:
            self._silent("end", mark.tick)

    def flush(self) -> None:
        """The speech that was heard, if any, was interrupted."""
        if self._utterance:
            self._silent("interrupted", self._control.load(Word.EAR_TICK))

    def _silent(self, kind: str, tick: int) -> None:
        utterance, self._utterance = self._utterance, 0
        self._control.store(Word.EAR_UTTERANCE, 0)
        self._tell(kind, utterance, tick)

    def _tell(self, kind: str, utterance: int, tick: int) -> None:
        self._emit(Event(self._session, kind, utterance=utterance, tick=tick))
