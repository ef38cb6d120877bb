"""Two processes under load: nothing torn, lost, reordered, twice, or stale after a flush."""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ringbuf import Control, Ring
from tests.ringbuf.peers import ANSWER, BAD, FRAME, GO

HANGS_AFTER = 120.0


def finish(peer: Any) -> str:
    out, errors = peer.communicate(timeout=HANGS_AFTER)
    assert peer.returncode == 0, errors
    return str(out)


def test_stress_with_interrupts_from_both_sides(
    make_ring: Callable[..., Ring], control: Control, spawn: Callable[..., Any]
) -> None:
    ring = make_ring(7, FRAME, start=2**32 - 1000)
    frames = 50_000
    consumer = spawn("stress_consumer", [ring], control, 1)
    producer = spawn("stress_producer", [ring], control, frames, 2)
    finish(producer)
    seen = int(finish(consumer))
    counters = ring.counters()
    assert control.epoch > 10
    assert 0 < seen <= counters.published <= frames + 1
    assert counters.published == counters.consumed + counters.dropped + counters.depth
    assert counters.dropped > 0
    assert counters.stalls > 0
    assert counters.depth == 0


def test_no_wake_up_is_lost_when_both_sides_sleep_every_time(
    make_ring: Callable[..., Ring], control: Control, spawn: Callable[..., Any]
) -> None:
    there, back = make_ring(1, FRAME), make_ring(1, FRAME)
    rounds = 5_000
    answering = spawn("pong", [there, back], control, rounds)
    asking = spawn("ping", [there, back], control, rounds)
    finish(asking)
    finish(answering)
    assert there.counters().consumed == back.counters().consumed == rounds
    assert control.load(BAD) == 0


def test_falling_asleep_while_a_frame_is_published(
    make_ring: Callable[..., Ring], control: Control, spawn: Callable[..., Any]
) -> None:
    """The store-buffering litmus test: asleep, and no bell rung, is forbidden.

    Without the two fences of the sleeping flag it fails within some hundreds of rounds.
    """
    ring = make_ring(4, FRAME)
    producer = spawn("publish_on_go", [ring], control)
    slept = meet(ring, control, producer, seconds=1.0)
    control.store(GO, -1)
    finish(producer)
    assert slept > 0


def meet(ring: Ring, control: Control, producer: Any, seconds: float) -> int:
    """Fall asleep while the producer publishes, again and again; how often it came to that."""
    chance, consumer, n, slept = random.Random(5), ring.consumer(control), 0, 0
    load, store, arm = control._core.load, control._core.store, consumer._core.arm
    pauses = [range(length) for length in range(24)]
    end = time.monotonic() + seconds
    while n % 256 or time.monotonic() < end:
        n += 1
        pause = chance.choice(pauses)
        store(GO, n)
        for _ in pause:
            pass
        asleep = arm()
        spins = 0
        while load(ANSWER) != n:
            spins += 1
            assert spins % 2**20 or producer.poll() is None
        rung = took(ring.handles.filled)
        assert rung or not asleep, f"asleep, and no bell in round {n}"
        slept += asleep
        assert consumer.poll() is not None
        consumer.release()
    return slept


def took(waker: int) -> bool:
    """Whether the eventfd was rung since the last look."""
    with suppress(BlockingIOError):
        return os.eventfd_read(waker) > 0
    return False
