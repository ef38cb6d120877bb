"""Sentences and words that are to be told of when they are heard.

In: cues, ahead of their sound as a rule. Out: those that are due. Runs in the egress process's
event loop; owns at most MOST cues of one session.
"""

from bisect import insort
from collections import deque
from typing import Final

from runtime.messages import CaptionCue

MOST: Final = 2048
"""Cues that may wait: over ten minutes of words."""
ENDED_KEPT: Final = 64
"""Utterances that are remembered to have ended."""


class CaptionCues:
    """What waits, by utterance, in the order of its frames; equal frames keep theirs."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[CaptionCue]] = {}
        self._count = 0
        self._ended: deque[int] = deque(maxlen=ENDED_KEPT)

    def __len__(self) -> int:
        return self._count

    def add(self, cue: CaptionCue) -> bool:
        """Keep a cue. False: its utterance has ended, or MOST wait already."""
        if cue.utterance in self._ended or self._count >= MOST:
            return False
        insort(self._waiting.setdefault(cue.utterance, []), cue, key=lambda one: one.frame)
        self._count += 1
        return True

    def due(self, utterance: int, frame: int) -> list[CaptionCue]:
        """Take the cues of this utterance up to this frame."""
        waiting = self._waiting.get(utterance)
        if not waiting or waiting[0].frame > frame:
            return []
        count = sum(1 for cue in waiting if cue.frame <= frame)
        self._count -= count
        found = waiting[:count]
        del waiting[:count]
        return found

    def end(self, utterance: int) -> list[CaptionCue]:
        """The utterance is over: take all that is left of it."""
        self._ended.append(utterance)
        left = self._waiting.pop(utterance, [])
        self._count -= len(left)
        return left

    def drop_older(self, epoch: int) -> None:
        """Forget the cues of an older epoch."""
        for utterance, waiting in list(self._waiting.items()):
            kept = [cue for cue in waiting if cue.epoch >= epoch]
            self._count -= len(waiting) - len(kept)
            if kept:
                self._waiting[utterance] = kept
            else:
                del self._waiting[utterance]
