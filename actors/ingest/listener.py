"""One session's ear for the person: voice activity, interruptions, turns.

In: the mic ring. Out: events (hearing, false_alarm, barge, turn, final) and the word HELD. The
face holds its tongue at the first voice, which may be nothing; what then proves to be an
interruption is told to the supervisor, which flushes, and what does not lets the face go on
where it was. Runs on ingest's loop; owns its windows and the last sound.
"""

import time
from collections.abc import Callable
from typing import Final

from actors.ingest.early_turn import AnswerDrafts, EarlyTurn
from actors.ingest.echo_gate import LOOK, EchoGate
from actors.ingest.played_sound import PlayedSound
from actors.ingest.turn_transcriber import HeardTurn, TurnTranscriber
from actors.ingest.turn_words import TurnWords
from actors.ingest.utterance import UtteranceTimes
from data.services import AsrService, Listening
from data.units import FEATURE_RATE
from models.hearing.end_of_turn import EndOfTurn
from models.hearing.endpoint import (
    Confirmed,
    Endpointer,
    EndpointEvent,
    FalseAlarm,
    GoesOn,
    Lull,
    Onset,
    Pause,
    TurnEnd,
)
from models.hearing.recent_sound import RecentSound
from models.hearing.vad import WINDOW, Vad, VadStream
from models.hearing.words import is_backchannel, words_in
from runtime.actor import ActorSession
from runtime.control_words import ControlWord
from runtime.layouts import Stage
from runtime.messages import ActorEvent, ActorNews

BACKCHANNEL: Final = "backchannel"
"""Detail of a final that only shows that somebody listens: no turn of its own."""


class Listener:
    """Listens to one session's person; `run` until cancelled."""

    def __init__(
        self,
        session: ActorSession,
        vad: Vad,
        listening: Listening,
        asr: AsrService,
        transcriber: TurnTranscriber | None,
        emit: Callable[[ActorNews], None],
        talking: Callable[[], bool],
        judge: EndOfTurn | None = None,
        drafts: AnswerDrafts | None = None,
        played: PlayedSound | None = None,
    ) -> None:
        """`transcriber` finds a turn's words, None where there is no transcriber. `talking` says
        whether the face has something to say, heard by now or not. With a `judge` of ends and who
        `drafts` answers a turn may be over before its silence is long. An echo of what was `played`
        is known, and nobody's turn."""
        self._session = session
        self._stream = VadStream(vad)
        self._endpointer = Endpointer(listening)
        self._recent = RecentSound(listening)
        self._listening = listening
        self._partial_windows = asr.partial_ms * FEATURE_RATE // 1000 // WINDOW
        self.transcriber = transcriber
        self._emit = emit
        self._talking = talking
        self._early: EarlyTurn | None = None
        if transcriber is not None and judge is not None and drafts is not None:
            turn_words = TurnWords(self._recent, transcriber, listening)
            self._early = EarlyTurn(self._endpointer, self._recent, turn_words, judge, drafts)
        self._gate: EchoGate | None = None
        if played is not None and listening.echo_gate:
            self._gate = EchoGate(self._recent, played)
        self._echo = False
        """Whether the open voice is the face's own, as far as it was heard."""
        self._start: int | None = None
        self._windows = 0
        self._arrived = 0
        self._hold(False)

    def flush(self) -> None:
        """What the face had to say is over: there is nothing to hold."""
        self._hold(False)

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            await self._listen()
        finally:
            if self._early is not None:
                self._early.stop()

    async def _listen(self) -> None:
        inlet = self._session.inlets["mic"]
        while True:
            slot = await inlet.next()
            sound = slot["sound"].copy()
            self._arrived = int(slot["stamps"][Stage.EGRESS, 1])
            inlet.release()
            self._recent.push(sound)
            for probability in self._stream.push(sound):
                self._listen_over_echo(probability)
                for noticed in self._endpointer.push(probability):
                    self._take(noticed)
                self._look_at_times()

    def decide(self, spoken: HeardTurn, text: str) -> None:
        """What a turn's words mean: an interruption, a turn, or nothing. Every turn has a
        `final`, also one without words."""
        enough = words_in(text) >= self._listening.barge_words and not is_backchannel(text)
        detail = ""
        if self._talking() and not enough:
            self._resume()
            detail = BACKCHANNEL
        else:
            self._barge()
        words = text if words_in(text) else ""
        self._tell("final", turn=spoken.number, text=words, detail=detail)

    def _take(self, noticed: EndpointEvent) -> None:
        if not self._is_echo(noticed):
            self._notice(noticed)

    def _listen_over_echo(self, probability: float) -> None:
        """Somebody may begin to speak over an echo, which is one voice to the endpointer."""
        if not self._echo or self._gate is None or probability < self._listening.threshold:
            return
        at = self._endpointer.at
        if self._gate.is_talked_over(at):
            self._echo = False
            self._notice(Onset(at, at - LOOK))
            self._notice(Confirmed(at))

    def _is_echo(self, noticed: EndpointEvent) -> bool:
        """Whether all of this is the face's own voice; looked at again while it goes on, and where
        it is not after all, its onset is told now."""
        if self._gate is None:
            return False
        match noticed:
            case Onset(start=start):
                self._echo, self._start = self._gate.is_echo(start), start
                return self._echo
            case Confirmed() | TurnEnd() if self._echo and self._start is not None:
                end = noticed.end if isinstance(noticed, TurnEnd) else None
                self._echo = self._gate.is_echo(self._start, end)
                if not self._echo:
                    self._notice(Onset(noticed.at, self._start))
                elif isinstance(noticed, TurnEnd):
                    self._echo, self._start = False, None
                    return True
            case FalseAlarm() if self._echo:
                self._echo, self._start = False, None
                return True
        return self._echo

    def _notice(self, noticed: EndpointEvent) -> None:
        match noticed:
            case Onset(start=start):
                self._start, self._windows = start, 0
                if self._listening.barge_in and self._talking():
                    self._hold(True)
                self._tell("hearing")
            case Confirmed():
                self._confirmed()
            case Lull() if self.transcriber is None:
                self._resume()
            case Pause() if self._early is not None:
                self._early.pause(noticed, self._complete)
            case GoesOn() if self._early is not None:
                self._early.goes_on()
            case FalseAlarm():
                self._start = None
                if self._early is not None:
                    self._early.stop()
                self._resume()
            case TurnEnd():
                self._over(noticed)

    def _complete(self) -> None:
        """The turn is over before its silence is long."""
        for noticed in self._endpointer.finish():
            self._take(noticed)

    def _confirmed(self) -> None:
        """Long enough for an interruption; where words are asked for, they decide."""
        if self.transcriber is None or not self._listening.barge_words:
            self._barge()
        elif self._held:
            self._glance()

    def _glance(self) -> None:
        """Ask for the words so far; enough of them are an interruption at once."""
        if self.transcriber is None or self._start is None:
            return

        def then(text: str) -> None:
            enough = words_in(text) >= self._listening.barge_words
            if enough and not is_backchannel(text):
                self._barge()

        self.transcriber.glance(self._turn + 1, self._recent.cut(self._start), then)

    def _look_at_times(self) -> None:
        """What becomes of a long turn; partial results, every so many windows."""
        if self._echo:
            return
        if self._start is not None and self._early is not None:
            self._early.words.lasts(self._start, self._endpointer.at)
        if self._start is not None and self._partial_windows:
            self._windows += 1
            if self._windows % self._partial_windows == 0:
                self._glance()

    def _over(self, turn: TurnEnd) -> None:
        number = self._turn + 1
        self._session.control.store(ControlWord.TURN, number)
        self._start = None
        now = time.monotonic_ns()
        voice_end = self._arrived - (turn.at - turn.end) * 1_000_000_000 // FEATURE_RATE
        self._tell("turn", turn=number, at=voice_end)
        if self.transcriber is None:
            if not turn.confirmed:
                self._resume()
            return
        sound = self._recent.cut(turn.start, turn.end)
        steps = UtteranceTimes(now, voice_end=voice_end, turn_end=now)
        early = self._early.taken(turn.start, turn.end) if self._early is not None else None
        self.transcriber.put(HeardTurn(number, sound, steps, early))

    def _barge(self) -> None:
        if self._listening.barge_in and self._talking():
            self._tell("barge")

    def _resume(self) -> None:
        self._hold(False)
        self._tell("false_alarm")

    @property
    def _turn(self) -> int:
        return self._session.control.load(ControlWord.TURN)

    @property
    def _held(self) -> bool:
        return self._session.control.load(ControlWord.HELD) != 0

    def _hold(self, held: bool) -> None:
        self._session.control.store(ControlWord.HELD, int(held))

    def _tell(
        self, kind: str, *, turn: int = 0, text: str = "", detail: str = "", at: int = 0
    ) -> None:
        self._emit(ActorEvent(self._session.id, kind, detail=detail, text=text, turn=turn, at=at))
