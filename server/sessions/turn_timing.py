"""How long an answer took: from the person's last voice to the face's first sound.

In: a TurnTiming of ingest and the `start` of egress for the same utterance, in either order. Out:
the parts in ms, once. Pure; one for each session; owns at most KEPT utterances whose other half
is not there yet.
"""

from collections import OrderedDict
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from runtime.messages import TurnTiming
from server.sessions.event_types import TurnMs, TurnSteps

KEPT: Final = 16
PARTS: Final = ("vad", "asr", "llm", "sentence", "tts", "face")
"""The parts in their order; each ends with the step of the same place in `_steps`."""
TOTAL: Final = "total"
_MS: Final = 1e-6


class TimedTurn(NamedTuple):
    """turn: the person's that was answered, 0 for a text."""

    turn: int
    ms: TurnMs
    steps: TurnSteps


class TurnTimer:
    """The utterances whose time is taken."""

    def __init__(self) -> None:
        self._turns: OrderedDict[int, int] = OrderedDict()
        self._timings: dict[int, TurnTiming] = {}
        self._starts: dict[int, int] = {}

    def asked(self, utterance: int, turn: int) -> None:
        """Take the time of this utterance, the answer to the person's `turn` (0: a text)."""
        self._turns[utterance] = turn
        while len(self._turns) > KEPT:
            self.forget(next(iter(self._turns)))

    def timing(self, timing: TurnTiming) -> TimedTurn | None:
        """Its steps are known: its times, if its start is known too."""
        if timing.utterance in self._turns:
            self._timings[timing.utterance] = timing
        return self._both(timing.utterance)

    def start(self, utterance: int, left: int) -> TimedTurn | None:
        """It began to be heard at `left` (CLOCK_MONOTONIC ns): as `timing`."""
        if utterance in self._turns:
            self._starts[utterance] = left
        return self._both(utterance)

    def forget(self, utterance: int) -> None:
        """It will not be heard."""
        self._turns.pop(utterance, None)
        self._timings.pop(utterance, None)
        self._starts.pop(utterance, None)

    def clear(self) -> None:
        """Nothing of what was asked for will be heard."""
        for utterance in list(self._turns):
            self.forget(utterance)

    def _both(self, utterance: int) -> TimedTurn | None:
        timing, left = self._timings.get(utterance), self._starts.get(utterance)
        if timing is None or left is None:
            return None
        turn = self._turns[utterance]
        self.forget(utterance)
        return TimedTurn(turn, parts(timing, left), steps(timing, left))


def parts(timing: TurnTiming, left: int) -> TurnMs:
    """Each part from the last step that was taken before it to its own; `left` in ns.

    A text begins when it was asked for; the words of a person at the end of their voice. A step
    that was taken before the one that stands before it, since it was taken early, took no time."""
    begin = timing.voice_end or timing.asked
    steps = (
        timing.turn_end,
        timing.transcript,
        timing.first_token,
        timing.first_sentence,
        timing.first_sound,
        left,
    )
    named = [(part, step) for part, step in zip(PARTS, steps, strict=True) if step]
    latest = accumulate((step for _, step in named), max)
    taken = [(part, step) for (part, _), step in zip(named, latest, strict=True)]
    found = {
        part: round(max(0, step - before) * _MS, 1)
        for (_, before), (part, step) in pairwise([("", begin), *taken])
    }
    return TurnMs(**found, total=round(max(0, left - begin) * _MS, 1))


def steps(timing: TurnTiming, left: int) -> TurnSteps:
    """When each step was taken, early or not; `left` in ns."""
    begin = timing.voice_end or timing.asked
    return TurnSteps(
        turn_end=_after(begin, timing.turn_end),
        words_asked=_after(begin, timing.words_asked),
        transcript=_after(begin, timing.transcript),
        first_token=_after(begin, timing.first_token),
        first_sentence=_after(begin, timing.first_sentence),
        first_sound=_after(begin, timing.first_sound),
        left=round(max(0, left - begin) * _MS, 1),
    )


def _after(begin: int, step: int) -> float | None:
    return round((step - begin) * _MS, 1) if step else None
