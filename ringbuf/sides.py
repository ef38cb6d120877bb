"""The two ends of a ring: `Producer` writes frames, `Consumer` reads them.

In: a mapped ring and a control block. Out: views of slots, without a copy. Each runs
in the one process that has this end, in one thread. Each owns its views and its
reader in the event loop; `close()` frees both, the ring frees the rest.
"""

import mmap
from collections.abc import Callable
from functools import partial

import numpy as np

from ringbuf import _ring, header, waker
from ringbuf.control import Control
from ringbuf.layout import Layout
from ringbuf.waker import Waker

Slot = np.ndarray[tuple[()], np.dtype[np.void]]


class Producer:
    """The writing end. At most one lives per ring."""

    __slots__ = ("_core", "_views", "_waker")

    def __init__(
        self,
        memory: mmap.mmap,
        control: Control,
        layout: Layout,
        slots: int,
        filled: int,
        freed: int,
    ) -> None:
        self._views = _views(memoryview(memory), layout, slots)
        self._core = _ring.Producer(
            memory, control.memory, slots, header.stride_of(layout), partial(waker.ring, filled)
        )
        self._waker = Waker(freed, self._core.arm)

    def claim(self) -> Slot | None:
        """The next free slot as a writable view, or None when the ring is full.

        The slot holds whatever an earlier frame left in it. Claiming again before
        publish() returns the same slot. A full period counts one stall.
        """
        slot = self._core.claim()
        return self._views[slot] if slot >= 0 else None

    def publish(self, epoch: int) -> bool:
        """Make the claimed slot seen as a frame of `epoch`: the input's it descends from.

        False if that epoch is over: nothing is seen and the slot is free again.
        Raises ValueError for an epoch that has not begun or that is older than the last
        published one, RuntimeError without a claim.
        """
        return self._core.publish(epoch)

    @property
    def room(self) -> int:
        """Free slots, as of now."""
        return self._core.room()

    @property
    def on_ready(self) -> Callable[[], None] | None:
        """Called in the loop each time the armed eventfd rings: there is room."""
        return self._waker.on_ready

    @on_ready.setter
    def on_ready(self, call: Callable[[], None] | None) -> None:
        self._waker.on_ready = call

    def arm(self) -> bool:
        """Say "I sleep". True: the eventfd will ring. False: there is room, do not wait."""
        return self._waker.arm()

    async def writable(self) -> None:
        """Return when there is room. Raises RingClosed if closed meanwhile."""
        await self._waker.wait()

    def close(self) -> None:
        """Leave the loop and let go of the memory; live views stay valid. Idempotent."""
        self._waker.close()
        self._core.close()
        self._views = ()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return not self._views


class Consumer:
    """The reading end. At most one lives per ring."""

    __slots__ = ("_core", "_views", "_waker")

    def __init__(
        self,
        memory: mmap.mmap,
        control: Control,
        layout: Layout,
        slots: int,
        filled: int,
        freed: int,
    ) -> None:
        self._views = _views(memoryview(memory).toreadonly(), layout, slots)
        self._core = _ring.Consumer(
            memory, control.memory, slots, header.stride_of(layout), partial(waker.ring, freed)
        )
        self._waker = Waker(filled, self._core.arm)

    def poll(self) -> Slot | None:
        """The oldest frame of the current epoch as a read-only view, or None.

        Frames of older epochs are dropped on the way, in O(log slots). The same frame
        comes again until release(), unless its epoch ends: then it is dropped too, and
        the earlier view must not be read any more.
        """
        slot = self._core.poll()
        return self._views[slot] if slot >= 0 else None

    @property
    def epoch(self) -> int:
        """Epoch of the frame in hand; RuntimeError without one."""
        return self._core.epoch

    def is_live(self) -> bool:
        """Whether there is a frame in hand and its epoch is still the current one."""
        return self._core.is_live()

    def release(self) -> None:
        """Hand the slot of the frame in hand back; RuntimeError without one."""
        self._core.release()

    @property
    def depth(self) -> int:
        """Frames in the ring, stale ones and the one in hand included, as of now."""
        return self._core.depth

    @property
    def on_ready(self) -> Callable[[], None] | None:
        """Called in the loop each time the armed eventfd rings: there is a frame."""
        return self._waker.on_ready

    @on_ready.setter
    def on_ready(self, call: Callable[[], None] | None) -> None:
        self._waker.on_ready = call

    def arm(self) -> bool:
        """Say "I sleep". True: the eventfd will ring. False: there is a frame, do not wait.

        A frame in hand is a frame: release it before arming for the next.
        """
        return self._waker.arm()

    async def readable(self) -> None:
        """Return when there is a frame, live or stale. Raises RingClosed if closed meanwhile."""
        await self._waker.wait()

    def close(self) -> None:
        """Leave the loop and let go of the memory; the frame in hand stays. Idempotent."""
        self._waker.close()
        self._core.close()
        self._views = ()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return not self._views


def _views(memory: memoryview, layout: Layout, slots: int) -> tuple[Slot, ...]:
    # Through frombuffer, which keeps the memory exported as long as a view lives;
    # np.ndarray(buffer=...) does not, and a view after close() would read unmapped pages.
    whole = np.frombuffer(memory, np.uint8)
    first, stride, size = (
        _ring.FIRST_SLOT + _ring.SLOT_HEADER,
        header.stride_of(layout),
        layout.dtype.itemsize,
    )
    starts = range(first, first + slots * stride, stride)
    return tuple(whole[at : at + size].view(layout.dtype).reshape(()) for at in starts)
