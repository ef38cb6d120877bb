"""Two processes under load: nothing torn, lost, reordered, twice, or stale after a flush."""

from collections.abc import Callable
from typing import Any

from peers import BAD, FRAME

from ringbuf import Control, Ring

HANGS_AFTER = 60.0


def finish(peer: Any) -> str:
    out, errors = peer.communicate(timeout=HANGS_AFTER)
    assert peer.returncode == 0, errors
    return str(out)


def test_stress_with_interrupts_from_both_sides(
    make_ring: Callable[..., Ring], control: Control, spawn: Callable[..., Any]
) -> None:
    ring = make_ring(7, FRAME, start=2**32 - 1000)
    frames = 80_000
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
