"""Work that nobody waits for now, kept until it is done.

In: coroutines that end by themselves. Out: `finished`, for who stops. Runs in the supervisor's
process; owns the tasks, which the event loop alone would forget.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class BackgroundTasks:
    """The tasks of one service."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it from the loop's next turn on."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finished(self) -> None:
        """Wait for all of them; raises what one of them raised."""
        await asyncio.gather(*self._tasks)
