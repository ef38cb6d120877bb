"""What /proc says of processes that are known."""

import os
import socket
import subprocess
import sys
import time

from perf.sessions import cpu

SPIN = "import sys\nsys.stdin.readline()\nfor _ in range(10**9): pass"


def test_a_busy_child_is_seen_and_an_idle_one_is_not() -> None:
    child = subprocess.Popen([sys.executable, "-c", SPIN], stdin=subprocess.PIPE)
    try:
        assert child.pid in cpu.family(os.getpid())
        before = cpu.look([os.getpid(), child.pid])
        assert child.stdin is not None
        child.stdin.write(b"go\n")
        child.stdin.flush()
        begun = cpu.look([child.pid])
        after = begun
        deadline = time.monotonic() + 20
        while after.spent[child.pid] < begun.spent[child.pid] + 0.1 and time.monotonic() < deadline:
            os.sched_yield()
            after = cpu.look([os.getpid(), child.pid])
        use = cpu.between(before, after)
        assert use.of([child.pid]) > 0
        assert use.foreign >= 0
    finally:
        child.kill()
        child.wait()


def test_processes_that_are_gone_are_left_out() -> None:
    look = cpu.look([2**22 + 1])
    assert not look.spent
    assert cpu.between(look, cpu.look([])).cores == {}


def test_who_listens_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert cpu.listener(listening.getsockname()[1]) == os.getpid()
    assert cpu.is_here("localhost")
