"""The real server as a process of its own, and a real browser."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.chromium import AUTOPLAY, chromium_with

ROOT = Path(__file__).parents[2]
PLAIN = {"RINGTALK_LOG_LEVEL": "warning", "RINGTALK_ASR__KIND": "", "RINGTALK_GUIDE": "false"}


@dataclass
class Served:
    """A running server: where it listens, and its process."""

    url: str
    process: subprocess.Popen[str]

    def children(self) -> list[int]:
        """The actor processes."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]


def serve(*arguments: str, **environment: str) -> Served:
    """Start `ringtalk serve` on a free port; returns when it says that it is ready.

    environment: settings, such as RINGTALK_LLM__URL. Without any it neither understands words
    nor answers, which would take time that most tests have no use for."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli.main", "serve", "--port", "0", *arguments],
        cwd=ROOT,
        env={**os.environ, **PLAIN, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"http://\S+", line)
        if found:
            return Served(found.group().rstrip("/"), process)
    raise AssertionError(f"the server ended with {process.wait()} before it was ready")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    running = serve()
    yield running
    running.process.terminate()
    assert running.process.wait(60) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium_with(AUTOPLAY) as launched:
        yield launched
