"""The server that is measured: one of our own, or one that runs already at a URL.

In: a URL or nothing. Out: where it listens, which processes on this machine are its, and its
histograms where it has some. Runs in the benchmark's process; owns the server it started, and
stops it.
"""

import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from perf.client.api import Api
from perf.sessions import cpu
from runtime.client_key import key_headers

START_SECONDS: Final = 300.0
STOP_SECONDS: Final = 30.0
PLAIN: Final = {
    "RINGTALK_LOG_LEVEL": "warning",
    "RINGTALK_ASR__KIND": "",
    "RINGTALK_OFFERS_PER_MINUTE": "0",
    "RINGTALK_TEXTS_PER_MINUTE": "0",
    "RINGTALK_UPLOADS_PER_MINUTE": "0",
}
"""Quiet, without the transcriber that is installed, since voices are measured by their length, and
without a limit for one address: all clients are on this machine."""
TRACE_MOST: Final = 60.0


class NoServer(Exception):
    """There is none to measure; the message says why."""


@dataclass(frozen=True)
class Target:
    """url: without a slash at the end. pid: its first process, None where it is elsewhere."""

    url: str
    pid: int | None

    def processes(self) -> list[int]:
        """All its processes on this machine."""
        return cpu.family(self.pid) if self.pid is not None else []

    def names(self) -> dict[int, str]:
        """Each of its processes in a word: the actors that it hosts, or its command."""
        names = {pid: cpu.named(pid) for pid in self.processes()}
        hosts: dict[int, list[str]] = {}
        for actor, state in self.health().get("actors", {}).items():
            hosts.setdefault(state["pid"], []).append(actor)
        return names | {pid: " ".join(hosted) for pid, hosted in hosts.items() if pid in names}

    def health(self) -> dict[str, Any]:
        """What /healthz says, also while an actor is down; {} where it says nothing."""
        try:
            with urlopen(f"{self.url}/healthz", timeout=5) as answer:
                told = json.load(answer)
        except HTTPError as unready:
            told = json.load(unready)
        except (OSError, ValueError):
            return {}
        found: dict[str, Any] = told.get("data") or {}
        return found

    def trace(self, seconds: float) -> bytes:
        """What every stage did in the last seconds (a minute at most), b"" where it is not told."""
        path = f"{self.url}/trace?seconds={min(seconds, TRACE_MOST):.1f}"
        try:
            with urlopen(Request(path, headers=key_headers()), timeout=30) as answer:
                found: bytes = answer.read()
                return found
        except (URLError, OSError):
            return b""

    def metrics(self) -> str:
        """Its Prometheus exposition, "" where it has none (LiveTalking has none)."""
        try:
            with urlopen(
                Request(f"{self.url}/metrics", headers=key_headers()), timeout=5
            ) as answer:
                text: str = answer.read().decode()
                return text
        except (URLError, OSError):
            return ""


@contextmanager
def target(
    url: str | None,
    calls: int,
    folder: Path | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Target]:
    """The server at `url`, or one started for the purpose that takes `calls` sessions,
    from the code in `folder` instead of this one's: a checkout with its ring compiled, which runs
    in its own environment if it has one. `settings`: RINGTALK_… and their values, or other
    variables beside those of this process.

    Raises NoServer, or ValueError for a URL that is none."""
    if url is not None:
        api = Api(url)
        here = cpu.is_here(api.host)
        api.close()
        yield Target(url.rstrip("/"), cpu.listener(api.port) if here else None)
        return
    process = subprocess.Popen(
        [*_command(folder), "serve", "--port", "0", "--max-calls", str(calls)],
        env=_environment(folder) | dict(settings or {}),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )
    try:
        yield Target(_address(process), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(folder: Path | None) -> list[str]:
    """What runs the code in `folder`: its own environment's command, or this interpreter."""
    if folder is not None and (own := folder.resolve() / ".venv/bin/ringtalk").exists():
        return [str(own)]
    return [sys.executable, "-m", "server.cli.main"]


def _environment(folder: Path | None) -> dict[str, str]:
    if folder is None:
        return {**os.environ, **PLAIN}
    plain = {name: value for name, value in PLAIN.items() if _is_known(name, folder)}
    return {**os.environ, **plain, "PYTHONPATH": str(folder.resolve())}


def _is_known(name: str, folder: Path) -> bool:
    """Whether the code there has this setting: an older build refuses those that came later."""
    group, _, _ = name.removeprefix("RINGTALK_").lower().partition("__")
    document = (folder / "docs/settings.md").read_text()
    return f"| `{group}`" in document or f"| `{group}." in document


def _address(process: subprocess.Popen[bytes]) -> str:
    """Where it says that it listens."""
    assert process.stdout is not None
    said, deadline = b"", time.monotonic() + START_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([process.stdout], [], [], left)[0]:
            break
        more = os.read(process.stdout.fileno(), 4096)
        if not more:
            raise NoServer(f"the server ended with {process.wait()} before it was ready")
        said += more
        if found := re.search(rb"http://\S+", said):
            return found.group().decode().rstrip("/")
    raise NoServer(f"the server was not ready in {START_SECONDS:.0f} s")
