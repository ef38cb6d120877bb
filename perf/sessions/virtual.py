"""An event loop whose time is simulated: it never waits, its clock jumps to the next timer.

In: coroutines that use the loop's time and `time.monotonic_ns`. Out: the same, an hour in
half a minute. Descriptors (the rings' eventfds) are real: the clock stands while one of them
is ready. Wakes can come late, as a busy machine's do. Runs in a benchmark's process; owns its
loop, and `time.monotonic_ns` while it runs.
"""

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar
from unittest.mock import patch

NS: Final = 1_000_000_000
FIRST_NS: Final = 1_000 * NS
"""The clock's first reading: not 0, which would pass for "never"."""

Result = TypeVar("Result")


class VirtualSelector(selectors.DefaultSelector):
    """Waits in simulated time."""

    def __init__(self, late_ns: Callable[[], int]) -> None:
        """`late_ns`: by how much the next wake comes too late."""
        super().__init__()
        self.now = FIRST_NS
        self._late_ns = late_ns

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; if nothing is, the clock goes on by `timeout` and some more.

        Raises RuntimeError when everything waits for everything else."""
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing is ready and no timer is set: it would wait for ever")
            if timeout > 0:
                self.now += round(timeout * NS) + self._late_ns()
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's loop, with its selector's clock."""

    def __init__(self, late_ns: Callable[[], int]) -> None:
        self._virtual = VirtualSelector(late_ns)
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now / NS

    def now_ns(self) -> int:
        """What `time.monotonic_ns` says while the loop runs."""
        return self._virtual.now


def run(work: Coroutine[Any, Any, Result], late_ns: Callable[[], int] = lambda: 0) -> Result:
    """Run to the end in simulated time."""
    loop = VirtualLoop(late_ns)
    with (
        patch.object(time, "monotonic_ns", loop.now_ns),
        asyncio.Runner(loop_factory=lambda: loop) as runner,
    ):
        return runner.run(work)
