"""A process is killed, and found again: against a health page that tells of a real child."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from perf.sessions.soak_faults import Killer
from perf.sessions.target import Target

SLEEPER = [sys.executable, "-c", "import sys; sys.stdin.readline()"]
NEW_PID = 2**22 + 1


class Page:
    """/healthz of a server with one process. `back`: whether it comes back when it was killed."""

    def __init__(self) -> None:
        self.child = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE)
        self.asked_after = 0

    def health(self) -> tuple[int, dict[str, Any]]:
        if self.child.poll() is None:
            return 200, self._of(self.child.pid, "ready")
        self.asked_after += 1
        if self.asked_after < 3:
            return 503, self._of(None, "starting")
        return 200, self._of(NEW_PID, "ready")

    def _of(self, pid: int | None, state: str) -> dict[str, Any]:
        return {"sessions": 2, "actors": {"egress": {"pid": pid, "state": state, "restarts": 0}}}


@pytest.fixture
def page() -> Iterator[tuple[Page, Target]]:
    page = Page()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, data = page.health()
            body = json.dumps({"data": data}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield page, Target(f"http://127.0.0.1:{server.server_port}", None)
    server.shutdown()
    thread.join()
    server.server_close()
    assert page.child.stdin is not None
    page.child.stdin.close()
    page.child.kill()
    page.child.wait()


def test_a_killed_process_is_ready_again_when_another_is(page: tuple[Page, Target]) -> None:
    killer = Killer(page[1], 0.01, seed=1)
    kill = asyncio.run(killer.kill(page[0].child.pid, ["egress"]))
    assert page[0].child.poll() == -9
    assert kill.process == "egress"
    assert kill.seconds is not None and kill.seconds > 0


def test_nothing_is_killed_near_the_end(page: tuple[Page, Target]) -> None:
    killer = Killer(page[1], 0.01, seed=1)
    asyncio.run(killer.run(time.monotonic_ns() + 30 * 10**9))
    assert killer.kills == []
    assert page[0].child.poll() is None


def test_health_is_read_also_while_an_actor_is_down(page: tuple[Page, Target]) -> None:
    page[0].child.kill()
    page[0].child.wait()
    assert page[1].health()["actors"]["egress"]["state"] == "starting"
    assert Target("http://127.0.0.1:1", None).health() == {}
