"""The supervisor with real processes: start, kill, hang, restart, stop."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from runtime.actor_row import Restart, Row
from runtime.errors import NotReady
from runtime.messages import ActorSettings, Event, News, Scrape, Scraped
from runtime.supervisor import Post, Supervisor

SETTINGS = ActorSettings(
    cache_dir="/nonexistent",
    avatar="builtin",
    voice="auto",
    max_audio_seconds=1,
    max_queue=1,
    late_ms=400,
    bitrate_kbps=1000,
    codec="h264",
    ice_servers=(),
    log_level="error",
    log_format="text",
)


def row(name: str, target: str) -> Row:
    return Row(name, target, (), (), name, name, False, Restart(first_seconds=0.01), True)


class House:
    """A supervisor and what it tells."""

    def __init__(self, *rows: Row) -> None:
        self.ups: asyncio.Queue[str] = asyncio.Queue()
        self.downs: list[str] = []
        self.events: asyncio.Queue[News] = asyncio.Queue()
        self.supervisor = Supervisor(
            rows,
            "separate",
            SETTINGS,
            copies=1,
            on_event=lambda post, event: self.events.put_nowait(event),
            on_up=self._up,
            on_down=lambda post: self.downs.append(post.name),
        )

    async def _up(self, post: Post) -> None:
        self.ups.put_nowait(post.name)

    def pid(self, name: str) -> int:
        (post,) = self.supervisor.posts_of(name)
        return post.reach().pid


def run(house: Callable[[], House], story: Callable[[House], Awaitable[None]]) -> None:
    async def told() -> None:
        built = house()
        await built.supervisor.start()
        try:
            await asyncio.wait_for(story(built), 30)
        finally:
            await built.supervisor.stop(patience=2.0)

    uvloop.run(told())


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def plain() -> House:
    return House(
        row("ingest", "tests.runtime.stand_ins:Quiet"),
        row("egress", "tests.runtime.stand_ins:Quiet"),
    )


def test_each_row_gets_its_process_and_stop_leaves_none() -> None:
    pids: list[int] = []

    async def story(house: House) -> None:
        pids.extend([house.pid("ingest"), house.pid("egress")])
        for post in house.supervisor.posts:
            assert isinstance(await post.reach().channel.request(Scrape(), Scraped), Scraped)

    run(plain, story)
    assert len(set(pids)) == 2
    assert not any(alive(pid) for pid in pids)


def test_a_killed_process_comes_back_and_the_other_does_not_notice() -> None:
    async def story(house: House) -> None:
        victim, other = house.pid("ingest"), house.pid("egress")
        os.kill(victim, signal.SIGKILL)
        assert await house.ups.get() == "ingest"
        assert house.downs == ["ingest"]
        assert house.pid("ingest") != victim
        assert house.pid("egress") == other
        assert house.supervisor.posts_of("ingest")[0].restarts == 1

    run(plain, story)


def test_a_post_is_not_ready_between_two_lives() -> None:
    async def story(house: House) -> None:
        (post,) = house.supervisor.posts_of("ingest")
        down = asyncio.Event()
        house.supervisor._on_down = lambda post: down.set()
        os.kill(post.reach().pid, signal.SIGKILL)
        await down.wait()
        with pytest.raises(NotReady, match="ingest is being started"):
            post.reach()
        await house.ups.get()
        post.reach()

    run(plain, story)


def test_an_actor_that_cannot_start_stops_the_house_and_says_why() -> None:
    async def story() -> None:
        house = House(
            row("ingest", "tests.runtime.stand_ins:Quiet"),
            row("egress", "tests.runtime.stand_ins:Refusing"),
        )
        with pytest.raises(NotReady, match="no weights here"):
            await house.supervisor.start()
        assert all(post.process is None for post in house.supervisor.posts)

    uvloop.run(story())


def test_a_process_whose_supervisor_is_gone_ends_by_itself() -> None:
    async def story(house: House) -> None:
        (post,) = house.supervisor.posts_of("ingest")
        process = post.reach()
        gone = asyncio.Event()
        house.supervisor._on_down = lambda post: gone.set()
        process.channel.close()
        await gone.wait()

    run(plain, story)


def test_an_event_of_an_actor_reaches_the_owner() -> None:
    async def story(house: House) -> None:
        event = await house.events.get()
        assert isinstance(event, Event)
        assert (event.kind, event.detail) == ("connected", "hello")

    run(lambda: House(row("ingest", "tests.runtime.stand_ins:Talking")), story)
