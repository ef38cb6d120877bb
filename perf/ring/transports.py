"""The transports that `perf.ring.rivals` compares, each behind the same four functions.

In: an address that the coordinator made. Out: a `Sender` in one process and a blocking
`receive` in another. A frame is an array of uint64: its number, a time stamp, a body.
Each address owns its shared memory; `close()` frees it in the coordinator.
"""

import asyncio
import ctypes
import multiprocessing as mp
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing.reduction import DupFd
from queue import Empty
from threading import Event, Thread
from typing import Any, Protocol

import numpy as np
import uvloop

from ringbuf import Consumer, Control, Handles, Layout, Producer, Ring

Words = np.ndarray[Any, np.dtype[np.uint64]]
Seen = Callable[[Words], bool]
"""Called with each frame as soon as it is in hand; False ends the receiver."""
SLOTS = 8
LOOK_UP = 0.05


class Sender(Protocol):
    """claim() returns a slot to be filled, publish() sends it; both block when full."""

    def claim(self) -> Words: ...
    def publish(self) -> None: ...


class Address(Protocol):
    """Picklable to a spawned process; made and closed by the coordinator."""

    @property
    def words(self) -> int: ...

    def sender(self) -> Sender: ...
    def receive(self, way: str, ready: Callable[[], None], seen: Seen) -> None: ...
    def close(self) -> None: ...


# ---- ringbuf ---------------------------------------------------------------------------


class RingAddress:
    """One ring and one control block, passed on as descriptors."""

    def __init__(self, words: int, slots: int = SLOTS) -> None:
        self.words, self.layout = words, _layout(words)
        self.ring = Ring.create(self.layout, slots)
        self.control = Control.create()

    def __getstate__(self) -> tuple[int, list[Any], Any]:
        return self.words, [DupFd(fd) for fd in self.ring.handles], DupFd(self.control.fd)

    def __setstate__(self, state: tuple[int, list[Any], Any]) -> None:
        self.words, handles, control = state
        self.layout = _layout(self.words)
        self.ring = Ring.attach(Handles(*(fd.detach() for fd in handles)), self.layout)
        self.control = Control.attach(control.detach())

    def sender(self) -> Sender:
        return _RingSender(self.ring.producer(self.control))

    def receive(self, way: str, ready: Callable[[], None], seen: Seen) -> None:
        ways = {"await": _ring_await, "callback": _ring_callback}
        uvloop.run(ways[way](self.ring.consumer(self.control), ready, seen))

    def close(self) -> None:
        self.ring.close()
        self.control.close()


def _layout(words: int) -> Layout:
    return Layout("bench", np.dtype([("words", "<u8", (words,))]))


class _RingSender:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._loop = uvloop.new_event_loop()

    def claim(self) -> Words:
        while (view := self._producer.claim()) is None:
            self._loop.run_until_complete(self._producer.writable())
        return view["words"]

    def publish(self) -> None:
        self._producer.publish(0)


async def _ring_await(consumer: Consumer, ready: Callable[[], None], seen: Seen) -> None:
    ready()
    going = True
    while going:
        while (view := consumer.poll()) is None:
            await consumer.readable()
        going = seen(view["words"])
        consumer.release()


async def _ring_callback(consumer: Consumer, ready: Callable[[], None], seen: Seen) -> None:
    done = asyncio.Event()

    def drain() -> None:
        while True:
            while (view := consumer.poll()) is not None:
                going = seen(view["words"])
                consumer.release()
                if not going:
                    done.set()
                    return
            if consumer.arm():
                return

    consumer.on_ready = drain
    drain()
    ready()
    await done.wait()


# ---- what blocks in a thread and hands over to the loop --------------------------------


def _in_loop(
    ready: Callable[[], None], wait: Callable[[], Any], drain: Callable[[Any], bool]
) -> None:
    """wait() in a thread returns what came, or None after LOOK_UP; drain(it) in the loop."""
    stop = Event()

    async def main() -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def handle(what: Any) -> None:
            if not done.is_set() and not drain(what):
                done.set()

        def listen() -> None:
            while not stop.is_set():
                if (what := wait()) is not None:
                    loop.call_soon_threadsafe(handle, what)

        thread = Thread(target=listen)
        thread.start()
        ready()
        await done.wait()
        stop.set()
        await asyncio.to_thread(thread.join)

    uvloop.run(main())


def _awaited(
    ready: Callable[[], None], wait: Callable[[], Any], drain: Callable[[Any], bool]
) -> None:
    """wait() in the loop's thread pool, awaited anew for each frame."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ready()
        going = True
        while going:
            if (what := await loop.run_in_executor(None, wait)) is not None:
                going = drain(what)

    uvloop.run(main())


def _bare(ready: Callable[[], None], wait: Callable[[], Any], drain: Callable[[Any], bool]) -> None:
    """No event loop at all: the transport's own floor."""
    ready()
    going = True
    while going:
        if (what := wait()) is not None:
            going = drain(what)


WAYS = {"callback": _in_loop, "await": _awaited, "bare": _bare}


# ---- multiprocessing.Queue -------------------------------------------------------------


class QueueAddress:
    """A bounded queue; what it carries is pickled and goes through a pipe."""

    def __init__(self, words: int, slots: int = SLOTS) -> None:
        self.words = words
        self.queue: mp.Queue[bytes] = mp.get_context("spawn").Queue(slots)

    def sender(self) -> Sender:
        return _QueueSender(self.queue, self.words)

    def receive(self, way: str, ready: Callable[[], None], seen: Seen) -> None:
        def wait() -> bytes | None:
            try:
                return self.queue.get(timeout=LOOK_UP)
            except Empty:
                return None

        WAYS[way](ready, wait, lambda data: seen(np.frombuffer(data, np.uint64)))

    def close(self) -> None:
        self.queue.close()
        self.queue.join_thread()


class _QueueSender:
    def __init__(self, queue: "mp.Queue[bytes]", words: int) -> None:
        self._queue, self._scratch = queue, np.zeros(words, np.uint64)

    def claim(self) -> Words:
        return self._scratch

    def publish(self) -> None:
        self._queue.put(self._scratch.tobytes())


# ---- kickmsg ---------------------------------------------------------------------------


@dataclass
class KickAddress:
    """One region with one subscriber; it has no back-pressure, a slow reader loses frames."""

    words: int
    slots: int = SLOTS

    def __post_init__(self) -> None:
        import kickmsg  # noqa: PLC0415 - optional: only who compares with it has it

        self.name = f"/ringtalk_bench_{os.getpid()}_{time.monotonic_ns()}"
        config = kickmsg.Config()
        config.max_subscribers, config.sub_ring_capacity = 1, self.slots
        config.pool_size, config.max_payload_size = 2 * self.slots, 8 * self.words
        kickmsg.SharedRegion.create(self.name, kickmsg.ChannelType.PubSub, config, "bench")

    def sender(self) -> Sender:
        import kickmsg  # noqa: PLC0415

        return _KickSender(kickmsg.Publisher(kickmsg.SharedRegion.open(self.name)), 8 * self.words)

    def receive(self, way: str, ready: Callable[[], None], seen: Seen) -> None:
        import kickmsg  # noqa: PLC0415

        subscriber = kickmsg.Subscriber(kickmsg.SharedRegion.open(self.name))

        patience = timedelta(seconds=LOOK_UP)

        def drain(view: Any) -> bool:
            going = seen(np.frombuffer(memoryview(view), np.uint64))
            view.release()
            return going

        if way == "plain":
            take = partial(subscriber.receive, patience)
            _awaited(ready, take, lambda data: seen(np.frombuffer(data, np.uint64)))
        else:
            WAYS[way](ready, partial(subscriber.receive_view, patience), drain)

    def close(self) -> None:
        import kickmsg  # noqa: PLC0415

        kickmsg.unlink_shm(self.name)


class KickPlainAddress(KickAddress):
    """The same through `send(bytes)` and `receive() -> bytes`, which copy on both sides."""

    def sender(self) -> Sender:
        import kickmsg  # noqa: PLC0415

        return _KickPlainSender(kickmsg.Publisher(kickmsg.SharedRegion.open(self.name)), self.words)


class _KickSender:
    def __init__(self, publisher: Any, size: int) -> None:
        self._publisher, self._size = publisher, size
        self._slot: Any = None

    def claim(self) -> Words:
        while (slot := self._publisher.allocate()) is None:
            os.sched_yield()
        self._slot = slot
        return np.frombuffer(memoryview(slot), np.uint64)

    def publish(self) -> None:
        self._slot.publish(self._size)


class _KickPlainSender:
    def __init__(self, publisher: Any, words: int) -> None:
        self._publisher, self._scratch = publisher, np.zeros(words, np.uint64)

    def claim(self) -> Words:
        return self._scratch

    def publish(self) -> None:
        data = self._scratch.tobytes()
        while True:
            try:
                self._publisher.send(data)
            except BlockingIOError:  # the pool is exhausted
                os.sched_yield()
            else:
                return


# ---- iceoryx2 --------------------------------------------------------------------------


@dataclass
class IceoryxAddress:
    """A publish-subscribe service for the frames and an event service for the waking."""

    words: int
    slots: int = SLOTS

    def __post_init__(self) -> None:
        self.name = f"ringtalk/bench/{os.getpid()}/{time.monotonic_ns()}"

    def sender(self) -> Sender:
        frames, events = self._services()
        frames = frames.publisher_builder().initial_max_slice_len(8 * self.words).create()
        return _IceoryxSender(frames, events.notifier_builder().create(), 8 * self.words)

    def receive(self, way: str, ready: Callable[[], None], seen: Seen) -> None:
        import iceoryx2  # noqa: PLC0415 - optional, as above

        frames, events = self._services()
        subscriber = frames.subscriber_builder().create()
        listener = events.listener_builder().create()
        patience = iceoryx2.Duration.from_millis(int(1000 * LOOK_UP))

        def drain(_: Any) -> bool:
            going = True
            while going and (sample := subscriber.receive()) is not None:
                going = seen(np.frombuffer(sample.payload().as_memory_view(), np.uint64))
                sample.delete()
            return going

        WAYS[way](ready, lambda: listener.timed_wait(patience) or None, drain)

    def _services(self) -> tuple[Any, Any]:
        import iceoryx2  # noqa: PLC0415

        iceoryx2.set_log_level(iceoryx2.LogLevel.Error)
        node = iceoryx2.NodeBuilder.new().create(iceoryx2.ServiceType.Ipc)
        name = iceoryx2.ServiceName.new(self.name)
        frames = (
            node.service_builder(name)
            .publish_subscribe(iceoryx2.Slice[ctypes.c_uint8])
            .payload_alignment(iceoryx2.Alignment.new(8))
            .enable_safe_overflow(False)
            .subscriber_max_buffer_size(self.slots)
            .open_or_create()
        )
        return frames, node.service_builder(name).event().open_or_create()

    def close(self) -> None:
        """The services go with the last process; iceoryx2's own bookkeeping stays behind:

        /tmp/iceoryx2 and one /dev/shm/iox2_*.global_mgmt, shared by all who use it.
        """


class _IceoryxSender:
    def __init__(self, publisher: Any, notifier: Any, size: int) -> None:
        self._publisher, self._notifier, self._size = publisher, notifier, size
        self._sample: Any = None

    def claim(self) -> Words:
        self._sample = sample = self._publisher.loan_slice_uninit(self._size)
        return np.frombuffer(sample.payload().as_memory_view(), np.uint64)

    def publish(self) -> None:
        self._sample.assume_init().send()
        self._notifier.notify()


@dataclass(frozen=True)
class Contender:
    """One row of the tables."""

    name: str
    package: str | None
    """What `pip install` must have installed, or None."""
    address: Callable[[int], Address]
    way: str
    copies: bool
    """The sender has the frame elsewhere and copies it in; else it is made in place."""


CONTENDERS = (
    Contender("ringbuf, one copy, await", None, RingAddress, "await", True),
    Contender("ringbuf, one copy, callback", None, RingAddress, "callback", True),
    Contender("ringbuf, zero copy, await", None, RingAddress, "await", False),
    Contender("ringbuf, zero copy, callback", None, RingAddress, "callback", False),
    Contender("kickmsg, send and receive, await", "kickmsg", KickPlainAddress, "plain", False),
    Contender("kickmsg, one copy, await", "kickmsg", KickAddress, "await", True),
    Contender("kickmsg, one copy, callback", "kickmsg", KickAddress, "callback", True),
    Contender("kickmsg, zero copy, await", "kickmsg", KickAddress, "await", False),
    Contender("kickmsg, zero copy, callback", "kickmsg", KickAddress, "callback", False),
    Contender("kickmsg, zero copy, no loop", "kickmsg", KickAddress, "bare", False),
    Contender("iceoryx2, one copy, callback", "iceoryx2", IceoryxAddress, "callback", True),
    Contender("iceoryx2, zero copy, no loop", "iceoryx2", IceoryxAddress, "bare", False),
    Contender("multiprocessing.Queue, callback", None, QueueAddress, "callback", True),
)
