"""What the person hears just now: events and `is_speaking`, in time with the ear.

In: the mark of every tick as it leaves, cues, and flushes. Out: start, sentence, word, end and
interrupted events, and the ear's words in the session's control block, which `is_speaking`
and ingest read. Runs in the egress process's event loop; owns the cues that wait.
"""

import logging
import time
from collections.abc import Callable, Iterable

from actors.egress.caption_cues import MOST, CaptionCues
from runtime.actor import ActorSession
from runtime.control_words import ControlWord
from runtime.layouts import Flag
from runtime.messages import ActorEvent, CaptionCue
from runtime.ports import Mark

logger = logging.getLogger(__name__)


class PlayoutCursor:
    """One session's ear."""

    def __init__(self, session: ActorSession, emit: Callable[[ActorEvent], None]) -> None:
        self._session = session.id
        self._control = session.control
        self._emit = emit
        self._utterance = 0
        self._frame = 0
        self._frame_zero = 0
        self._tick = 0
        self._cues = CaptionCues()
        self._overflowed = False

    @property
    def epoch(self) -> int:
        """The session's, as it is now."""
        return self._control.epoch

    def heard(self, mark: Mark, left: int) -> None:
        """A tick left at `left` (CLOCK_MONOTONIC ns). One without an utterance changes nothing:
        it may be a hold."""
        self._tick = mark.tick
        self._control.store(ControlWord.PLAYOUT_TICK, mark.tick)
        if not mark.utterance:
            return
        self._control.store(ControlWord.HEARD_FRAME, mark.frame)
        self._frame, self._frame_zero = mark.frame, mark.tick - mark.frame
        if mark.utterance != self._utterance:
            self._cues.end(self._utterance)  # if one is left that broke off without its end
            self._utterance = mark.utterance
            self._control.store(ControlWord.HEARD_UTTERANCE, mark.utterance)
            self._control.store(ControlWord.PLAYOUT_UTTERANCE, mark.utterance)
            self._tell("start", mark.utterance, mark.tick, left)
        self._tell_cues(self._cues.due(mark.utterance, mark.frame), left)
        if Flag.LAST in mark.flags:
            self._tell_cues(self._cues.end(mark.utterance), left)
            self._silent("end", left)

    def cue(self, cue: CaptionCue) -> None:
        """Keep a cue until its frame leaves; one whose frame has left is told at once."""
        if cue.epoch < self._control.epoch:
            return
        if not self._cues.add(cue) and len(self._cues) >= MOST and not self._overflowed:
            self._overflowed = True
            logger.warning(
                "%d sentences and words wait to be heard already; the newest are not told of",
                MOST,
                extra={"fields": {"session": self._session}},
            )
        if cue.utterance == self._utterance:
            self._tell_cues(self._cues.due(cue.utterance, self._frame), time.monotonic_ns())

    def flush(self) -> None:
        """The speech that was heard, if any, was interrupted; what it would have said is not."""
        self._cues.drop_older(self._control.epoch)
        if self._utterance:
            self._cues.end(self._utterance)
            self._silent("interrupted", time.monotonic_ns())

    def _silent(self, kind: str, at: int) -> None:
        utterance, self._utterance = self._utterance, 0
        self._control.store(ControlWord.PLAYOUT_UTTERANCE, 0)
        self._tell(kind, utterance, self._tick, at)

    def _tell_cues(self, cues: Iterable[CaptionCue], at: int) -> None:
        for cue in cues:
            self._emit(
                ActorEvent(
                    self._session,
                    cue.kind,
                    utterance=cue.utterance,
                    tick=min(self._tick, self._frame_zero + cue.frame),
                    text=cue.text,
                    start_ms=cue.start_ms,
                    end_ms=cue.end_ms,
                    at=at,
                )
            )

    def _tell(self, kind: str, utterance: int, tick: int, at: int) -> None:
        self._emit(ActorEvent(self._session, kind, utterance=utterance, tick=tick, at=at))
