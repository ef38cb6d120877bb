"""One task that makes an avatar, as the supervisor knows it, and those who watch it.

In: what was asked for, and what its process tells. Out: its state, numbered by change, for
followers that hold no more than the last number they saw. Runs in the supervisor; owns the file
that the avatar is made from, until the task has ended.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from runtime.errors import QueueFull
from server.sessions.maker_process import MakerProcess
from server.sessions.service import AvatarTaskInfo, AvatarWish, TaskStatus

MOST_FOLLOWERS: Final = 32
ENDED: Final = ("completed", "failed", "deleted")


@dataclass
class AvatarTask:
    """wish, folder: what is wanted, and the hidden place for it, whose file is `source`. change:
    the number of its last change. cancelled: why it is not wanted any more. telling: held while its
    address is told, one thing after another."""

    id: str
    wish: AvatarWish
    status: TaskStatus = "pending"
    progress: int = 0
    step: str = ""
    error: str = ""
    figures: str = ""
    notify_error: str = ""
    began: float = field(default_factory=time.time)
    ended: float | None = None
    change: int = 0
    source: str = ""
    place: AsyncExitStack = field(default_factory=AsyncExitStack)
    process: MakerProcess | None = None
    cancelled: str = ""
    telling: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def over(self) -> bool:
        """Whether it will not change any more."""
        return self.status in ENDED

    def info(self) -> AvatarTaskInfo:
        """As it is now."""
        return AvatarTaskInfo(
            task_id=self.id,
            model_type=self.wish.model,
            engine=self.wish.engine,
            avatar_id=self.wish.name,
            status=self.status,
            progress=self.progress,
            step=self.step,
            error_msg=self.error,
            figures=self.figures,
            notify_url=self.wish.notify,
            notify_error=self.notify_error,
            start_time=self.began,
            end_time=self.ended,
            duration=(self.ended or time.time()) - self.began,
        )


class TaskChanges:
    """Counts changes, and wakes those who wait for one."""

    def __init__(self) -> None:
        self._last = 0
        self._changed = asyncio.Event()
        self._followers = 0
        self.closed = False

    def note(self, task: AvatarTask) -> None:
        """It has changed."""
        self._last += 1
        task.change = self._last
        self._wake()

    def close(self) -> None:
        """Nothing changes any more."""
        self.closed = True
        self._wake()

    def follow(self, tasks: Callable[[], Iterable[AvatarTask]], *, one: bool) -> "TaskFollower":
        """tasks: those that are watched, as they are then. one: it ends with its task.

        Raises QueueFull when MOST_FOLLOWERS follow already."""
        if self._followers >= MOST_FOLLOWERS:
            raise QueueFull(f"{MOST_FOLLOWERS} clients follow the avatar tasks already")
        self._followers += 1
        return TaskFollower(self, tasks, one)

    def leave(self) -> None:
        """A follower is gone."""
        self._followers -= 1

    async def wait(self) -> None:
        """Until the next change."""
        await self._changed.wait()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class TaskFollower:
    """Implements server.sessions.service.TaskFollowing."""

    def __init__(
        self, changes: TaskChanges, tasks: Callable[[], Iterable[AvatarTask]], one: bool
    ) -> None:
        self._changes = changes
        self._tasks = tasks
        self._one = one
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._changes.leave()

    async def next(self) -> list[AvatarTaskInfo]:
        """See `TaskFollowing`."""
        while True:
            tasks = list(self._tasks())
            new = sorted((t for t in tasks if t.change > self._seen), key=lambda t: t.change)
            if new:
                self._seen = new[-1].change
                return [task.info() for task in new]
            if self._changes.closed or (self._one and all(task.over for task in tasks)):
                return []
            await self._changes.wait()
