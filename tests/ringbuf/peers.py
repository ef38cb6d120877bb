"""The other processes of the ring's tests: `peers.py ROLE RINGS FD... ARG...`.

Each role runs until its work is done or it is killed. A forbidden outcome ends the
process with a message on stderr and exit status 1.
"""

import asyncio
import os
import random
import sys
from collections.abc import Awaitable, Callable

import numpy as np
import uvloop

from ringbuf import Consumer, Control, Handles, Layout, Producer, Ring, Slot

FRAME = Layout(
    "stress",
    np.dtype([("n", "<u8"), ("epoch", "<u8"), ("serial", "<u8"), ("body", "<u8", (128,))]),
)
DONE, BAD, GO, ANSWER = range(4)
LAST = 2**64 - 1
SPREAD = 0x9E3779B97F4A7C15
INTERRUPTS = 0.002


def fill(view: Slot, n: int, epoch: int, serial: int) -> None:
    view["n"], view["epoch"], view["serial"] = n, epoch, serial
    view["body"] = n * SPREAD % 2**64


def is_whole(view: Slot) -> bool:
    return bool((view["body"] == int(view["n"]) * SPREAD % 2**64).all())


def forbid(happened: bool, what: str) -> None:
    if happened:
        raise SystemExit(f"forbidden: {what}")


def say(*numbers: int) -> None:
    sys.stdout.write(" ".join(map(str, numbers)) + "\n")
    sys.stdout.flush()


async def claim(producer: Producer) -> Slot:
    while (view := producer.claim()) is None:
        await producer.writable()
    return view


async def take(consumer: Consumer) -> Slot:
    while (view := consumer.poll()) is None:
        await consumer.readable()
    return view


async def stress_producer(rings: list[Ring], control: Control, frames: int, seed: int) -> None:
    """Number the frames of each epoch from 0; interrupt at random, claimed or not."""
    chance, producer = random.Random(seed), rings[0].producer(control)
    epoch, serial = -1, 0
    for n in range(frames):
        if (now := control.epoch) != epoch:
            epoch, serial = now, 0
        fill(await claim(producer), n, epoch, serial)
        if chance.random() < INTERRUPTS:
            forbid(control.advance() <= epoch, "an epoch that did not grow")
            forbid(producer.publish(epoch), "a stale frame was published")
        else:
            serial += producer.publish(epoch)
    while not control.load(DONE):  # an interrupt may take the last frame, too
        fill(await claim(producer), LAST, 0, 0)
        producer.publish(control.epoch)
        while rings[0].counters().depth:
            os.sched_yield()


class Judge:
    """Knows what the consumer may see next."""

    def __init__(self) -> None:
        self.epoch, self.serial, self.n, self.seen = -1, 0, -1, 0

    def look(self, view: Slot, epoch: int, floor: int) -> None:
        forbid(epoch < floor, f"epoch {epoch} after the flush to {floor}")
        forbid(not is_whole(view), f"torn frame {view['n']}")
        if view["n"] == LAST:
            return
        forbid(int(view["epoch"]) != epoch, "a frame under another epoch's name")
        if epoch != self.epoch:
            forbid(epoch < self.epoch, "epochs out of order")
            self.epoch, self.serial = epoch, 0
        forbid(int(view["n"]) <= self.n, f"frame {view['n']} after {self.n}")
        forbid(int(view["serial"]) != self.serial, f"{view['serial']} instead of {self.serial}")
        self.n, self.serial, self.seen = int(view["n"]), self.serial + 1, self.seen + 1


async def stress_consumer(rings: list[Ring], control: Control, seed: int) -> None:
    """Judge every frame; interrupt at random with a frame in hand."""
    chance, consumer, judge = random.Random(seed), rings[0].consumer(control), Judge()
    while True:
        floor = control.epoch
        if (view := consumer.poll()) is None:
            await consumer.readable()
            continue
        judge.look(view, consumer.epoch, floor)
        if view["n"] == LAST:
            control.store(DONE, 1)
            consumer.release()
            break
        if chance.random() < INTERRUPTS:
            control.advance()
            forbid(consumer.is_live(), "a live frame after the interrupt")
            if chance.random() < 0.5:
                continue
        forbid(not is_whole(view), f"frame {view['n']} changed in the hand")
        consumer.release()
    say(judge.seen)


async def endless_producer(rings: list[Ring], control: Control) -> None:
    """Publish frames numbered by their place in the ring, until killed."""
    producer, n = rings[0].producer(control), rings[0].counters().published
    while True:
        fill(await claim(producer), n, 0, n)
        producer.publish(0)
        n += 1


async def endless_consumer(rings: list[Ring], control: Control) -> None:
    """Expect the frame that the one before had in hand, then all after it, until killed."""
    consumer, n = rings[0].consumer(control), rings[0].counters().consumed
    while True:
        view = await take(consumer)
        if int(view["n"]) != n or not is_whole(view):
            control.store(BAD, n + 1)
        consumer.release()
        n += 1


async def ping(rings: list[Ring], control: Control, rounds: int) -> None:
    """One frame there, one back: each side sleeps every time."""
    there, back = rings[0].producer(control), rings[1].consumer(control)
    for n in range(rounds):
        fill(await claim(there), n, 0, n)
        there.publish(0)
        forbid(int((await take(back))["n"]) != n, "another number came back")
        back.release()


async def pong(rings: list[Ring], control: Control, rounds: int) -> None:
    there, back = rings[0].consumer(control), rings[1].producer(control)
    for n in range(rounds):
        fill(await claim(back), int((await take(there))["n"]), 0, n)
        there.release()
        back.publish(0)


async def publish_on_go(rings: list[Ring], control: Control) -> None:
    """Publish frame n as soon as word GO says n, say so in word ANSWER; -1 ends it.

    It spins, and calls the extension without the wrapper, since it must meet the consumer
    within nanoseconds.
    """
    producer, n = rings[0].producer(control), 0
    load, store = control._core.load, control._core.store
    claim, publish = producer._core.claim, producer._core.publish
    claim()
    while (go := load(GO)) >= 0:
        if go != n:
            publish(0)
            n = go
            store(ANSWER, n)
            claim()


async def hold(rings: list[Ring], control: Control) -> None:
    """Take one frame, claim one slot half filled, say so, and keep both until killed."""
    view, half = await take(rings[0].consumer(control)), rings[1].producer(control).claim()
    assert half is not None
    half["n"] = 666
    say(int(view["n"]))
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def maker(rings: list[Ring], control: Control) -> None:
    """Make a ring and a block of its own, say their inodes, and keep them until killed."""
    own, block = Ring.create(FRAME, 4), Control.create()
    say(os.fstat(own.handles.memory).st_ino, os.fstat(block.fd).st_ino)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


ROLES: dict[str, Callable[..., Awaitable[None]]] = {
    role.__name__: role
    for role in (
        stress_producer,
        stress_consumer,
        endless_producer,
        endless_consumer,
        ping,
        pong,
        publish_on_go,
        hold,
        maker,
    )
}


async def main(role: str, rings: int, *numbers: int) -> None:
    control, at = Control.attach(numbers[0]), 1
    attached = []
    for _ in range(rings):
        attached.append(Ring.attach(Handles(*numbers[at : at + 3]), FRAME))
        at += 3
    await ROLES[role](attached, control, *numbers[at:])
    for ring in attached:
        ring.close()
    control.close()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], *map(int, sys.argv[2:])))
