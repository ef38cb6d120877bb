"""Either side dies, at a chosen step or at any moment, and a new one takes its place."""

import asyncio
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import uvloop

from ringbuf import Consumer, Control, Layout, Ring, _ring, header, segment
from tests.ringbuf.peers import BAD, FRAME, claim, fill, is_whole, take

HANGS_AFTER = 120.0
ROUNDS = 4
MakeRing = Callable[..., Ring]
Spawn = Callable[..., Any]
End = TypeVar("End", _ring.Producer, _ring.Consumer)


def silent(kind: type[End], ring: Ring, control: Control, bells: list[str]) -> End:
    """A side that dies instead of ringing: its bell only makes a note (one at attach)."""
    memory = segment.attach(ring.handles.memory)
    stride = header.stride_of(ring.layout)
    return kind(memory, control.memory, ring.slots, stride, partial(bells.append, "died here"))


def test_producer_killed_between_claim_and_publish_leaves_nothing(
    make_ring: MakeRing, another: Callable[[Ring], Ring], control: Control
) -> None:
    ring = make_ring(2)
    view = ring.producer(control).claim()
    assert view is not None
    view["n"] = 666
    consumer = ring.consumer(control)
    assert consumer.poll() is None
    heir = another(ring).producer(control)
    view = heir.claim()
    assert view is not None
    view["n"] = 1
    heir.publish(0)
    frame = consumer.poll()
    assert frame is not None
    assert frame["n"] == 1
    assert ring.counters().published == 1


def test_producer_killed_between_publish_and_bell_is_made_good_by_the_next(
    make_ring: MakeRing, another: Callable[[Ring], Ring], control: Control
) -> None:
    async def scene() -> int:
        ring, bells = make_ring(2), list[str]()
        consumer = ring.consumer(control)
        asleep = asyncio.create_task(consumer.readable())
        await asyncio.sleep(0)
        dying = silent(_ring.Producer, ring, control, bells)
        dying.claim()
        dying.publish(0)
        assert bells[1:] == ["died here"]
        assert not asleep.done()
        another(ring).producer(control)
        async with asyncio.timeout(HANGS_AFTER):
            await asleep
        return consumer.depth

    # The dying one took the flag down with it: the next must ring whatever the flag says.
    assert uvloop.run(scene()) == 1


def test_consumer_killed_between_release_and_bell_is_made_good_by_the_next(
    make_ring: MakeRing, another: Callable[[Ring], Ring], control: Control
) -> None:
    async def scene() -> int:
        ring, bells = make_ring(1), list[str]()
        producer = ring.producer(control)
        producer.claim()
        producer.publish(0)
        asleep = asyncio.create_task(producer.writable())
        await asyncio.sleep(0)
        dying = silent(_ring.Consumer, ring, control, bells)
        dying.poll()
        dying.release()
        assert bells[1:] == ["died here"]
        assert not asleep.done()
        another(ring).consumer(control)
        async with asyncio.timeout(HANGS_AFTER):
            await asleep
        return producer.room

    assert uvloop.run(scene()) == 1


def test_killed_with_a_frame_in_hand_and_a_slot_half_filled(
    make_ring: MakeRing, control: Control, spawn: Spawn
) -> None:
    read, written = make_ring(4, FRAME), make_ring(4, FRAME)
    producer = read.producer(control)
    for n in (41, 42):
        view = producer.claim()
        assert view is not None
        fill(view, n, 0, n)
        producer.publish(0)
    victim = spawn("hold", [read, written], control)
    assert int(victim.stdout.readline()) == 41
    victim.kill()
    victim.wait()
    consumer = read.consumer(control)
    assert [numbers(consumer), numbers(consumer)] == [41, 42]
    assert written.consumer(control).poll() is None
    assert written.counters().published == 0


def numbers(consumer: Consumer) -> int:
    view = consumer.poll()
    assert view is not None
    assert is_whole(view)
    n = int(view["n"])
    consumer.release()
    return n


def test_producers_killed_at_any_moment(
    make_ring: MakeRing, control: Control, spawn: Spawn
) -> None:
    chance = random.Random(3)

    async def scene(ring: Ring) -> None:
        consumer, n = ring.consumer(control), 0
        async with asyncio.timeout(HANGS_AFTER):
            for _ in range(ROUNDS):
                victim, goal = (
                    spawn("endless_producer", [ring], control),
                    n + chance.randint(1, 3000),
                )
                while n < goal:
                    await take(consumer)
                    assert numbers(consumer) == n
                    n += 1
                victim.kill()
                victim.wait()
        while consumer.depth:
            assert numbers(consumer) == n
            n += 1
        assert ring.counters()[:3] == (n, n, 0)

    uvloop.run(scene(make_ring(5, FRAME)))


def test_consumers_killed_at_any_moment(
    make_ring: MakeRing, control: Control, spawn: Spawn
) -> None:
    chance = random.Random(4)

    async def scene(ring: Ring) -> None:
        producer, n = ring.producer(control), 0
        async with asyncio.timeout(HANGS_AFTER):
            for _ in range(ROUNDS):
                victim = spawn("endless_consumer", [ring], control)
                goal = ring.counters().consumed + chance.randint(1, 3000)
                while ring.counters().consumed < goal:
                    fill(await claim(producer), n, 0, n)
                    producer.publish(0)
                    n += 1
                victim.kill()
                victim.wait()
        consumer = ring.consumer(control)
        rest = [numbers(consumer) for _ in range(consumer.depth)]
        assert rest == list(range(n - len(rest), n))
        assert control.load(BAD) == 0

    uvloop.run(scene(make_ring(5, FRAME)))


def test_flags_left_by_the_dead_are_harmless(
    make_ring: MakeRing, another: Callable[[Ring], Ring], control: Control, number: Layout
) -> None:
    async def scene() -> None:
        ring = make_ring(2)
        dead = ring.consumer(control)
        assert dead.arm()
        dead.close()
        producer = another(ring).producer(control)
        for _ in range(2):
            producer.claim()
            producer.publish(0)
        heir = ring.consumer(control)
        async with asyncio.timeout(HANGS_AFTER):
            for _ in range(2):
                await take(heir)
                heir.release()
        assert heir.arm()

    uvloop.run(scene())


@pytest.mark.parametrize("signalled", [False, True])
def test_no_name_is_left_in_dev_shm(
    make_ring: MakeRing, control: Control, spawn: Spawn, signalled: bool
) -> None:
    ring = make_ring(2, FRAME)
    assert os.fstat(ring.handles.memory).st_nlink == 0
    assert os.fstat(control.fd).st_nlink == 0
    peer = spawn("maker", [ring], control)
    inodes = set(map(int, peer.stdout.readline().split()))
    assert len(inodes) == 2
    if signalled:
        peer.kill()
        peer.wait()
    assert inodes.isdisjoint(entry.inode() for entry in os.scandir(Path("/dev/shm")))
