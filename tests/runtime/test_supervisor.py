"""The supervisor with real processes: start, kill, hang, restart, stop."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvloop

from runtime.actor_row import ActorRow, Restart
from runtime.errors import NotReady
from runtime.messages import ActorEvent, ActorNews, ActorSettings, MetricsRead, ReadMetrics
from runtime.supervisor import Supervisor, Worker

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


def row(name: str, target: str) -> ActorRow:
    return ActorRow(name, target, (), (), name, name, False, Restart(first_seconds=0.01), True)


class Harness:
    """A supervisor and what it tells."""

    def __init__(self, *rows: ActorRow) -> None:
        self.ups: asyncio.Queue[str] = asyncio.Queue()
        self.downs: list[str] = []
        self.events: asyncio.Queue[ActorNews] = asyncio.Queue()
        self.supervisor = Supervisor(
            rows,
            "separate",
            SETTINGS,
            copies=1,
            on_event=lambda worker, event: self.events.put_nowait(event),
            on_up=self._up,
            on_down=lambda worker: self.downs.append(worker.name),
        )

    async def _up(self, worker: Worker) -> None:
        self.ups.put_nowait(worker.name)

    def pid(self, name: str) -> int:
        (worker,) = self.supervisor.workers_of(name)
        return worker.reach().pid


def run(harness: Callable[[], Harness], story: Callable[[Harness], Awaitable[None]]) -> None:
    async def told() -> None:
        built = harness()
        await built.supervisor.start()
        try:
            await asyncio.wait_for(story(built), 120)
        finally:
            await built.supervisor.stop(patience=2.0)

    uvloop.run(told())


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def plain() -> Harness:
    return Harness(
        row("ingest", "tests.runtime.stand_ins:Quiet"),
        row("egress", "tests.runtime.stand_ins:Quiet"),
    )


def test_each_row_gets_its_process_and_stop_leaves_none() -> None:
    pids: list[int] = []

    async def story(harness: Harness) -> None:
        pids.extend([harness.pid("ingest"), harness.pid("egress")])
        for worker in harness.supervisor.workers:
            assert isinstance(
                await worker.reach().channel.request(ReadMetrics(), MetricsRead), MetricsRead
            )

    run(plain, story)
    assert len(set(pids)) == 2
    assert not any(alive(pid) for pid in pids)


def test_a_killed_process_comes_back_and_the_other_does_not_notice() -> None:
    async def story(harness: Harness) -> None:
        victim, other = harness.pid("ingest"), harness.pid("egress")
        os.kill(victim, signal.SIGKILL)
        assert await harness.ups.get() == "ingest"
        assert harness.downs == ["ingest"]
        assert harness.pid("ingest") != victim
        assert harness.pid("egress") == other
        assert harness.supervisor.workers_of("ingest")[0].restarts == 1

    run(plain, story)


def test_a_post_is_not_ready_between_two_lives() -> None:
    async def story(harness: Harness) -> None:
        (worker,) = harness.supervisor.workers_of("ingest")
        down = asyncio.Event()
        harness.supervisor._on_down = lambda worker: down.set()
        os.kill(worker.reach().pid, signal.SIGKILL)
        await down.wait()
        with pytest.raises(NotReady, match="ingest is being started"):
            worker.reach()
        await harness.ups.get()
        worker.reach()

    run(plain, story)


def test_an_actor_that_cannot_start_stops_the_house_and_says_why() -> None:
    async def story() -> None:
        harness = Harness(
            row("ingest", "tests.runtime.stand_ins:Quiet"),
            row("egress", "tests.runtime.stand_ins:Refusing"),
        )
        with pytest.raises(NotReady, match="no weights here"):
            await harness.supervisor.start()
        assert all(worker.process is None for worker in harness.supervisor.workers)

    uvloop.run(story())


def test_a_process_whose_supervisor_is_gone_ends_by_itself() -> None:
    async def story(harness: Harness) -> None:
        (worker,) = harness.supervisor.workers_of("ingest")
        process = worker.reach()
        gone = asyncio.Event()
        harness.supervisor._on_down = lambda worker: gone.set()
        process.channel.close()
        await gone.wait()

    run(plain, story)


def test_an_event_of_an_actor_reaches_the_owner() -> None:
    async def story(harness: Harness) -> None:
        event = await harness.events.get()
        assert isinstance(event, ActorEvent)
        assert (event.kind, event.detail) == ("connected", "hello")

    run(lambda: Harness(row("ingest", "tests.runtime.stand_ins:Talking")), story)
