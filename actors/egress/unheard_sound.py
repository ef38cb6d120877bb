"""A session's sound that has not left yet, straight from ingest.

In: the sound ring, into which ingest writes what it also gives to the face. Out: for a tick whose
picture does not come, its sound. What leaves with its picture is let go of here, some at a time,
so that ingest is not woken for each chunk. Runs in egress; owns no ring.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNKS_PER_TICK, PLAYOUT_CHUNK, PLAYOUT_TICK
from runtime.actor import ActorSession
from runtime.layouts import Flag
from runtime.playout import is_heard
from runtime.ports import Mark, Slot

LET_GO_TICKS: Final = 5


class UnheardTick(NamedTuple):
    """A tick's sound, int16 [PLAYOUT_TICK], and its mark as a picture would bear it, without the
    session's tick."""

    mark: Mark
    sound: NDArray[np.int16]


class UnheardSound:
    """Of one session."""

    def __init__(self, session: ActorSession) -> None:
        self._control = session.control
        self._inlet = session.inlets["sound"]
        self._left = 0

    def heard(self) -> None:
        """A tick with speech left, as the control block says."""
        self._left += 1
        if self._left >= LET_GO_TICKS:
            self._left = 0
            self._next()

    def flush(self) -> None:
        """What is of an older epoch is let go of."""
        self._inlet.drop_stale()

    @property
    def place(self) -> tuple[int, int] | None:
        """Utterance and frame of what is to be heard next; None if nothing is there."""
        slot = self._next()
        return None if slot is None else (int(slot["utterance"]), _frame(slot))

    def take(self) -> UnheardTick | None:
        """The next tick's sound; None if there is none, or half of one whose rest will follow."""
        slot = self._next()
        if slot is None:
            return None
        mark = self._inlet.mark(slot)
        frame, number = _frame(slot), int(slot["tick"])
        if self._inlet.depth < CHUNKS_PER_TICK and Flag.BREAK not in mark.flags:
            return None
        sound = np.zeros(PLAYOUT_TICK, np.int16)
        flags = mark.flags
        while slot is not None and _frame(slot) == frame and slot["utterance"] == mark.utterance:
            at = (int(slot["tick"]) - number) * PLAYOUT_CHUNK
            sound[at : at + PLAYOUT_CHUNK] = slot["ear"]
            flags |= Flag(int(slot["flags"]))
            self._inlet.release()
            slot = self._inlet.take()
        return UnheardTick(mark._replace(flags=flags, tick=0, frame=frame), sound)

    def _next(self) -> Slot | None:
        """The oldest chunk that was not heard; those that were are let go of."""
        while (slot := self._inlet.take()) is not None:
            if not is_heard(self._control, int(slot["utterance"]), _frame(slot)):
                return slot
            self._inlet.release()
        return None


def _frame(slot: Slot) -> int:
    return int(slot["tick"]) // CHUNKS_PER_TICK
