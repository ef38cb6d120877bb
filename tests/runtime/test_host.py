"""The host of actors, spoken to over a real control channel."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from actors.table import TABLE
from data.services import SpeechStyle
from ringbuf import Layout
from runtime import allocator
from runtime.channel import Channel, ChannelClosed
from runtime.errors import QueueFull, RingtalkError
from runtime.host import AttachedSession, Host
from runtime.layouts import Stage, layout
from runtime.messages import (
    ActorEvent,
    Begin,
    CloseSession,
    Done,
    Envelope,
    Flush,
    Heartbeat,
    HostedActor,
    MetricsRead,
    OpenSession,
    ReadMetrics,
    Ready,
    SayText,
    Stop,
)
from tests.actors.session_rig import SHAPE, Lent, Rig, told
from tests.open_files import open_files

TELLER = "tests.runtime.hosted:Teller"


class Harness:
    """A supervisor's end of the channel, and what came over it."""

    def __init__(self, channel: Channel, host: Host) -> None:
        self.channel, self.host = channel, host
        self.told: asyncio.Queue[ActorEvent] = asyncio.Queue()
        self.alive = asyncio.Event()

    def receive(self, envelope: Envelope, descriptors: list[int]) -> None:
        if isinstance(envelope.body, ActorEvent):
            self.told.put_nowait(envelope.body)
        elif isinstance(envelope.body, Heartbeat):
            self.alive.set()

    async def begin(self, *actors: str) -> None:
        hosted = [HostedActor(actor, TELLER) for actor in actors]
        settings = Lent(Path("/nonexistent")).context.settings
        await self.channel.request(Begin("house", hosted, 0, settings), Ready)
        for _ in actors:
            assert (await self.told.get()).kind == "started"

    async def open(self, rig: Rig, actor: str) -> None:
        grants, descriptors = rig.rings.grants(next(r for r in TABLE if r.name == actor))
        message = OpenSession(rig.rings.spec, grants)
        await self.channel.request(message, Done, actor=actor, descriptors=descriptors)


def tell(story: Callable[[Harness], Awaitable[None]]) -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        host = Host(Channel(theirs))
        harness = Harness(Channel(ours), host)
        harness.channel.open(harness.receive, lambda: None)
        host.run()
        try:
            await story(harness)
        finally:
            await host.stop()
            harness.channel.close()

    told(run())


def test_begin_starts_the_actors_and_the_heart_beats() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features", "inference")
        await harness.alive.wait()

    tell(story)


def test_an_actor_that_is_not_there_is_named() -> None:
    async def story(harness: Harness) -> None:
        settings = Lent(Path("/nonexistent")).context.settings
        begin = Begin("house", [HostedActor("ingest", "actors.nobody:Nobody")], 0, settings)
        with pytest.raises(RingtalkError, match=r"actors\.nobody"):
            await harness.channel.request(begin, Ready)

    tell(story)


def test_each_actor_stands_between_its_walls() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features", "compositor")
        with Rig() as rig:
            await harness.open(rig, "features")
            await harness.open(rig, "compositor")
            details = [(await harness.told.get()).detail for _ in range(2)]
            assert details == ["reads speech, writes feature", "reads face, writes picture"]
            await harness.channel.request(CloseSession("s"), Done, actor="features")
            await harness.channel.request(CloseSession("s"), Done, actor="features")
            assert (await harness.told.get()).kind == "closed"
            assert harness.told.empty(), "a second close is nothing new"

    tell(story)


def test_a_closed_session_leaves_no_descriptor() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features")
        with Rig() as rig:
            before = open_files()
            for _ in range(3):
                await harness.open(rig, "features")
                assert open_files() > before
                await harness.channel.request(CloseSession("s"), Done, actor="features")
                assert open_files() == before

    tell(story)


def test_memory_is_given_back_when_nobody_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    trims: list[None] = []
    monkeypatch.setattr(allocator, "trim", lambda: trims.append(None))

    async def story(harness: Harness) -> None:
        await harness.begin("features", "compositor")
        with Rig() as rig:
            for actor in ("features", "compositor"):
                await harness.open(rig, actor)
            await harness.channel.request(CloseSession("s"), Done, actor="features")
            assert not trims, "the compositor still has the session"
            await harness.channel.request(CloseSession("s"), Done, actor="compositor")
            assert len(trims) == 1

    tell(story)


def test_a_close_waits_for_an_open_that_takes_its_time() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features")
        with Rig("slow") as rig:
            opening = asyncio.ensure_future(harness.open(rig, "features"))
            closing = asyncio.ensure_future(
                harness.channel.request(CloseSession("slow"), Done, actor="features")
            )
            await harness.channel.request(ReadMetrics(), MetricsRead)
            assert harness.told.empty()
            await harness.channel.request(say("go"), Done, actor="features")
            await asyncio.gather(opening, closing)
            kinds = [harness.told.get_nowait().kind for _ in range(harness.told.qsize())]
            assert kinds == ["opened", "closed"], "never closed under an open's feet"
        assert not harness.host._turns, "nothing of it is kept"

    tell(story)


def test_an_open_that_is_refused_leaves_no_descriptor() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features")
        with Rig("refused") as rig:
            before = open_files()
            with pytest.raises(QueueFull, match="no more of these"):
                await harness.open(rig, "features")
            assert open_files() == before
            harness.channel.send(Flush("refused"))
            await harness.channel.request(ReadMetrics(), MetricsRead)
            kinds = [harness.told.get_nowait().kind for _ in range(harness.told.qsize())]
            assert kinds == ["opened"], "it was never opened: nothing to flush or close"

    tell(story)


def test_a_ring_of_another_layout_is_refused_and_leaves_no_descriptor() -> None:
    with Rig() as rig:
        row = next(row for row in TABLE if row.name == "features")
        grants, descriptors = rig.rings.grants(row)
        before = open_files()
        given = [os.dup(descriptor) for descriptor in descriptors]
        given[5:8], given[2:5] = given[2:5], given[5:8]
        with pytest.raises(ValueError, match="holds 'feature'"):
            AttachedSession("features", OpenSession(rig.rings.spec, grants), given)
        assert open_files() == before


def test_a_flush_reaches_every_actor_of_the_session_and_no_other() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features", "inference")
        with Rig("one") as one, Rig("two") as two:
            await harness.open(one, "features")
            await harness.open(one, "inference")
            await harness.open(two, "features")
            harness.channel.send(Flush("one"))
            harness.channel.send(Flush("nobody"))
            await harness.channel.request(ReadMetrics(), MetricsRead)
            events = [harness.told.get_nowait() for _ in range(harness.told.qsize())]
        assert [e.session for e in events if e.kind == "flushed"] == ["one", "one"]

    tell(story)


def test_refusals_and_bugs_are_answered_and_the_house_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("ingest")
        with pytest.raises(QueueFull, match="64 wait"):
            await harness.channel.request(say("refuse"), Done, actor="ingest")
        with pytest.raises(RingtalkError, match="ingest: a bug"):
            await harness.channel.request(say("break"), Done, actor="ingest")
        with pytest.raises(RingtalkError, match="nobody"):
            await harness.channel.request(say("hello"), Done, actor="nobody")
        await harness.channel.request(say("hello"), Done, actor="ingest")

    tell(story)


def test_stop_closes_sessions_and_then_actors() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features")
        with Rig() as rig:
            before = open_files()
            await harness.open(rig, "features")
            harness.channel.send(Stop())
            await harness.host.stopped.wait()
            await harness.host.stop()
            kinds = [(await harness.told.get()).kind for _ in range(3)]
            assert kinds == ["opened", "closed", "stopped"]
            assert open_files() == before - 1, "the host's socket went too"

    tell(story)


def test_a_host_without_its_supervisor_ends() -> None:
    async def story(harness: Harness) -> None:
        await harness.begin("features")
        harness.channel.close()
        await harness.host.stopped.wait()
        with pytest.raises(ChannelClosed):
            harness.channel.send(Stop())

    tell(story)


def test_stages_and_walls_of_the_table_are_known() -> None:
    for row in TABLE:
        assert row.name.upper() in Stage.__members__
        for ring in (*row.reads, *row.writes):
            assert isinstance(layout(ring, SHAPE), Layout)


def say(text: str) -> SayText:
    return SayText("s", 0, 1, text, SpeechStyle())
