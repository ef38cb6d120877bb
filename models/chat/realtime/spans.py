"""Which messages of the service an answer consists of, and how long each is.

In: messages as they begin, sound as it comes, and up to where an answer was heard. Out: what of it
the service has to be told to forget. Pure; owns the answers that are not known to be heard whole.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_KEPT: Final = 64


class Truncation(NamedTuple):
    """Of this message only the first so many ms were heard."""

    item: str
    audio_end_ms: int


@dataclass
class _Span:
    item: str
    start: float
    length: float = 0.0


@dataclass
class AnswerSpans:
    """Of one answer: its utterance, and its messages in order (ms)."""

    utterance: int
    spans: list[_Span] = field(default_factory=list)

    def begins(self, item: str) -> None:
        """Sound of this message follows."""
        if not self.spans or self.spans[-1].item != item:
            start = self.spans[-1].start + self.spans[-1].length if self.spans else 0.0
            self.spans.append(_Span(item, start))

    def lasts(self, ms: float) -> None:
        """So much more of its sound has come."""
        self.spans[-1].length += ms


class HeardSpans:
    """Of one session."""

    def __init__(self) -> None:
        self._answers: deque[AnswerSpans] = deque(maxlen=_KEPT)

    def begin(self, utterance: int) -> AnswerSpans:
        """An answer is asked for."""
        self._answers.append(AnswerSpans(utterance))
        return self._answers[-1]

    def stopped(self, utterance: int, ms: int) -> list[Truncation]:
        """Everything was stopped when so much of this utterance had been heard: those before it
        were heard whole, those behind it not at all."""
        found: list[Truncation] = []
        for answer in self._answers:
            if answer.utterance < utterance:
                continue
            until = ms if answer.utterance == utterance else 0
            found += [
                Truncation(span.item, round(min(max(until - span.start, 0), span.length)))
                for span in answer.spans
                if until < span.start + span.length
            ]
        self._answers.clear()
        return found
