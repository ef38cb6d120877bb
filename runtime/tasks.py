"""One task per session, and what happens when one fails.

In: coroutines that run until cancelled. Out: a failure is logged and told to the
supervisor as an event, and ends that session's task alone. Owns the tasks.
"""

import asyncio
import logging
from collections.abc import Coroutine

from runtime.actor import Context
from runtime.messages import ActorEvent

logger = logging.getLogger(__name__)


async def together(*works: Coroutine[None, None, None]) -> None:
    """Run all until one fails or this is cancelled; the others are cancelled then.

    Raises what the first one raised. Not asyncio.TaskGroup: one that is cancelled lies in a circle
    with its own task and all that its work knew, until a garbage collection."""
    tasks = [asyncio.get_running_loop().create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


class Tasks:
    """The tasks of one actor, by session."""

    def __init__(self, context: Context) -> None:
        self._emit = context.emit
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, session: str, work: Coroutine[None, None, None]) -> None:
        """Run `work` for the session until `end`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[session] = task
        task.add_done_callback(lambda done: self._report(session, done))

    async def end(self, session: str) -> None:
        """Cancel the session's task and wait until it is gone."""
        task = self._tasks.pop(session, None)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _report(self, session: str, task: asyncio.Task[None]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        logger.error(
            "a session's task failed", exc_info=error, extra={"fields": {"session": session}}
        )
        self._emit(ActorEvent(session, "failed", detail=f"{type(error).__name__}: {error}"))
