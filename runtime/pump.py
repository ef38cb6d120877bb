"""The loop of an actor that turns one session's frames into others.

In: an inlet, an outlet and a `Transform` that says what becomes of a frame. The
loop does the rest: waiting, epochs, stamps, back-pressure. A stage that must wait for its own
work (another thread's, another session's) has a loop of its own. Runs in the actor's process,
one task per session; owns nothing.
"""

from collections.abc import Iterable
from typing import Protocol

from runtime.ports import Inlet, Mark, Outlet, Slot


class FrameMade(Protocol):
    """A frame to be sent on."""

    mark: Mark

    def write(self, slot: Slot) -> None:
        """Fill the payload of the claimed slot; the header is the loop's."""
        ...


class Transform(Protocol):
    """What a stage does with one session's frames, in order."""

    def reset(self) -> None:
        """A new epoch begins: forget what the old one left."""
        ...

    def take(self, slot: Slot, mark: Mark) -> Iterable[FrameMade]:
        """The frames that this one completes; the slot is only valid now."""
        ...


async def pump(inlet: Inlet, outlet: Outlet, transform: Transform) -> None:
    """Run until cancelled. A frame that is stale by now is not published.

    A frame is released when all that was made of it is sent, so the last one of an
    utterance outlives a death in between."""
    epoch = -1
    while True:
        slot = await inlet.next()
        mark = inlet.mark(slot)
        if mark.epoch != epoch:
            transform.reset()
            epoch = mark.epoch
        for frame in list(transform.take(slot, mark)):
            room = await outlet.room()
            frame.write(room)
            if not outlet.publish(room, frame.mark):
                break
        inlet.release()
