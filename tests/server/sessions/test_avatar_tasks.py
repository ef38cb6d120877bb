"""Avatars are made one at a time, each in a process; whatever becomes of it, it is told."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runtime.avatar_messages import MakeAvatar
from runtime.errors import (
    AvatarTaken,
    BadAvatarTask,
    NotifyForbidden,
    NotReady,
    RingtalkError,
    SourceForbidden,
    TasksFull,
    TaskTaken,
    UnknownTask,
)
from runtime.notify_rules import NotifyRules
from runtime.settings import Settings
from server.sessions.avatar_library import AvatarLibrary
from server.sessions.avatar_tasks import AvatarTasks
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.maker_process import MakerProcess
from server.sessions.notifier import Notifier
from server.sessions.registry import SessionRegistry
from server.sessions.service import AvatarTaskInfo, AvatarWish, MakingEngine
from tests.actors.session_rig import plain_clip

PATIENCE = 60
HEAD = """
import json, os, signal, sys, time
from pathlib import Path
order = json.loads(sys.stdin.readline())
target = Path(order["target"])
def tell(**line):
    print(json.dumps(line), flush=True)
tell(type="progress", step="finding the face", percent=7)
"""
MAKES = HEAD + (
    'target.mkdir(); (target / "clip.json").write_text("{}")\n'
    'tell(type="made", figures=Path(order["source"]).read_text())'
)
WAITS = HEAD + 'target.mkdir(); sys.stdin.read(); tell(type="refused", why="cancelled")'
IGNORES = HEAD + "target.mkdir(); time.sleep(600)"
FORKS = HEAD + "os.fork() or time.sleep(600); time.sleep(600)"
REFUSES = HEAD + 'tell(type="refused", why=f"{order[\'cache\']}/a: no face")'
DIES = HEAD + "os.kill(os.getpid(), signal.SIGKILL)"
FAILS = HEAD + "sys.exit(3)"
RAMBLES = HEAD + "print('nonsense', flush=True); time.sleep(600)"


class Notes(Notifier):
    """Tells nobody, and notes what."""

    def __init__(self, rules: NotifyRules) -> None:
        super().__init__(rules)
        self.told: list[Any] = []

    async def tell(self, url: str, what: Any) -> str:
        self.told.append((url, what["status"], what["error_msg"]))
        return "no answer in 5 s"


@dataclass
class Rig:
    """The tasks of a service without sessions. scripts: what each process does, in turn."""

    cache: Path
    scripts: list[str]
    changes: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings = Settings(cache_dir=self.cache, **self.changes)
        self.forgotten: list[str] = []
        self.background = BackgroundTasks()
        library = AvatarLibrary(
            self.settings, SessionRegistry(), self.background, self.forgotten.append
        )
        self.notes = Notes(NotifyRules(self.settings.notify_hosts))
        engines = [MakingEngine("wav2lip", photo=True, clip=True)]
        self.processes: list[MakerProcess] = []
        self.tasks = AvatarTasks(
            self.settings, library, self.notes, self.background, lambda: engines, self._begin
        )

    def _begin(self, order: MakeAvatar) -> MakerProcess:
        process = MakerProcess(order, (sys.executable, "-c", self.scripts.pop(0)))
        self.processes.append(process)
        return process

    async def order(self, name: str = "anna", **wish: Any) -> str:
        source = os.memfd_create("clip")
        os.write(source, b"a clip")
        os.lseek(source, 0, os.SEEK_SET)
        wanted = AvatarWish("wav2lip", wish.pop("engine", "wav2lip"), name, **wish)
        try:
            return (await self.tasks.order(wanted, source, "c.mp4")).task_id
        finally:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(source)

    async def reaches(self, task: str, status: str, step: str = "") -> AvatarTaskInfo:
        """Wait until the task is told to be there."""
        with self.tasks.watch(task) as follower:
            while True:
                for told in await follower.next():
                    if (told.status, told.step or step) == (status, step):
                        return told

    def left(self) -> list[str]:
        """What is in the folder of avatars."""
        return sorted(path.name for path in (self.cache / "avatars").iterdir())


def run(rig: Rig, story: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(PATIENCE):
            try:
                await story()
            finally:
                await rig.tasks.stop()
                await rig.background.finished()

    asyncio.run(within())


def test_an_avatar_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [MAKES])

    async def story() -> None:
        task = await rig.order()
        told = await rig.reaches(task, "completed")
        assert (told.progress, told.figures, told.error_msg) == (100, "a clip", "")
        assert told.end_time is not None
        assert told.duration == told.end_time - told.start_time
        assert rig.tasks.tasks() == [told]

    run(rig, story)
    assert rig.left() == ["anna"]


def test_one_is_made_at_a_time_in_their_order(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [WAITS, MAKES, MAKES])

    async def story() -> None:
        first, second, third = [await rig.order(name) for name in ("a", "b", "c")]
        await rig.reaches(first, "running", "finding the face")
        assert [rig.tasks.task(one).status for one in (second, third)] == ["pending"] * 2
        assert len(rig.processes) == 1
        await rig.tasks.cancel(first)
        assert (await rig.reaches(first, "failed")).error_msg == "cancelled by a client"
        assert (await rig.reaches(third, "completed")).avatar_id == "c"
        assert rig.tasks.task(second).status == "completed"

    run(rig, story)
    assert rig.left() == ["b", "c"]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (REFUSES, "…/a: no face"),
        (DIES, "was ended by SIGKILL; perhaps memory ran out"),
        (FAILS, "ended with status 3"),
        (RAMBLES, "told something else than its progress"),
    ],
)
def test_what_becomes_of_a_process_is_said_and_the_next_is_made(
    tmp_path: Path, script: str, why: str
) -> None:
    rig = Rig(tmp_path, [script, MAKES])

    async def story() -> None:
        task, after = await rig.order("a"), await rig.order("b")
        assert why in (await rig.reaches(task, "failed")).error_msg
        await rig.reaches(after, "completed")

    run(rig, story)
    assert rig.left() == ["b"]


@pytest.mark.parametrize("script", [IGNORES, FORKS])
def test_what_does_not_end_is_killed_with_all_that_it_started(tmp_path: Path, script: str) -> None:
    rig = Rig(tmp_path, [script])

    async def story() -> None:
        task = await rig.order()
        await rig.reaches(task, "running", "finding the face")
        await rig.tasks.cancel(task)
        # it has failed once nobody holds the pipe any more
        assert (await rig.reaches(task, "failed")).error_msg == "cancelled by a client"

    run(rig, story)
    assert rig.left() == []


def test_one_that_waits_is_taken_back(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [WAITS])

    async def story() -> None:
        first, second = await rig.order("a"), await rig.order("b")
        with rig.tasks.watch(None) as follower:
            await follower.next()
            assert (await rig.tasks.cancel(second)).status == "deleted"
            assert [told.status for told in await follower.next() if told.task_id == second] == [
                "deleted"
            ]
        with pytest.raises(UnknownTask):
            rig.tasks.task(second)
        with pytest.raises(UnknownTask):
            await rig.tasks.cancel(second)
        assert [told.task_id for told in rig.tasks.tasks()] == [first]

    run(rig, story)
    assert rig.left() == []


def test_the_server_s_stop_ends_all_and_tells_why(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [IGNORES], {"notify_hosts": ["hooks.example"]})

    async def story() -> None:
        url = "http://hooks.example/"
        first, second = await rig.order("a", notify=url), await rig.order("b")
        await rig.reaches(first, "running", "finding the face")
        stopping = asyncio.ensure_future(rig.tasks.stop())
        for task in (first, second):
            assert (await rig.reaches(task, "failed")).error_msg == "the server was stopped"
        await stopping
        with pytest.raises(NotReady):
            await rig.order("c")
        await rig.background.finished()
        said = ["pending", "running", "failed"]
        assert [status for _, status, _ in rig.notes.told] == said
        assert rig.tasks.task(first).notify_error == "no answer in 5 s"

    run(rig, story)
    assert rig.left() == []


def test_what_is_wrong_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [WAITS], {"max_avatar_tasks": 1})
    plain_clip().save(tmp_path / "avatars" / "bea")

    async def refused(kind: type[RingtalkError], *name: str, **wish: Any) -> None:
        with pytest.raises(kind):
            await rig.order(*name, **wish)

    async def story() -> None:
        await refused(BadAvatarTask, "mira")
        await refused(BadAvatarTask, "../x")
        await refused(BadAvatarTask, engine="sadtalker")
        await refused(AvatarTaken, "bea")
        await refused(NotifyForbidden, notify="http://127.0.0.1/")
        first = await rig.order("a", task="t")
        await refused(AvatarTaken, "a", replace=True)
        await refused(TaskTaken, "b", task="t")
        await rig.reaches(first, "running")
        await rig.order("b")
        await refused(TasksFull, "c")
        with pytest.raises(SourceForbidden, match="setting video_folder"):
            await rig.tasks.source("a.mp4")

    run(rig, story)
    assert rig.left() == ["bea"]


def test_an_avatar_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    rig = Rig(tmp_path, [REFUSES, MAKES])
    head = tmp_path / "avatars" / "anna" / "clip.json"
    plain_clip().save(head.parent)
    before = head.read_bytes()

    async def story() -> None:
        await rig.reaches(await rig.order(replace=True), "failed")
        assert head.read_bytes() == before
        await rig.reaches(await rig.order(replace=True), "completed")
        assert head.read_bytes() == b"{}"

    run(rig, story)
    assert rig.left() == ["anna"]


def test_a_killed_process_is_reaped(tmp_path: Path) -> None:
    """Also one that nobody cancelled."""
    rig = Rig(tmp_path, [IGNORES])

    async def story() -> None:
        task = await rig.order()
        await rig.reaches(task, "running", "finding the face")
        with suppress(ProcessLookupError):
            os.kill(rig.processes[0].pid, signal.SIGTERM)
        assert "SIGTERM" in (await rig.reaches(task, "failed")).error_msg

    run(rig, story)
