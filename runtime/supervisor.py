"""The supervisor of the actor processes: spawn, watch, restart with back-off.

In: the actor table and a placement. Out: for each actor a `Post` to send messages
to, which outlives the process behind it. Knows nothing of what a session is; its
owner hears of a restart and tells the new process of the sessions that go on. Runs
in the supervisor process; owns the actor processes.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from runtime.actor_row import Row, Table
from runtime.errors import NotReady, RingtalkError
from runtime.messages import ActorSettings, Begin, Hosted, News
from runtime.process import Process

logger = logging.getLogger(__name__)

Placement = Literal["shared", "separate"]


@dataclass(eq=False)
class Post:
    """The place of one actor process in the house, whoever fills it just now."""

    name: str
    rows: tuple[Row, ...]
    process: Process | None = None
    ready: bool = False
    restarts: int = 0
    deaths_in_a_row: int = 0
    born: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def reach(self) -> Process:
        """The process that is there now; raises NotReady while it is (re)started."""
        if self.process is None or not self.ready:
            raise NotReady(f"{self.name} is being started; try again in a second")
        return self.process


class Supervisor:
    """All actor processes.

    on_event(post, event): an actor tells something. on_up(post): a restarted
    process is ready, its sessions are to be opened again. on_down(post): a process
    died."""

    def __init__(
        self,
        table: Table,
        placement: Placement,
        settings: ActorSettings,
        *,
        copies: int,
        on_event: Callable[[Post, News], None],
        on_up: Callable[[Post], Awaitable[None]],
        on_down: Callable[[Post], None],
    ) -> None:
        self._settings = settings
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._stopping = False
        self.posts = [Post(name, rows) for name, rows in place(table, placement, copies)]

    def posts_of(self, actor: str) -> list[Post]:
        """The posts that host this actor: one, or several where the row says many."""
        return [post for post in self.posts if any(row.name == actor for row in post.rows)]

    async def start(self) -> None:
        """Start all processes at once; returns when every actor is ready.

        Raises NotReady, after having stopped the others, when one does not come up."""
        try:
            async with asyncio.TaskGroup() as group:
                for post in self.posts:
                    group.create_task(self._spawn(post))
        except* RingtalkError as errors:
            await self.stop(patience=2.0)
            raise NotReady(str(errors.exceptions[0])) from errors

    async def stop(self, patience: float) -> None:
        """Stop all processes; none is left when this returns."""
        self._stopping = True
        for post in self.posts:
            if post.task is not None:
                post.task.cancel()
        living = [post.process for post in self.posts if post.process is not None]
        await asyncio.gather(*(process.stop(patience) for process in living))
        for post in self.posts:
            post.process, post.ready = None, False

    async def _spawn(self, post: Post) -> None:
        hosted = [Hosted(row.name, row.target) for row in post.rows]
        post.born = time.monotonic()
        post.process = Process(
            Begin(post.name, hosted, min(row.nice for row in post.rows), self._settings),
            on_event=lambda event: self._on_event(post, event),
            on_death=lambda: self._died(post),
        )
        await post.process.start()
        post.ready = True
        logger.info(
            "%s is ready",
            post.name,
            extra={
                "fields": {
                    "pid": post.process.pid,
                    "seconds": round(time.monotonic() - post.born, 2),
                }
            },
        )

    def _died(self, post: Post) -> None:
        was_ready, post.ready, post.process = post.ready, False, None
        if self._stopping:
            return
        policy = post.rows[0].restart
        lived = time.monotonic() - post.born
        post.deaths_in_a_row = 1 if lived > policy.forgive_seconds else post.deaths_in_a_row + 1
        delay = policy.delay(post.deaths_in_a_row)
        logger.error(
            "%s died; it restarts in %.2f s",
            post.name,
            delay,
            extra={"fields": {"lived": _since(post.born), "deaths": post.deaths_in_a_row}},
        )
        if was_ready:
            self._on_down(post)
            post.task = asyncio.get_running_loop().create_task(self._restart(post, delay))

    async def _restart(self, post: Post, delay: float) -> None:
        while not self._stopping:
            await asyncio.sleep(delay)
            post.restarts += 1
            try:
                await self._spawn(post)
            except RingtalkError as error:
                delay = post.rows[0].restart.delay(post.deaths_in_a_row)
                logger.error("%s did not start: %s", post.name, error)
                continue
            await self._on_up(post)
            return


def place(table: Table, placement: Placement, copies: int) -> list[tuple[str, tuple[Row, ...]]]:
    """Which process hosts which rows, in the table's order."""
    processes: dict[str, list[Row]] = {}
    for row in table:
        home = row.shared if placement == "shared" else row.separate
        processes.setdefault(home, []).append(row)
    placed: list[tuple[str, tuple[Row, ...]]] = []
    for name, rows in processes.items():
        if copies > 1 and all(row.many for row in rows):
            placed += [(f"{name}-{number}", tuple(rows)) for number in range(copies)]
        else:
            placed.append((name, tuple(rows)))
    return placed


def _since(moment: float) -> float:
    return round(time.monotonic() - moment, 2)
