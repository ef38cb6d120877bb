"""What is being closed while nobody waits for it.

In: coroutines that free something and end by themselves. Out: `finished`, for who closes all. Runs
in the egress process's event loop; owns the tasks, which the loop alone would forget.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Closings:
    """Of one owner."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, closing: Coroutine[Any, Any, None]) -> None:
        """Run it from the loop's next turn on."""
        task = asyncio.get_running_loop().create_task(closing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finished(self) -> None:
        """Wait for all of them; raises what one of them raised."""
        await asyncio.gather(*self._tasks)
