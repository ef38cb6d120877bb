"""However the server ends, nothing is left: no process, no shared memory."""

import os
import select
import signal
import time
from pathlib import Path

import pytest
import uvloop

from tests.e2e.caller import Caller
from tests.e2e.conftest import Served, serve

GONE_SECONDS = 60


def shared_memory() -> set[str]:
    """The names that stay: a segment of a test beside this one has its name for a moment only."""
    return set(os.listdir("/dev/shm")) & set(os.listdir("/dev/shm"))


def wait_until_gone(pids: list[int]) -> list[int]:
    """Those of `pids` that still live when the time is over."""
    end = time.monotonic() + GONE_SECONDS
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        os.close(descriptor)
    return [pid for pid in pids if _lives(pid)]


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def in_a_call(served: Served) -> list[int]:
    """Open a session, let it speak, and leave without a goodbye; the actors' pids."""

    async def story() -> list[int]:
        async with Caller(served.url) as caller:
            await caller.say("I am in the middle of a long sentence when the light goes out.")
            await caller.hear()
            return served.children()

    return uvloop.run(story())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left(how: signal.Signals) -> None:
    before = shared_memory()
    served = serve()
    actors = in_a_call(served)
    assert len(actors) >= 3
    served.process.send_signal(how)
    status = served.process.wait(60)
    assert status == (-signal.SIGKILL if how == signal.SIGKILL else 0)
    assert wait_until_gone(actors) == []
    assert shared_memory() - before == set()


def test_sigkill_of_the_whole_tree_at_once_leaves_nothing() -> None:
    before = shared_memory()
    served = serve()
    actors = in_a_call(served)
    for pid in [served.process.pid, *actors]:
        os.kill(pid, signal.SIGKILL)
    served.process.wait(60)
    assert wait_until_gone(actors) == []
    assert shared_memory() - before == set()
