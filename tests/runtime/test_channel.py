"""The control channel over a real socket pair."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import pytest
import uvloop

from runtime.channel import BACKLOG_LIMIT, PACKET_LIMIT, Channel, ChannelClosed
from runtime.errors import NotReady, QueueFull
from runtime.messages import (
    ActorEvent,
    CloseSession,
    Done,
    Envelope,
    Flush,
    MetricsRead,
    ReadMetrics,
    Refusal,
)


class Inbox:
    """What the far end receives, and a way to wait for it."""

    def __init__(self) -> None:
        self._all: list[tuple[Envelope, list[int]]] = []
        self._more = asyncio.Event()

    def put(self, envelope: Envelope, descriptors: list[int]) -> None:
        self._all.append((envelope, descriptors))
        self._more.set()

    async def take(self, count: int = 1) -> list[tuple[Envelope, list[int]]]:
        """The first `count` envelopes, once they are there."""
        while len(self._all) < count:
            self._more.clear()
            await self._more.wait()
        return self._all[:count]


Story = Callable[[Channel, Channel, Inbox], Awaitable[None]]


def tell(story: Story) -> None:
    """Run a story with both ends open; the far end records what it receives."""

    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        near, far = Channel(ours), Channel(theirs)
        received = Inbox()
        near.open(lambda envelope, fds: None, lambda: None)
        far.open(received.put, lambda: None)
        try:
            await asyncio.wait_for(story(near, far, received), 60)
        finally:
            near.close()
            far.close()

    uvloop.run(run())


def test_a_request_is_answered_by_its_own_reply() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        first = asyncio.ensure_future(near.request(ReadMetrics(), MetricsRead))
        second = asyncio.ensure_future(near.request(ReadMetrics(), MetricsRead))
        numbers = [envelope.number for envelope, _ in await received.take(2)]
        for number in reversed(numbers):
            far.send(MetricsRead(str(number)), number=number, reply=True)
        assert [(await first).text, (await second).text] == [str(number) for number in numbers]

    tell(story)


def test_a_refusal_is_raised_as_the_error_that_it_names() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        request = asyncio.ensure_future(near.request(CloseSession("s"), Done))
        ((envelope, _),) = await received.take()
        far.send(Refusal("QueueFull", "64 wait"), number=envelope.number, reply=True)
        with pytest.raises(QueueFull, match="64 wait"):
            await request

    tell(story)


def test_a_descriptor_arrives_beside_its_message() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        memory = os.memfd_create("sound")
        os.write(memory, b"hello")
        near.send(Flush("s"), descriptors=[memory])
        os.close(memory)
        ((_, (passed,)),) = await received.take()
        assert os.pread(passed, 5, 0) == b"hello"
        os.close(passed)

    tell(story)


def test_requests_end_when_the_peer_goes() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        request = asyncio.ensure_future(near.request(ReadMetrics(), MetricsRead))
        await received.take()
        far.close()
        with pytest.raises(ChannelClosed):
            await request
        with pytest.raises(ChannelClosed):
            near.send(ReadMetrics())

    tell(story)


def test_a_request_that_is_never_answered_says_who_was_silent() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        with pytest.raises(NotReady, match="ingest did not answer ReadMetrics"):
            await near.request(ReadMetrics(), MetricsRead, actor="ingest", patience=0.01)

    tell(story)


def test_what_does_not_fit_the_socket_waits_in_order_and_arrives_whole() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        count = 64
        for number in range(count):
            near.send(ActorEvent("s", "progress", tick=number, detail="x" * 50_000))
        bodies = [envelope.body for envelope, _ in await received.take(count)]
        assert [body.tick for body in bodies if isinstance(body, ActorEvent)] == list(range(count))

    tell(story)


def test_a_peer_that_never_reads_counts_as_gone_before_memory_does() -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        near = Channel(ours)
        gone = asyncio.Event()
        near.open(lambda envelope, fds: None, gone.set)
        with theirs, pytest.raises(ChannelClosed, match="does not read"):
            for _ in range(2 * BACKLOG_LIMIT):
                near.send(ActorEvent("s", "progress", detail="x" * 1000))
        assert gone.is_set()

    uvloop.run(run())


def test_a_message_over_the_limit_is_refused_at_the_sender() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        with pytest.raises(ValueError, match=str(PACKET_LIMIT)):
            near.send(MetricsRead("x" * (PACKET_LIMIT + 1)))

    tell(story)
