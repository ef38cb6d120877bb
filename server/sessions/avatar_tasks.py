"""Avatars are made, one at a time, each in a process beside the sessions.

In: wishes of clients, each with a clip or a photo. Out: avatars in the library, and what became of
each wish, for those who ask, who watch, and whom it is to be told. What a client sent lies in a
hidden place of the cache, in which the avatar is made, and from which it goes into its place whole.
Runs in the supervisor's process, on its loop; owns the queue, the process, and the hidden places.
"""

import asyncio
import logging
import os
import secrets
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from data.making.percentage import WHOLE
from data.staging import scratch
from data.storage import CannotStore
from runtime.avatar_messages import AvatarMade, AvatarProgress, AvatarRefused, MakeAvatar
from runtime.errors import (
    AvatarTaken,
    BadAvatarTask,
    NotReady,
    RingtalkError,
    SourceForbidden,
    StorageFailed,
    TasksFull,
    TaskTaken,
    UnknownTask,
)
from runtime.settings import Settings
from server.sessions.avatar_library import AvatarLibrary
from server.sessions.avatar_source import allowed_source, source_name, stored_source
from server.sessions.avatar_task import AvatarTask, TaskChanges, TaskFollower
from server.sessions.background_tasks import BackgroundTasks
from server.sessions.machine_paths import MachinePaths
from server.sessions.maker_process import MakerProcess
from server.sessions.notifier import Notifier
from server.sessions.service import AvatarTaskInfo, AvatarWish, MakingEngine

logger = logging.getLogger(__name__)

MOST_KEPT: Final = 100
"""Tasks that have ended and are still told of."""
STOPPED: Final = "the server was stopped"
MADE: Final = "avatar"
"""The new avatar's folder in its hidden place."""
Engines = Callable[[], Sequence[MakingEngine]]
"""For which engines avatars are made here; looks at the disk."""


class AvatarTasks:
    """Implements server.sessions.service.AvatarMaking."""

    def __init__(
        self,
        settings: Settings,
        library: AvatarLibrary,
        notifier: Notifier,
        tasks: BackgroundTasks,
        engines: Engines,
        begin: Callable[[MakeAvatar], MakerProcess] = MakerProcess,
    ) -> None:
        """begin: starts the process that makes one."""
        self._settings = settings
        self._library = library
        self._notifier = notifier
        self._background = tasks
        self._engines = engines
        self._begin = begin
        self._tasks: dict[str, AvatarTask] = {}
        self._queue: deque[AvatarTask] = deque()
        self._filling = 0
        self._running: AvatarTask | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._paths = MachinePaths(settings.cache_dir)
        self._changes = TaskChanges()
        self._stopping = False

    def engines(self) -> list[MakingEngine]:
        """For which engines."""
        return list(self._engines())

    async def order(self, wish: AvatarWish, source: int, name: str) -> AvatarTaskInfo:
        """See `AvatarMaking`."""
        try:
            self._require(wish)
            task = AvatarTask(wish.task or secrets.token_hex(16), wish)
            self._tasks[task.id] = task  # its id and its name are taken from now on
            self._filling += 1
            try:
                await self._store(task, source, name)
            except BaseException:
                del self._tasks[task.id]
                await task.place.aclose()
                raise
            finally:
                self._filling -= 1
        finally:
            os.close(source)
        self._queue.append(task)
        self._changed(task)
        self._notify(task)
        self._next()
        return task.info()

    async def source(self, path: str) -> tuple[int, str]:
        """See `AvatarMaking`."""
        folder = self._settings.video_folder
        if folder is None:
            raise SourceForbidden(
                "video_path: no file of this machine is read (the setting video_folder names the "
                "folder from which some may be); upload it as video_file"
            )
        return await asyncio.to_thread(allowed_source, folder, path)

    def task(self, task: str) -> AvatarTaskInfo:
        """See `AvatarMaking`."""
        return self._find(task).info()

    def tasks(self) -> list[AvatarTaskInfo]:
        """The newest first."""
        known = (task for task in reversed(self._tasks.values()) if task.status != "deleted")
        return [task.info() for task in known]

    async def cancel(self, task: str) -> AvatarTaskInfo:
        """See `AvatarMaking`."""
        found = self._find(task)
        if found.over:
            raise TaskTaken(f"the task {task!r} is {found.status}: there is nothing to take back")
        if found in self._queue:
            self._queue.remove(found)
            await self._end(found, "", deleted=True)
        elif found.status == "running":
            self._give_up(found, "cancelled by a client")
        else:
            raise TaskTaken(f"the task {task!r} is not stored yet; try again in a second")
        return found.info()

    def watch(self, task: str | None) -> TaskFollower:
        """See `AvatarMaking`."""
        if task is None:
            return self._changes.follow(self._tasks.values, one=False)
        found = self._find(task)
        return self._changes.follow(lambda: (found,), one=True)

    async def stop(self) -> None:
        """End the one that is made, and give up those that wait."""
        self._stopping = True
        while self._queue:
            await self._end(self._queue.popleft(), STOPPED)
        if self._running is not None:
            self._give_up(self._running, STOPPED)
        await self._idle.wait()
        self._changes.close()

    def _require(self, wish: AvatarWish) -> None:
        """Raises what is wrong with a wish, before anything is stored."""
        if self._stopping:
            raise NotReady("the server is stopping")
        known = [engine.name for engine in self._engines()]
        if wish.engine not in known:
            raise BadAvatarTask(f"model: {wish.model!r} is none of {', '.join(known)}")
        if wish.notify:
            self._notifier.rules.require(wish.notify)
        self._library.require_free(wish.name, replace=wish.replace)
        open_tasks = [task for task in self._tasks.values() if not task.over]
        if any(task.wish.name == wish.name for task in open_tasks):
            raise AvatarTaken(f"an avatar {wish.name!r} is being made already")
        if wish.task in self._tasks:
            raise TaskTaken(f"task_id: there is a task {wish.task!r} already")
        if len(self._queue) + self._filling >= self._settings.max_avatar_tasks:
            raise TasksFull(
                f"{self._settings.max_avatar_tasks} avatars wait to be made already (setting "
                "max_avatar_tasks); try again later"
            )

    async def _store(self, task: AvatarTask, source: int, name: str) -> None:
        """Keep the client's file in a hidden place, which the task's end removes."""
        place = scratch(self._library.home, task.wish.name)
        try:
            folder = await asyncio.to_thread(place.__enter__)
            task.place.push_async_callback(asyncio.to_thread, place.__exit__, None, None, None)
            path = folder / source_name(name)
            await asyncio.to_thread(stored_source, source, path)
        except CannotStore as error:
            raise StorageFailed(str(error)) from error
        task.source = str(path)

    def _next(self) -> None:
        """Make the one that has waited longest, if none is made now."""
        if self._running is None and self._queue:
            self._running = self._queue.popleft()
            self._idle.clear()
            self._background.start(self._run(self._running))

    async def _run(self, task: AvatarTask) -> None:
        task.status = "running"
        self._changed(task)
        self._notify(task)
        why = "the server failed over it; its log says how"
        try:
            why = await self._made(task)
            if not why:
                target = Path(task.source).parent / MADE
                await self._library.install(target, task.wish.name, replace=task.wish.replace)
        except (RingtalkError, OSError) as error:
            why = str(error)
        finally:
            await self._end(task, why)
            self._running = None
            self._idle.set()
            self._next()

    async def _made(self, task: AvatarTask) -> str:
        """Have its process make it; "" or why it could not."""
        source = Path(task.source)
        order = MakeAvatar(
            name=task.wish.name,
            engine=task.wish.engine,
            source=str(source),
            target=str(source.parent / MADE),
            cache=str(self._settings.cache_dir),
            steady=task.wish.steady,
            background=task.wish.background,
            face=task.wish.face,
        )
        process = task.process = self._begin(order)
        if task.cancelled:
            process.cancel()
        why = ""
        try:
            async for line in process.lines():
                match line:
                    case AvatarProgress(step, percent):
                        task.step, task.progress = step, percent
                        self._changed(task)
                    case AvatarMade(figures):
                        task.figures = figures
                    case AvatarRefused(said):
                        why = said
        except (msgspec.DecodeError, ValueError) as error:
            process.kill()
            why = f"the process that made it told something else than its progress: {error}"
        status = await process.status()
        task.process = None
        return task.cancelled or why or _ending(status, task.figures)

    async def _end(self, task: AvatarTask, why: str, *, deleted: bool = False) -> None:
        """Nothing of it is left but the avatar, if it was made, and what is told of it."""
        await task.place.aclose()
        task.status = "deleted" if deleted else "failed" if why else "completed"
        task.error, task.ended, task.step = self._paths.hidden(why), time.time(), ""
        if task.status == "completed":
            task.progress = WHOLE
        fields = {"task": task.id, "avatar": task.wish.name, "status": task.status, "why": why}
        logger.info("an avatar task has ended", extra={"fields": fields})
        self._changed(task)
        self._notify(task)
        over = [one.id for one in self._tasks.values() if one.over]
        for old in over[: max(0, len(over) - MOST_KEPT)]:
            del self._tasks[old]

    def _give_up(self, task: AvatarTask, why: str) -> None:
        """It is being made; its process ends soon."""
        task.cancelled = task.cancelled or why
        if task.process is not None:
            task.process.cancel()

    def _find(self, task: str) -> AvatarTask:
        found = self._tasks.get(task)
        if found is None or found.status == "deleted":
            raise UnknownTask(f"no task has the id {task[:80]!r} (any more)")
        return found

    def _changed(self, task: AvatarTask) -> None:
        self._changes.note(task)

    def _notify(self, task: AvatarTask) -> None:
        """Tell what it is now, behind what was told of it before."""
        if task.wish.notify and task.status != "deleted":
            self._background.start(self._tell(task, asdict(task.info())))

    async def _tell(self, task: AvatarTask, what: dict[str, object]) -> None:
        async with task.telling:
            why = await self._notifier.tell(task.wish.notify, what)
        if why:
            fields = {"task": task.id, "url": task.wish.notify, "why": why}
            logger.warning("a notification did not arrive", extra={"fields": fields})
        if why != task.notify_error:
            task.notify_error = self._paths.hidden(why)
            self._changed(task)


def _ending(status: int, figures: str) -> str:
    """Why a process ended that told nothing more; "" if it had told that the avatar is there."""
    if status < 0:
        name = signal.Signals(-status).name
        lacking = "; perhaps memory ran out" if -status == signal.SIGKILL else ""
        return f"the process that made it was ended by {name}{lacking}"
    if status or not figures:
        return f"the process that made it ended with status {status}; the server's log says why"
    return ""
