"""The host of actors, spoken to over a real control channel."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from actors.table import TABLE
from data.services import Manner
from ringbuf import Layout
from runtime.channel import Channel, ChannelClosed
from runtime.errors import QueueFull, RingtalkError
from runtime.host import Attached, Host
from runtime.layouts import Stage, layout
from runtime.messages import (
    Begin,
    Close,
    Done,
    Envelope,
    Event,
    Flush,
    Heartbeat,
    Hosted,
    Open,
    Ready,
    Say,
    Scrape,
    Scraped,
    Stop,
)
from tests.actors.session_rig import SHAPE, Lent, Rig, told
from tests.open_files import open_files

TELLER = "tests.runtime.hosted:Teller"


class House:
    """A supervisor's end of the channel, and what came over it."""

    def __init__(self, channel: Channel, host: Host) -> None:
        self.channel, self.host = channel, host
        self.told: asyncio.Queue[Event] = asyncio.Queue()
        self.alive = asyncio.Event()

    def receive(self, envelope: Envelope, descriptors: list[int]) -> None:
        if isinstance(envelope.body, Event):
            self.told.put_nowait(envelope.body)
        elif isinstance(envelope.body, Heartbeat):
            self.alive.set()

    async def begin(self, *actors: str) -> None:
        hosted = [Hosted(actor, TELLER) for actor in actors]
        settings = Lent(Path("/nonexistent")).context.settings
        await self.channel.request(Begin("house", hosted, 0, settings), Ready)
        for _ in actors:
            assert (await self.told.get()).kind == "started"

    async def open(self, rig: Rig, actor: str) -> None:
        grants, descriptors = rig.street.grants(next(r for r in TABLE if r.name == actor))
        message = Open(rig.street.spec, grants)
        await self.channel.request(message, Done, actor=actor, descriptors=descriptors)


def tell(story: Callable[[House], Awaitable[None]]) -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        host = Host(Channel(theirs))
        house = House(Channel(ours), host)
        house.channel.open(house.receive, lambda: None)
        host.run()
        try:
            await story(house)
        finally:
            await host.stop()
            house.channel.close()

    told(run())


def test_begin_starts_the_actors_and_the_heart_beats() -> None:
    async def story(house: House) -> None:
        await house.begin("features", "inference")
        await house.alive.wait()

    tell(story)


def test_an_actor_that_is_not_there_is_named() -> None:
    async def story(house: House) -> None:
        settings = Lent(Path("/nonexistent")).context.settings
        begin = Begin("house", [Hosted("ingest", "actors.nobody:Nobody")], 0, settings)
        with pytest.raises(RingtalkError, match=r"actors\.nobody"):
            await house.channel.request(begin, Ready)

    tell(story)


def test_each_actor_stands_between_its_walls() -> None:
    async def story(house: House) -> None:
        await house.begin("features", "compositor")
        with Rig() as rig:
            await house.open(rig, "features")
            await house.open(rig, "compositor")
            details = [(await house.told.get()).detail for _ in range(2)]
            assert details == ["reads speech, writes feature", "reads face, writes picture"]
            await house.channel.request(Close("s"), Done, actor="features")
            await house.channel.request(Close("s"), Done, actor="features")
            assert (await house.told.get()).kind == "closed"
            assert house.told.empty(), "a second close is nothing new"

    tell(story)


def test_a_closed_session_leaves_no_descriptor() -> None:
    async def story(house: House) -> None:
        await house.begin("features")
        with Rig() as rig:
            before = open_files()
            for _ in range(3):
                await house.open(rig, "features")
                assert open_files() > before
                await house.channel.request(Close("s"), Done, actor="features")
                assert open_files() == before

    tell(story)


def test_a_close_waits_for_an_open_that_takes_its_time() -> None:
    async def story(house: House) -> None:
        await house.begin("features")
        with Rig("slow") as rig:
            opening = asyncio.ensure_future(house.open(rig, "features"))
            closing = asyncio.ensure_future(
                house.channel.request(Close("slow"), Done, actor="features")
            )
            await house.channel.request(Scrape(), Scraped)
            assert house.told.empty()
            await house.channel.request(say("go"), Done, actor="features")
            await asyncio.gather(opening, closing)
            kinds = [house.told.get_nowait().kind for _ in range(house.told.qsize())]
            assert kinds == ["opened", "closed"], "never closed under an open's feet"
        assert not house.host._turns, "nothing of it is kept"

    tell(story)


def test_an_open_that_is_refused_leaves_no_descriptor() -> None:
    async def story(house: House) -> None:
        await house.begin("features")
        with Rig("refused") as rig:
            before = open_files()
            with pytest.raises(QueueFull, match="no more of these"):
                await house.open(rig, "features")
            assert open_files() == before
            house.channel.send(Flush("refused"))
            await house.channel.request(Scrape(), Scraped)
            kinds = [house.told.get_nowait().kind for _ in range(house.told.qsize())]
            assert kinds == ["opened"], "it was never opened: nothing to flush or close"

    tell(story)


def test_a_ring_of_another_layout_is_refused_and_leaves_no_descriptor() -> None:
    with Rig() as rig:
        row = next(row for row in TABLE if row.name == "features")
        grants, descriptors = rig.street.grants(row)
        before = open_files()
        given = [os.dup(descriptor) for descriptor in descriptors]
        given[5:8], given[2:5] = given[2:5], given[5:8]
        with pytest.raises(ValueError, match="holds 'feature'"):
            Attached("features", Open(rig.street.spec, grants), given)
        assert open_files() == before


def test_a_flush_reaches_every_actor_of_the_session_and_no_other() -> None:
    async def story(house: House) -> None:
        await house.begin("features", "inference")
        with Rig("one") as one, Rig("two") as two:
            await house.open(one, "features")
            await house.open(one, "inference")
            await house.open(two, "features")
            house.channel.send(Flush("one"))
            house.channel.send(Flush("nobody"))
            await house.channel.request(Scrape(), Scraped)
            events = [house.told.get_nowait() for _ in range(house.told.qsize())]
        assert [e.session for e in events if e.kind == "flushed"] == ["one", "one"]

    tell(story)


def test_refusals_and_bugs_are_answered_and_the_house_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(house: House) -> None:
        await house.begin("ingest")
        with pytest.raises(QueueFull, match="64 wait"):
            await house.channel.request(say("refuse"), Done, actor="ingest")
        with pytest.raises(RingtalkError, match="ingest: a bug"):
            await house.channel.request(say("break"), Done, actor="ingest")
        with pytest.raises(RingtalkError, match="nobody"):
            await house.channel.request(say("hello"), Done, actor="nobody")
        await house.channel.request(say("hello"), Done, actor="ingest")

    tell(story)


def test_stop_closes_sessions_and_then_actors() -> None:
    async def story(house: House) -> None:
        await house.begin("features")
        with Rig() as rig:
            before = open_files()
            await house.open(rig, "features")
            house.channel.send(Stop())
            await house.host.stopped.wait()
            await house.host.stop()
            kinds = [(await house.told.get()).kind for _ in range(3)]
            assert kinds == ["opened", "closed", "stopped"]
            assert open_files() == before - 1, "the host's socket went too"

    tell(story)


def test_a_host_without_its_supervisor_ends() -> None:
    async def story(house: House) -> None:
        await house.begin("features")
        house.channel.close()
        await house.host.stopped.wait()
        with pytest.raises(ChannelClosed):
            house.channel.send(Stop())

    tell(story)


def test_stages_and_walls_of_the_table_are_known() -> None:
    for row in TABLE:
        assert row.name.upper() in Stage.__members__
        for wall in (*row.reads, *row.writes):
            assert isinstance(layout(wall, SHAPE), Layout)


def say(text: str) -> Say:
    return Say("s", 0, 1, text, Manner())
