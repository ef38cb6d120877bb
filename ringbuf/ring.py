"""A ring: one segment of equal slots and two eventfds, for one producer and one consumer.

In: a layout and a number of slots (the maker), or the handles of a ring and its layout
(everybody else). Out: the two ends, and counters that anybody may read. The supervisor
makes and keeps it; actors attach. Owns its descriptors, the mapping and the ends made
from it; `close()` frees them all.
"""

import mmap
import os
from contextlib import ExitStack
from typing import NamedTuple

from ringbuf import _ring, header, segment
from ringbuf.control import Control
from ringbuf.errors import LayoutMismatch
from ringbuf.layout import Layout
from ringbuf.sides import Consumer, Producer


class Handles(NamedTuple):
    """The descriptors of a ring, in the order in which they are passed on (SCM_RIGHTS)."""

    memory: int
    filled: int
    """eventfd: the producer rings, the consumer sleeps on it."""
    freed: int
    """eventfd: the consumer rings, the producer sleeps on it."""


class Counters(NamedTuple):
    """Frames since the ring was made, and how it stands now."""

    published: int
    consumed: int
    """Released by the consumer."""
    dropped: int
    """Thrown away by the consumer because their epoch was over."""
    stalls: int
    """Full periods that the producer met."""
    depth: int
    slots: int


class Ring:
    """See `create` and `attach`."""

    __slots__ = (
        "_consumer",
        "_handles",
        "_layout",
        "_memory",
        "_producer",
        "_slots",
    )

    def __init__(self, memory: mmap.mmap, handles: Handles, layout: Layout, slots: int) -> None:
        self._memory: mmap.mmap | None = memory
        self._handles = handles
        self._layout = layout
        self._slots = slots
        self._producer: Producer | None = None
        self._consumer: Consumer | None = None

    @classmethod
    def create(cls, layout: Layout, slots: int, _start: int = 0) -> "Ring":
        """A new empty ring; its memory is committed and already unlinked.

        _start is the index of the first frame (tests of the wrap-around set it).
        Raises ValueError for fewer than one slot, OSError when memory or descriptors
        are short.
        """
        if slots < 1:
            raise ValueError(f"a ring of {layout.name!r} needs at least 1 slot, not {slots}")
        with ExitStack() as undo:
            memory = segment.create(header.ring_size(layout, slots))
            undo.callback(os.close, memory)
            filled = _eventfd()
            undo.callback(os.close, filled)
            freed = _eventfd()
            undo.callback(os.close, freed)
            mapped = segment.attach(memory)
            header.write_ring(mapped, layout, slots)
            _ring.begin(mapped, _start)
            undo.pop_all()
        return cls(mapped, Handles(memory, filled, freed), layout, slots)

    @classmethod
    def attach(cls, handles: Handles, layout: Layout) -> "Ring":
        """The ring behind `handles`, whose descriptors this object owns from now on.

        Raises LayoutMismatch, which names both layouts, if the segment holds another
        layout or has another size; the descriptors are closed then too. The memory's
        descriptor is closed in any case, since the mapping keeps one of its own.
        """
        with ExitStack() as undo:
            for fd in handles:
                undo.callback(os.close, fd)
            if os.fstat(handles.memory).st_size == 0:
                raise LayoutMismatch(f"not a ring: an empty descriptor instead of {layout}")
            memory = segment.attach(handles.memory)
            slots = header.read_ring(memory, layout)
            undo.pop_all()
        os.close(handles.memory)
        return cls(memory, Handles(-1, handles.filled, handles.freed), layout, slots)

    @property
    def layout(self) -> Layout:
        """What one slot holds."""
        return self._layout

    @property
    def slots(self) -> int:
        """How many frames the ring can hold."""
        return self._slots

    @property
    def handles(self) -> Handles:
        """The descriptors, to be passed on; they stay this object's.

        ValueError once closed, and for an attached ring: its maker hands it on.
        """
        self._mapped()
        if self._handles.memory < 0:
            raise ValueError(f"the ring of {self._layout.name!r} is attached: ask its maker")
        return self._handles

    def producer(self, control: Control) -> Producer:
        """Open the writing end; wakes a consumer that an earlier producer left asleep.

        One producer per ring lives at a time. Within this object that is checked
        (RuntimeError); between processes the supervisor sees to it.
        """
        memory = self._mapped()
        if self._producer is not None and not self._producer.closed:
            raise RuntimeError(f"the ring of {self._layout.name!r} has a producer: close it first")
        self._producer = Producer(memory, control, self._layout, self._slots, *self._handles[1:])
        return self._producer

    def consumer(self, control: Control) -> Consumer:
        """Open the reading end; a frame that an earlier consumer had in hand comes again.

        One consumer per ring lives at a time, as with `producer`.
        """
        memory = self._mapped()
        if self._consumer is not None and not self._consumer.closed:
            raise RuntimeError(f"the ring of {self._layout.name!r} has a consumer: close it first")
        self._consumer = Consumer(memory, control, self._layout, self._slots, *self._handles[1:])
        return self._consumer

    def counters(self) -> Counters:
        """Read from shared memory; neither side is disturbed. ValueError once closed."""
        published, consumed, dropped, stalls, depth = _ring.counters(self._mapped())
        return Counters(published, consumed, dropped, stalls, min(depth, self._slots), self._slots)

    def close(self) -> None:
        """Close both ends and free all; views that still live stay readable. Idempotent."""
        if self._memory is None:
            return
        memory, self._memory = self._memory, None
        for side in (self._producer, self._consumer):
            if side is not None:
                side.close()
        for fd in self._handles:
            if fd >= 0:
                os.close(fd)
        segment.let_go(memory)

    def _mapped(self) -> mmap.mmap:
        if self._memory is None:
            raise ValueError(f"the ring of {self._layout.name!r} is closed")
        return self._memory


def _eventfd() -> int:
    return os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
