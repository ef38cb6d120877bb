"""Whatever dies, in whatever order it is seen: the supervisor always gets its workers back.

First with processes that follow a script in simulated time, over the orders of events that
hypothesis finds; then with real ones, killed at random moments.
"""

import asyncio
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from typing import Final

import pytest
import uvloop
from hypothesis import example, given, settings
from hypothesis import strategies as st

from perf.sessions.virtual import VirtualLoop
from runtime.actor_row import ActorRow, Restart
from runtime.errors import NotReady
from runtime.messages import ActorNews, Begin
from runtime.process import Process
from runtime.process_life import (
    DRAIN_SECONDS,
    SILENCE_SECONDS,
    START_SECONDS,
    ProcessLife,
    ProcessState,
)
from runtime.supervisor import Supervisor, Worker
from tests.runtime.test_supervisor import SETTINGS

RESTART: Final = Restart(first_seconds=0.05, most_seconds=5.0)
LIFE: Final = START_SECONDS + SILENCE_SECONDS + DRAIN_SECONDS + RESTART.most_seconds + 60
"""No life of a scripted process, with the wait for the next, lasts longer."""

How = st.sampled_from(["refuse", "no descriptor", "hang", "die", "socket ends", "fall silent"])
Script = list[tuple[float, str]]
"""Of each life: after how many seconds, and what happens."""


class ScriptedProcess(Process):
    """Lives as its script says; what socket and pidfd would tell, the script tells."""

    def __init__(self, script: Script, over: asyncio.Event) -> None:
        """over: set once one is ready that lives on."""
        after, how = script.pop(0) if script else (0.0, "live")
        if how == "no descriptor":
            raise OSError("Too many open files")
        self._after, self._how = after, how
        self._over = over
        self._life = ProcessLife("scripted", self.kill)

    @property
    def pid(self) -> int:
        return 1

    async def start(self) -> None:
        self._life.starts()
        loop = asyncio.get_running_loop()
        match self._how:
            case "refuse":
                self.kill()
                raise NotReady("no weights here")
            case "hang":
                await self.gone()
                raise NotReady("it never answered")
            case "die":
                loop.call_later(self._after, self.kill)
            case "socket ends":
                loop.call_later(self._after, self._life.drains)
        starting = asyncio.ensure_future(asyncio.sleep(0.3))
        dying = asyncio.ensure_future(self.gone())
        await asyncio.wait([starting, dying], return_when=asyncio.FIRST_COMPLETED)
        starting.cancel()
        dying.cancel()
        try:
            self._life.is_ready()
        except NotReady:
            self.kill()
            raise
        if self._how == "live":
            self._over.set()
        self._beat()

    async def stop(self, patience: float) -> None:
        self.kill()
        await self.gone()

    def kill(self) -> None:
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        if self.state is not ProcessState.DEAD:
            self._life.died()

    def _beat(self) -> None:
        if self._how != "fall silent":
            self._life.beats()
        if self.state is ProcessState.READY:
            asyncio.get_running_loop().call_later(1.0, self._beat)


class Told:
    """What a supervisor told of one worker."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def down(self, worker: Worker) -> None:
        self.all.append("down")

    async def up(self, worker: Worker) -> None:
        self.all.append("up")


def row(name: str) -> ActorRow:
    target = "tests.runtime.stand_ins:Quiet"
    return ActorRow(name, target, (), (), name, name, False, RESTART, True)


def lives(script: Script, late_seconds: float) -> tuple[Told, bool]:
    """Let one worker live through the script, in a loop whose wakes come so late."""
    told = Told()
    loop = VirtualLoop(lambda: round(late_seconds * 1e9))
    left: Script = [(60.0, "die"), *script]
    over = asyncio.Event()

    def make(begin: Begin, on_event: Callable[[ActorNews], None]) -> Process:
        return ScriptedProcess(left, over)

    async def story() -> bool:
        supervisor = Supervisor(
            [row("ingest")],
            "separate",
            SETTINGS,
            copies=1,
            on_event=lambda worker, event: None,
            on_up=told.up,
            on_down=told.down,
            make=make,
        )
        await supervisor.start()
        async with asyncio.timeout((len(script) + 2) * (LIFE + 20 * late_seconds)):
            await over.wait()
        await asyncio.sleep(1)
        ready = supervisor.workers[0].ready
        await supervisor.stop(1)
        return ready

    try:
        return told, loop.run_until_complete(story())
    finally:
        loop.close()


@given(st.lists(st.tuples(st.floats(0, 30), How), max_size=12), st.sampled_from([0.0, 0.5, 12.0]))
@example([(0.0, "die"), (0.0, "socket ends"), (0.3, "die"), (0.3, "socket ends")], 0.5)
@settings(max_examples=200, deadline=None)
def test_a_worker_comes_back_from_any_lives_and_each_death_is_told_once(
    script: Script, late_seconds: float
) -> None:
    told, ready = lives(script, late_seconds)
    assert ready
    assert told.all[::2] == ["down"] * len(told.all[::2])
    assert told.all[1::2] == ["up"] * len(told.all[1::2])
    assert told.all[-1] == "up"


class Killed:
    """A supervisor of two real processes."""

    def __init__(self) -> None:
        self.told = Told()
        self.supervisor = Supervisor(
            [row("ingest"), row("egress")],
            "separate",
            SETTINGS,
            copies=1,
            on_event=lambda worker, event: None,
            on_up=self._up,
            on_down=lambda worker: None,
            make=self._make,
        )
        self._changed = asyncio.Event()
        self.refused: asyncio.Queue[OSError] = asyncio.Queue()

    def _make(self, begin: Begin, on_event: Callable[[ActorNews], None]) -> Process:
        try:
            return Process(begin, on_event)
        except OSError as error:
            self.refused.put_nowait(error)
            raise

    async def _up(self, worker: Worker) -> None:
        self._changed.set()

    async def all_ready(self) -> None:
        while not all(worker.ready for worker in self.supervisor.workers):
            self._changed.clear()
            await self._changed.wait()


def with_real_processes(story: Callable[[Killed], object]) -> None:
    async def told() -> None:
        killed = Killed()
        await killed.supervisor.start()
        try:
            async with asyncio.timeout(200):
                await story(killed)  # type: ignore[misc]
        finally:
            await killed.supervisor.stop(patience=2.0)

    uvloop.run(told())


@pytest.mark.realtime
def test_real_processes_come_back_from_two_hundred_kills_at_random_moments() -> None:
    async def story(killed: Killed) -> None:
        chance = random.Random(14)
        kills = 0
        while kills < 200:
            worker = chance.choice(killed.supervisor.workers)
            if worker.process is not None and worker.process.state is not ProcessState.DEAD:
                os.kill(worker.process.pid, signal.SIGKILL)
                kills += 1
            worker.deaths_in_a_row = 0  # its back-off is not what is tried here
            await asyncio.sleep(chance.uniform(0, 0.25))
        await killed.all_ready()

    with_real_processes(story)


@pytest.mark.realtime
def test_a_death_whose_last_words_are_unread_while_the_supervisor_lags_is_a_death() -> None:
    async def story(killed: Killed) -> None:
        for _ in range(5):
            (worker,) = killed.supervisor.workers_of("egress")
            pid = worker.reach().pid
            os.kill(pid, signal.SIGKILL)
            time.sleep(0.5)  # noqa: ASYNC251 - the supervisor lags
            with pytest.raises(NotReady):
                worker.reach().channel.send(Begin("x", [], 0, SETTINGS))
            await asyncio.sleep(0)
            await killed.all_ready()
            assert worker.reach().pid != pid

    with_real_processes(story)


@pytest.mark.realtime
def test_a_death_at_the_limit_of_descriptors_is_tried_again_until_there_are_some(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story(killed: Killed) -> None:
        (worker,) = killed.supervisor.workers_of("ingest")
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        os.kill(worker.reach().pid, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_NOFILE, (5, hard))
        try:
            for _ in range(3):
                await killed.refused.get()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        await killed.all_ready()

    with_real_processes(story)
    assert "did not start: [Errno 24] Too many open files" in caplog.text
