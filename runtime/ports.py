"""An actor's ends of its rings: frames in with their stamps, frames out.

In: a ring's consumer or producer. Out: slots, whose headers are kept here, so that
an actor only writes its own payload. Every frame that passes is stamped with
CLOCK_MONOTONIC, and keeps the epoch of the input that it descends from. Runs in
the actor's process; owns its end of the ring.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ringbuf import Consumer, Producer
from runtime.layouts import Flag, Stage

Slot = NDArray[Any]
"""A 0-d structured array that is the slot itself, without a copy."""


class Mark(NamedTuple):
    """What a frame hands on to the frames made of it: a copy of its header."""

    epoch: int
    utterance: int
    flags: Flag
    tick: int
    stamps: NDArray[np.int64]
    frame: int = 0


class Inlet:
    """The reading end of a ring. A frame stays in the ring until `release`."""

    def __init__(self, consumer: Consumer, stage: Stage) -> None:
        self._consumer = consumer
        self._stage = stage

    def take(self) -> Slot | None:
        """The next live frame (the same one until it is released), or None.

        Frames of an older epoch are dropped on the way."""
        return self._consumer.poll()

    async def next(self) -> Slot:
        """Wait for the next live frame."""
        while (slot := self._consumer.poll()) is None:
            await self._consumer.readable()
        return slot

    def mark(self, slot: Slot) -> Mark:
        """Copy the header of the frame in hand and stamp it as taken now."""
        stamps = np.array(slot["stamps"])
        stamps[self._stage, 0] = time.monotonic_ns()
        return Mark(
            self._consumer.epoch,
            int(slot["utterance"]),
            Flag(int(slot["flags"])),
            int(slot["tick"]),
            stamps,
            int(slot["frame"]),
        )

    @property
    def depth(self) -> int:
        """Frames that wait, stale ones included."""
        return self._consumer.depth

    def is_live(self) -> bool:
        """Whether the frame in hand is of the current epoch still."""
        return self._consumer.is_live()

    def release(self) -> None:
        """Hand the slot of the frame in hand back to the writer."""
        self._consumer.release()

    def drop_stale(self) -> None:
        """Free the slots of an older epoch now, so that the writer has room."""
        self._consumer.poll()

    def arm(self, on_ready: Callable[[], None]) -> bool:
        """Ask for a call when a frame comes; False if one is there already."""
        self._consumer.on_ready = on_ready
        return self._consumer.arm()

    def close(self) -> None:
        """Leave the loop."""
        self._consumer.close()


class Outlet:
    """The writing end of a ring."""

    def __init__(self, producer: Producer, stage: Stage) -> None:
        self._producer = producer
        self._stage = stage

    def claim(self) -> Slot | None:
        """A slot to fill, or None while the ring is full."""
        return self._producer.claim()

    async def room(self) -> Slot:
        """Wait for a slot to fill."""
        while (slot := self._producer.claim()) is None:
            await self._producer.writable()
        return slot

    def publish(self, slot: Slot, mark: Mark) -> bool:
        """Write the header and make the frame seen; False if it was stale already."""
        slot["utterance"] = mark.utterance
        slot["flags"] = int(mark.flags)
        slot["tick"] = mark.tick
        slot["frame"] = mark.frame
        slot["stamps"] = mark.stamps
        slot["stamps"][self._stage, 1] = time.monotonic_ns()
        return self._producer.publish(mark.epoch)

    @property
    def free(self) -> int:
        """Slots that may be claimed."""
        return self._producer.room

    def arm(self, on_ready: Callable[[], None]) -> bool:
        """Ask for a call when a slot is freed; False if one is free already."""
        self._producer.on_ready = on_ready
        return self._producer.arm()

    def close(self) -> None:
        """Leave the loop."""
        self._producer.close()
