"""The control channel over a real socket pair."""

import asyncio
import os
import resource
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, closing, suppress

import pytest
import uvloop

from runtime.backlog import BACKLOG_LIMIT
from runtime.channel import Channel, ChannelClosed
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
    SdpOffer,
)
from runtime.packets import BODY_LIMIT, PACKET_LIMIT, pack, unpack


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


def test_a_request_that_is_read_too_late_is_left() -> None:
    """What was refused is not done; what has to be done, such as closing, is."""

    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        reading, writing = os.pipe()
        for expires in (True, False):
            with pytest.raises(NotReady):
                await near.request(
                    CloseSession(str(expires)),
                    Done,
                    descriptors=[writing],
                    patience=0.0,
                    expires=expires,
                )
        ((envelope, descriptors),) = await received.take()
        assert envelope.body == CloseSession("False")
        for descriptor in (writing, *descriptors):
            os.close(descriptor)
        assert os.read(reading, 1) == b"", "of the one that was left nothing is open"
        os.close(reading)

    tell(story)


def test_what_does_not_fit_the_socket_waits_in_order_and_arrives_whole() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        count = 64
        for number in range(count):
            near.send(ActorEvent("s", "progress", tick=number, detail="x" * 50_000))
        bodies = [envelope.body for envelope, _ in await received.take(count)]
        assert [body.tick for body in bodies if isinstance(body, ActorEvent)] == list(range(count))

    tell(story)


def alone(story: Callable[[Channel, socket.socket, asyncio.Event], Awaitable[None]]) -> None:
    """Run a story with the near end open, whose peer reads nothing by itself."""

    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        near, gone = Channel(ours), asyncio.Event()
        near.open(lambda envelope, fds: None, gone.set)
        with theirs:
            try:
                await asyncio.wait_for(story(near, theirs, gone), 60)
            finally:
                near.close()

    uvloop.run(run())


def fill(channel: Channel, count: int) -> None:
    for number in range(count):
        channel.send(ActorEvent("s", "progress", tick=number, detail="x" * 1000))


def drain(end: socket.socket) -> list[Envelope]:
    """Everything that lies in the socket now."""
    end.setblocking(False)
    found: list[Envelope] = []
    with suppress(BlockingIOError):
        while packet := end.recv(PACKET_LIMIT):
            found.append(unpack(packet))
    return found


def test_a_peer_that_never_reads_is_not_dead_and_misses_what_may_be_lost() -> None:
    async def story(near: Channel, theirs: socket.socket, gone: asyncio.Event) -> None:
        fill(near, 2 * BACKLOG_LIMIT)
        near.send(ActorEvent("s", "end", utterance=7))
        kept: list[Envelope] = []
        while not kept or not isinstance(kept[-1].body, ActorEvent) or kept[-1].body.kind != "end":
            kept += drain(theirs)
            await asyncio.sleep(0)
        assert BACKLOG_LIMIT < len(kept) < 2 * BACKLOG_LIMIT, "the end came, some progress did not"
        ticks = [one.body.tick for one in kept[:-1] if isinstance(one.body, ActorEvent)]
        assert ticks == list(range(len(ticks))), "what came is in order"
        assert not gone.is_set()

    alone(story)


def test_flushes_of_a_session_that_wait_are_one() -> None:
    async def story(near: Channel, theirs: socket.socket, gone: asyncio.Event) -> None:
        fill(near, 1000)  # more than the socket takes
        for _ in range(40_000):
            near.send(Flush("s"), key="flush s")
        near.send(Flush("t"), key="flush t")
        flushed: list[str] = []
        while "t" not in flushed:
            flushed += [one.body.session for one in drain(theirs) if isinstance(one.body, Flush)]
            await asyncio.sleep(0)
        assert flushed == ["s", "t"]
        near.send(Flush("s"), key="flush s")
        assert [one.body for one in drain(theirs)] == [Flush("s")], "what was sent waits no more"

    alone(story)


def test_a_request_waits_for_room_and_is_refused_when_none_comes() -> None:
    async def story(near: Channel, theirs: socket.socket, gone: asyncio.Event) -> None:
        fill(near, 2 * BACKLOG_LIMIT)
        with pytest.raises(NotReady, match="did not answer ReadMetrics"):
            await near.request(ReadMetrics(), MetricsRead, patience=0.01)
        late = asyncio.ensure_future(near.request(ReadMetrics(), MetricsRead))
        asked: list[Envelope] = []
        while not asked:
            asked = [one for one in drain(theirs) if isinstance(one.body, ReadMetrics)]
            await asyncio.sleep(0)
        theirs.send(pack(Envelope(asked[0].number, True, "", MetricsRead("x")))[0])
        assert (await late).text == "x"

    alone(story)


@pytest.mark.parametrize("size", [PACKET_LIMIT - 100, PACKET_LIMIT + 1, 5_000_000])
def test_a_body_of_any_size_crosses_with_its_descriptors(size: int) -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        before = len(os.listdir("/proc/self/fd"))
        with closing(socket.socket()) as beside:
            near.send(SdpOffer("s", "x" * size, "offer"), descriptors=[beside.fileno()])
            ((envelope, descriptors),) = await received.take()
        assert isinstance(envelope.body, SdpOffer)
        assert len(envelope.body.sdp) == size
        (descriptor,) = descriptors
        assert os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket")
        os.close(descriptor)
        assert len(os.listdir("/proc/self/fd")) == before

    tell(story)


def test_a_message_over_the_limit_is_refused_at_the_sender() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        with pytest.raises(ValueError, match=str(BODY_LIMIT)):
            near.send(MetricsRead("x" * (BODY_LIMIT + 1)))
        near.send(MetricsRead("small"))
        ((envelope, _),) = await received.take()
        assert envelope.body == MetricsRead("small")

    tell(story)


def test_a_peer_without_a_descriptor_left_says_so() -> None:
    async def story(near: Channel, far: Channel, received: Inbox) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with ExitStack() as after, closing(socket.socket()) as beside:
            after.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
            resource.setrlimit(resource.RLIMIT_NOFILE, (beside.fileno() + 1, hard))
            with pytest.raises(NotReady, match="no descriptor left"):
                await near.request(CloseSession("s"), Done, descriptors=[beside.fileno()])
        near.send(Flush("s"))
        await received.take()

    tell(story)
