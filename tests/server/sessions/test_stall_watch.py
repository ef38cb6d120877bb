"""An actor that stands still with work to do is ended; one that has none, or moves, is not."""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from runtime.control_words import ControlWord
from runtime.process import Process
from runtime.supervisor import Worker
from server.sessions.conversation_log import ConversationLog
from server.sessions.rate_limit import RateLimit
from server.sessions.registry import SessionRegistry
from server.sessions.session import Session
from server.sessions.stall_watch import HANG_SECONDS, STALL_SECONDS, StallWatch
from tests.actors.session_rig import Rig, marked, put
from tests.server.real_service import RealService, cache_with, settings


@dataclass
class StandIn:
    """A process as the watch sees it."""

    silent_seconds: int = 0
    kills: int = 0

    def kill(self) -> None:
        self.kills += 1


@dataclass
class ReadyWorker(Worker):
    """One whose process is a stand-in."""

    stand_in: StandIn = field(default_factory=StandIn)

    @property
    def ready(self) -> bool:
        return self.restored


class Watched:
    """One session's rings, of which the test plays every actor, and who watches."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.workers = {
            name: ReadyWorker(name, ()) for name in ("ingest", "features", "inference", "egress")
        }
        self.workers["compositor"] = ReadyWorker("compositor", ())
        for worker in self.workers.values():
            worker.process = cast(Process, worker.stand_in)
            worker.restored = True
        session = Session(
            rig.rings, dict(self.workers), RateLimit(50), ConversationLog(5), opened=True
        )
        registry = SessionRegistry()
        registry.add(session)
        self._watch = StallWatch(registry)

    def looks(self, count: int) -> list[str]:
        """Who was killed in so many looks."""
        for _ in range(count):
            self._watch.look()
        return sorted(name for name, worker in self.workers.items() if worker.stand_in.kills)

    def is_silent(self, *names: str) -> None:
        for name in names:
            self.workers[name].stand_in.silent_seconds = STALL_SECONDS


@pytest.fixture
def watched() -> Iterator[Watched]:
    with Rig() as rig:
        yield Watched(rig)


def test_who_has_no_work_is_left_alone(watched: Watched) -> None:
    watched.is_silent(*watched.workers)
    assert watched.looks(2 * HANG_SECONDS) == []


def test_who_does_not_touch_its_work_and_gives_no_sign_is_ended(watched: Watched) -> None:
    put(watched.rig.outlet("speech"), marked())
    watched.is_silent("features")
    assert watched.looks(STALL_SECONDS) == []
    assert watched.looks(1) == ["features"]


def test_who_gives_signs_has_more_time(watched: Watched) -> None:
    put(watched.rig.outlet("feature"), marked())
    assert watched.looks(HANG_SECONDS) == []
    assert watched.looks(1) == ["inference"]


def test_who_cannot_go_on_because_the_next_does_not_is_not_to_blame(watched: Watched) -> None:
    pictures = watched.rig.outlet("picture")
    while pictures.claim() is not None:
        put(pictures, marked())
    watched.rig.control.store(ControlWord.START, 1)
    watched.is_silent(*watched.workers)
    assert watched.looks(STALL_SECONDS + 1) == ["egress"]


def test_a_clock_that_stands_is_the_compositors(watched: Watched) -> None:
    watched.rig.control.store(ControlWord.START, 1)
    watched.is_silent("compositor")
    for tick in range(3 * STALL_SECONDS):
        watched.rig.control.store(ControlWord.TICK, tick)
        assert watched.looks(1) == []
    assert watched.looks(STALL_SECONDS) == ["compositor"]


def test_time_in_which_it_was_being_started_does_not_count(watched: Watched) -> None:
    put(watched.rig.outlet("feature"), marked())
    watched.workers["inference"].restored = False
    assert watched.looks(2 * HANG_SECONDS) == []
    watched.workers["inference"].restored = True
    assert watched.looks(HANG_SECONDS) == []
    assert watched.looks(1) == ["inference"]


@pytest.mark.realtime
def test_a_real_face_that_is_stopped_comes_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    made = RealService(settings(cache_with(tmp_path_factory.mktemp("cache")), drain_seconds=0))

    async def story() -> None:
        async with made.session() as (session, client):
            face = made.pid("inference")
            os.kill(face, signal.SIGSTOP)
            await made.until(lambda: made.health.state().actors["inference"].restarts == 1)
            await made.until(lambda: made.health.state().ready)
            await client.watch(10)
            await made.say(session)
            await client.until_heard(20)

    try:
        made.tell(story)
    finally:
        made.stop()
