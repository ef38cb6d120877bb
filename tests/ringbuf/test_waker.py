"""Waiting: no lost wake-up, no spurious return, no needless system call, no hang."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from ringbuf import Consumer, Control, Producer, Ring, RingClosed

MakeRing = Callable[..., Ring]
Run = Callable[[Coroutine[Any, Any, None]], None]
HANGS_AFTER = 120.0


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a scene in either loop; a scene that hangs fails."""

    def bounded(scene: Coroutine[Any, Any, None]) -> None:
        request.param(asyncio.wait_for(scene, HANGS_AFTER))

    return bounded


async def turns(count: int = 5) -> None:
    """Let the loop look at its descriptors and run what is ready."""
    for _ in range(count):
        await asyncio.sleep(0)


def put(producer: Producer, epoch: int = 0) -> None:
    assert producer.claim() is not None
    assert producer.publish(epoch)


def rung(fd: int) -> int:
    """How often the eventfd was rung since it was last read."""
    try:
        return os.eventfd_read(fd)
    except BlockingIOError:
        return 0


def test_readable_returns_when_a_frame_comes(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(2)
        producer, consumer = ring.producer(control), ring.consumer(control)
        for _ in range(3):
            waiting = asyncio.create_task(consumer.readable())
            await turns()
            assert not waiting.done()
            put(producer)
            await waiting
            assert consumer.poll() is not None
            consumer.release()

    run(scene())


def test_writable_returns_when_a_slot_is_freed(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(1)
        producer, consumer = ring.producer(control), ring.consumer(control)
        await producer.writable()
        put(producer)
        waiting = asyncio.create_task(producer.writable())
        await turns()
        assert not waiting.done()
        consumer.poll()
        consumer.release()
        await waiting
        assert producer.room == 1

    run(scene())


def test_a_flush_wakes_a_producer_that_waits_for_room(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(3)
        producer, consumer = ring.producer(control), ring.consumer(control)
        for _ in range(3):
            put(producer)
        waiting = asyncio.create_task(producer.writable())
        await turns()
        control.advance()
        assert consumer.poll() is None
        await waiting
        assert producer.room == 3

    run(scene())


def test_the_bell_is_rung_only_for_a_sleeper(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(4)
        consumer, producer = ring.consumer(control), ring.producer(control)
        _, filled, freed = ring.handles
        assert (rung(filled), rung(freed)) == (1, 1)  # each end rings once when it opens
        put(producer)
        assert consumer.poll() is not None
        consumer.release()
        assert (rung(filled), rung(freed)) == (0, 0)
        assert consumer.arm()
        put(producer)
        put(producer)
        assert (rung(filled), rung(freed)) == (1, 0)
        assert not consumer.arm()

    run(scene())


def test_on_ready_is_called_once_for_each_sleep(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(4)
        producer, consumer = ring.producer(control), ring.consumer(control)
        calls: list[int] = []
        consumer.on_ready = lambda: calls.append(consumer.depth)
        assert consumer.arm()
        await turns()
        assert calls == []
        put(producer)
        put(producer)
        await turns()
        assert calls == [2]
        put(producer)
        await turns()
        assert calls == [2]
        assert not consumer.arm()
        while consumer.poll() is not None:
            consumer.release()
        assert consumer.arm()
        put(producer)
        await turns()
        assert calls == [2, 1]

    run(scene())


def test_a_bell_for_nothing_wakes_nobody_and_the_next_one_does(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(2)
        producer, consumer = ring.producer(control), ring.consumer(control)
        calls: list[None] = []
        consumer.on_ready = lambda: calls.append(None)
        waiting = asyncio.create_task(consumer.readable())
        await turns()
        os.eventfd_write(ring.handles.filled, 1)
        await turns()
        assert not waiting.done()
        assert calls == []
        put(producer)
        await waiting
        assert calls == [None]

    run(scene())


def test_a_frame_that_came_before_arming_is_not_slept_over(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(2)
        producer, consumer = ring.producer(control), ring.consumer(control)
        assert consumer.poll() is None
        put(producer)
        assert not consumer.arm()
        await consumer.readable()

    run(scene())


def test_a_stale_frame_is_something_to_wake_for_once(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(2)
        producer, consumer = ring.producer(control), ring.consumer(control)
        put(producer)
        control.advance()
        await consumer.readable()
        assert consumer.poll() is None
        assert consumer.arm()

    run(scene())


def test_a_cancelled_wait_leaves_the_end_usable(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(2)
        producer, consumer = ring.producer(control), ring.consumer(control)
        waiting = asyncio.create_task(consumer.readable())
        await turns()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        again = asyncio.create_task(consumer.readable())
        await turns()
        put(producer)
        await again

    run(scene())


def test_two_waits_on_one_end_are_refused(make_ring: MakeRing, control: Control, run: Run) -> None:
    async def scene() -> None:
        consumer = make_ring(2).consumer(control)
        waiting = asyncio.create_task(consumer.readable())
        await turns()
        with pytest.raises(RuntimeError, match="somebody waits"):
            await consumer.readable()
        waiting.cancel()

    run(scene())


@pytest.mark.parametrize("whole", [False, True])
def test_closing_wakes_whoever_waits(
    make_ring: MakeRing, control: Control, run: Run, whole: bool
) -> None:
    async def scene() -> None:
        ring = make_ring(1)
        producer, consumer = ring.producer(control), ring.consumer(control)
        reading = asyncio.create_task(consumer.readable())
        await turns()
        if whole:
            ring.close()
        else:
            consumer.close()
        with pytest.raises(RingClosed):
            await reading
        with pytest.raises(ValueError, match="closed"):
            await consumer.readable()
        with pytest.raises(ValueError, match="closed"):
            consumer.arm()
        producer.close()

    run(scene())


def test_closing_takes_the_reader_out_of_the_loop(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    async def scene() -> None:
        ring = make_ring(1)
        consumer: Consumer = ring.consumer(control)
        filled = ring.handles.filled
        assert consumer.arm()
        consumer.close()
        consumer.close()
        assert not asyncio.get_running_loop().remove_reader(filled)

    run(scene())


def test_an_end_follows_to_a_new_loop_when_the_old_one_is_closed(
    make_ring: MakeRing, control: Control, run: Run
) -> None:
    ring = make_ring(2)
    producer, consumer = ring.producer(control), ring.consumer(control)

    async def scene() -> None:
        waiting = asyncio.create_task(consumer.readable())
        await turns()
        put(producer)
        await waiting
        consumer.poll()
        consumer.release()

    run(scene())
    run(scene())


def test_one_end_cannot_wait_in_two_living_loops(make_ring: MakeRing, control: Control) -> None:
    consumer = make_ring(2).consumer(control)

    async def arm() -> bool:
        return consumer.arm()

    first, second = uvloop.new_event_loop(), uvloop.new_event_loop()
    assert first.run_until_complete(arm())
    with pytest.raises(RuntimeError, match="another running loop"):
        second.run_until_complete(arm())
    consumer.close()
    first.close()
    second.close()
