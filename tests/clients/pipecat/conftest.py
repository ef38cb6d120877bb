"""A real server for the face, from the repository's own environment; each test may have its own."""

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
SERVER: Final = ROOT / ".venv/bin/ringtalk"
READY: Final = re.compile(r"open (http://\S+)")
START_SECONDS: Final = 120.0


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    process: subprocess.Popen[str]

    def kill(self) -> None:
        """It dies without a word, and its actors with it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


def start() -> Server:
    """Wait until it listens."""
    command = [str(SERVER), "serve", "--port", "0", "--max-calls", "4", "--avatar", "pip"]
    settings = {"RINGTALK_ASR__KIND": "", "RINGTALK_OFFERS_PER_MINUTE": "0"}
    process = subprocess.Popen(
        command,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    until = time.monotonic() + START_SECONDS
    while select.select([process.stdout], [], [], until - time.monotonic())[0]:
        line = process.stdout.readline()
        assert line, "the server ended"
        if found := READY.search(line):
            return Server(found.group(1).rstrip("/"), process)
    raise AssertionError(f"no server in {START_SECONDS:.0f} s")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    running = start()
    yield running
    running.process.terminate()
    running.process.wait(60)


@pytest.fixture
def mortal() -> Iterator[Callable[[], Server]]:
    """Servers that a test may kill."""
    begun: list[Server] = []

    def one() -> Server:
        begun.append(start())
        return begun[-1]

    yield one
    for running in begun:
        if running.process.poll() is None:
            running.kill()
