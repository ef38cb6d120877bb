"""When a person begins to speak, when they mean it, and when they have finished.

In: a probability of voice for every window of 32 ms. Out: events. Pure and without a clock:
positions are samples at 16 kHz since the start. Owns a few numbers.

Voice begins at `threshold` and goes on down to 0.15 below it (Silero's own hysteresis). A gap of
up to 100 ms belongs to the word around it and counts as voice. A silence has four clocks:
`early_ms`, `short_silence_ms`, `statement_silence_ms` and `silence_ms`; whoever listens may end the
turn, or have it wait.
"""

from dataclasses import dataclass
from typing import Final, Literal

from data.services import Listening
from data.units import FEATURE_RATE
from models.hearing.vad import WINDOW

_HYSTERESIS: Final = 0.15
_LEAST: Final = 0.01
_GAP_MS: Final = 100
_PER_MS: Final = FEATURE_RATE // 1000
Clock = Literal["early", "short", "statement", "long"]


@dataclass(frozen=True)
class Onset:
    """Somebody may be speaking: `pause_ms` of voice. The face holds its tongue.

    at: samples heard so far; start: the first sample of voice.
    """

    at: int
    start: int


@dataclass(frozen=True)
class Confirmed:
    """`barge_ms` of voice since the onset: an interruption by its length."""

    at: int


@dataclass(frozen=True)
class Lull:
    """`resume_ms` of silence before it was confirmed, yet enough voice for a turn.

    The face may speak on; a short turn ("Yes.") still comes, or the person speaks on.
    """

    at: int


@dataclass(frozen=True)
class FalseAlarm:
    """The onset was a noise: less than `min_speech_ms` of voice, then `resume_ms` of silence."""

    at: int


@dataclass(frozen=True)
class Pause:
    """So much silence within what would be a turn: `early_ms`, `short_silence_ms`,
    `statement_silence_ms`, or, where whoever listens said that the person may be thinking,
    `silence_ms`.

    start, end: as of a TurnEnd. clock: which of the four.
    """

    at: int
    start: int
    end: int
    clock: Clock


@dataclass(frozen=True)
class GoesOn:
    """Voice again, after a Pause: the turn was not over."""

    at: int


@dataclass(frozen=True)
class TurnEnd:
    """The person has finished: `silence_ms` of silence (`patience_ms` where they were thinking),
    whoever listens said so, or `longest_seconds` are over.

    start, end: the first sample of voice and the one after the last. confirmed: whether it was
    an interruption by its length. cut: it was too long, and the person may still be speaking.
    """

    at: int
    start: int
    end: int
    confirmed: bool
    cut: bool


EndpointEvent = Onset | Confirmed | Lull | FalseAlarm | Pause | GoesOn | TurnEnd


class Endpointer:
    """One session's listener. Each Onset is followed by exactly one FalseAlarm or TurnEnd."""

    def __init__(self, listening: Listening) -> None:
        self._begin = listening.threshold
        self._goes_on = max(_LEAST, listening.threshold - _HYSTERESIS)
        self._onset = max(1, listening.pause_ms * _PER_MS)
        self._barge = listening.barge_ms * _PER_MS
        self._least = max(1, listening.min_speech_ms * _PER_MS)
        self._resume = max(1, listening.resume_ms * _PER_MS)
        self._silence = max(1, listening.silence_ms * _PER_MS)
        self._patience = max(self._silence, listening.patience_ms * _PER_MS)
        self._early = listening.early_ms * _PER_MS
        self._short = listening.short_silence_ms * _PER_MS
        self._statement = listening.statement_silence_ms * _PER_MS
        self._longest = max(WINDOW, round(listening.longest_seconds * FEATURE_RATE))
        self._at = 0
        self._voice = 0
        """Samples of voice since `_start`; 0 while there is none."""
        self._start = self._end = 0
        self._open = self._confirmed = self._lulled = self._thinking = False
        self._looked = 0
        """Samples of silence at the last Pause; 0: none since the last voice."""

    def push(self, probability: float) -> list[EndpointEvent]:
        """What the next window of 512 samples makes certain, in order."""
        begin, self._at = self._at, self._at + WINDOW
        voiced = probability >= (self._goes_on if self._in_word(begin) else self._begin)
        if voiced:
            return self._heard(begin)
        if not self._voice:
            return []
        if not self._open:
            if not self._in_word(self._at):
                self._forget()
            return []
        return self._quiet() or self._too_long()

    @property
    def at(self) -> int:
        """Samples heard so far."""
        return self._at

    def wait(self, thinking: bool = True) -> None:
        """The person may be thinking: this silence ends the turn only after `patience_ms`; or not
        after all, so that `silence_ms` do."""
        self._thinking = thinking

    def finish(self) -> list[EndpointEvent]:
        """The person has finished, or the sound is over: what was open ends now."""
        return [self._over(cut=False)] if self._open else []

    def _heard(self, begin: int) -> list[EndpointEvent]:
        """The window from `begin` on is voice."""
        if not self._voice:
            self._start = begin
            self._voice = WINDOW
        else:
            bridged = begin - self._end if self._in_word(begin) else 0
            self._voice += bridged + WINDOW
        self._end = self._at
        found: list[EndpointEvent] = [GoesOn(self._at)] if self._looked else []
        self._lulled = self._thinking = False
        self._looked = 0
        if not self._open and self._voice >= self._onset:
            self._open = True
            found.append(Onset(self._at, self._start))
        if self._open and not self._confirmed and self._voice >= self._barge:
            self._confirmed = True
            found.append(Confirmed(self._at))
        return found + self._too_long()

    def _quiet(self) -> list[EndpointEvent]:
        """What the silence since the last voice ends."""
        silence = self._at - self._end
        turn = self._confirmed or self._voice >= self._least
        most = self._patience if self._thinking else self._silence
        if silence >= (most if turn else self._resume):
            return [self._over(cut=False)]
        return self._pause(silence) if turn else []

    def _pause(self, silence: int) -> list[EndpointEvent]:
        """What so much silence within a turn is."""
        found: list[EndpointEvent] = []
        if not self._confirmed and not self._lulled and silence >= self._resume:
            self._lulled = True
            found.append(Lull(self._at))
        clocks: tuple[tuple[Clock, int], ...] = (
            ("early", self._early),
            ("short", self._short),
            ("statement", self._statement),
            ("long", self._silence),
        )
        for clock, samples in clocks:
            if self._looked < samples <= silence:
                found.append(Pause(self._at, self._start, self._end, clock))
        if found and isinstance(found[-1], Pause):
            self._looked = silence
        return found

    def _too_long(self) -> list[EndpointEvent]:
        if not self._open or self._at - self._start < self._longest:
            return []
        return [self._over(cut=True)]

    def _over(self, cut: bool) -> EndpointEvent:
        """Close what is open and say what it was."""
        start, end, confirmed = self._start, self._end, self._confirmed
        turn = confirmed or self._voice >= self._least
        self._forget()
        return TurnEnd(self._at, start, end, confirmed, cut) if turn else FalseAlarm(self._at)

    def _in_word(self, at: int) -> bool:
        """Whether a window at `at` is still in one word with the last voice."""
        return self._voice > 0 and at - self._end <= _GAP_MS * _PER_MS

    def _forget(self) -> None:
        self._voice = 0
        self._start = self._end = self._at
        self._open = self._confirmed = self._lulled = self._thinking = False
        self._looked = 0
