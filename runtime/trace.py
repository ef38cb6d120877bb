"""The ticks that left lately, with all their stamps: what a trace is made from.

In: the mark of each tick as it leaves, and the moments at which its packets were handed to the
network. Out: rows as bytes, newest `KEPT` at most, so that one can look back at what has
already happened. Recording is always on: a row costs some microseconds and no message. Runs in
egress; owns the rows (4 MB), all of them from the beginning.
"""

import time
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from runtime.layouts import Stage
from runtime.ports import Mark

KEPT: Final = 30_000
"""Ticks: 20 minutes of one session, 100 seconds of twelve."""
UNSENT: Final = 4_000
"""Ticks that are looked for when a packet is sent: the packets of older ones have gone, or were
dropped. More than a hundred sessions have on the way."""
PAGE: Final = 1_000
"""Rows of one answer: they must fit a control message."""

SOUND: Final = "sound"
PICTURE: Final = "picture"
WIRE: Final = (SOUND, PICTURE)

ROW: Final = np.dtype(
    [
        ("session", "S16"),
        ("tick", np.int64),
        ("utterance", np.uint32),
        ("flags", np.uint32),
        ("stamps", np.int64, (len(Stage), 2)),
        ("left", np.int64),
        (SOUND, np.int64),
        (PICTURE, np.int64),
    ]
)
"""left: ns when egress had handed the tick to the encoders. sound, picture: ns when the first
packet of each was handed to the network, 0 where none was (yet)."""

Rows = NDArray[np.void]
"""[n] of ROW, oldest first."""


class FlightRecorder:
    """A flight recorder: one process's ticks."""

    def __init__(self, kept: int = KEPT) -> None:
        self._rows = np.empty(kept, ROW)
        self._rows.fill(0)  # unlike zeros, which takes its memory as it is written to
        self._count = 0
        self._places: dict[tuple[str, int], int] = {}

    def left(self, session: str, mark: Mark, left: int) -> None:
        """A tick left at `left` (ns)."""
        place = self._count % len(self._rows)
        if self._count >= (unsent := min(UNSENT, len(self._rows))):
            row = self._rows[(self._count - unsent) % len(self._rows)]
            self._places.pop((row["session"].decode(), int(row["tick"])), None)
        self._rows[place] = (
            session.encode(),
            mark.tick,
            mark.utterance,
            int(mark.flags),
            mark.stamps,
            left,
            0,
            0,
        )
        self._places[session, mark.tick] = place
        self._count += 1

    def sent(self, session: str, kind: str, tick: int) -> None:
        """The first packet of the tick's sound or picture goes to the network now."""
        place = self._places.get((session, tick))
        if place is not None:
            self._rows[place][kind] = time.monotonic_ns()

    def page(self, after: int) -> bytes:
        """The oldest rows that left after `after` (ns), at most PAGE of them."""
        kept = min(self._count, len(self._rows))
        order = np.arange(self._count - kept, self._count) % len(self._rows)
        begin = int(np.searchsorted(self._rows["left"][order], after, side="right"))
        return self._rows[order[begin : begin + PAGE]].tobytes()


def rows_of(pages: Iterable[bytes]) -> Rows:
    """The rows of the pages, by the time at which they left."""
    rows: Rows = np.frombuffer(b"".join(pages), ROW)
    return rows[np.argsort(rows["left"], kind="stable")]
