"""The ring against a plain deque, with interrupts and either side replaced at any time."""

from collections import deque

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ringbuf import Control, Layout, Ring, Slot

NUMBER = Layout("number", np.dtype([("n", "<u8")]))


class RingMachine(RuleBasedStateMachine):
    """`frames` is what the ring holds, oldest first, as (number, epoch)."""

    @initialize(slots=st.integers(1, 9), start=st.sampled_from([0, 1, 2**32 - 4, 2**63 - 4]))
    def make(self, slots: int, start: int) -> None:
        self.control = Control.create()
        self.ring = Ring.create(NUMBER, slots, _start=start)
        self.slots = slots
        self.producer = self.ring.producer(self.control)
        self.consumer = self.ring.consumer(self.control)
        self.frames: deque[tuple[int, int]] = deque()
        self.claimed: Slot | None = None
        self.in_hand = False
        self.next = self.published = self.consumed = self.dropped = self.stalls = 0
        self.was_full = False

    @rule()
    def claim(self) -> None:
        self.claimed = self.producer.claim()
        full = len(self.frames) == self.slots
        assert (self.claimed is None) == full
        self.stalls += full and not self.was_full
        self.was_full = full

    @precondition(lambda self: self.claimed is not None)
    @rule(late=st.booleans())
    def publish(self, late: bool) -> None:
        assert self.claimed is not None
        epoch = self.control.epoch
        if late and epoch > 0 and (not self.frames or self.frames[-1][1] < epoch):
            self.publish_late(epoch)
            return
        self.claimed["n"] = self.next
        assert self.producer.publish(epoch)
        self.frames.append((self.next, epoch))
        self.next += 1
        self.published += 1
        self.claimed = None

    def publish_late(self, epoch: int) -> None:
        try:
            assert not self.producer.publish(epoch - 1)
            self.claimed = None
        except ValueError as refused:
            assert "never decrease" in str(refused)

    @rule()
    def poll(self) -> None:
        now, view = self.control.epoch, self.consumer.poll()
        while self.frames and self.frames[0][1] < now:
            self.frames.popleft()
            self.dropped += 1
        self.in_hand = view is not None
        assert self.in_hand == bool(self.frames)
        if view is not None:
            assert (int(view["n"]), self.consumer.epoch) == self.frames[0]
            assert self.consumer.is_live()

    @precondition(lambda self: self.in_hand)
    @rule()
    def release(self) -> None:
        assert self.consumer.is_live() == (self.frames[0][1] == self.control.epoch)
        self.consumer.release()
        self.frames.popleft()
        self.in_hand = False
        self.consumed += 1

    @rule()
    def interrupt(self) -> None:
        before = self.control.epoch
        assert self.control.advance() == before + 1

    @rule()
    def replace_producer(self) -> None:
        self.producer.close()
        self.producer = self.ring.producer(self.control)
        self.claimed, self.was_full = None, False

    @rule()
    def replace_consumer(self) -> None:
        self.consumer.close()
        self.consumer = self.ring.consumer(self.control)
        self.in_hand = False

    @invariant()
    def agrees(self) -> None:
        held = len(self.frames)
        counts = self.published, self.consumed, self.dropped, self.stalls
        assert self.ring.counters() == (*counts, held, self.slots)
        assert self.consumer.depth == held
        assert self.producer.room == self.slots - held

    def teardown(self) -> None:
        self.ring.close()
        self.control.close()


TestRingMachine = RingMachine.TestCase
TestRingMachine.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
