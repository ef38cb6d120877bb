"""A server and a film in a fresh home: no library leaves a file, none looks for its maker.

The sockets are watched by strace, below every library; without it, or without the right to trace,
only the files are looked at.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT

RINGTALK = [sys.executable, "-m", "server.cli.main"]
ADDRESS = re.compile(r'(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"')
CALLS = "trace=connect,sendto,sendmsg,sendmmsg"


def test_speak_keeps_to_itself(tmp_path: Path) -> None:
    output = tmp_path / "film.mp4"
    with _started(tmp_path, "speak", "Hello there. 你好。", "-o", str(output)) as process:
        assert process.wait(120) == 0
    assert output.stat().st_size > 1000
    assert _files(tmp_path) <= {".cache/ringtalk"}
    assert _strangers(tmp_path) == set()


def test_the_server_keeps_to_itself(tmp_path: Path) -> None:
    with _started(tmp_path, "serve", "--port", "0") as process:
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(120) == 0
    assert _files(tmp_path) <= {".cache/ringtalk"}
    assert _strangers(tmp_path) == set()


def test_strangers_would_be_seen(tmp_path: Path) -> None:
    if not _may_trace():
        pytest.skip("no strace, or no right to trace")
    code = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('203.0.113.9', 53))"
    subprocess.run([*_watching(tmp_path), sys.executable, "-c", code], check=False)
    assert _strangers(tmp_path) == {"203.0.113.9"}


def _started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`ringtalk` in a home of its own, in a process group of its own."""
    home = folder / "home"
    home.mkdir()
    mine = ("RINGTALK_", "XDG_", "ORT_", "HF_", "DO_NOT_TRACK")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(mine)}
    return subprocess.Popen(
        [*(_watching(folder) if _may_trace() else []), *RINGTALK, *arguments],
        cwd=ROOT,
        env={**kept, "HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _files(folder: Path) -> set[str]:
    """What lies in the home: two levels of folders."""
    home = folder / "home"
    return {str(path.relative_to(home)) for path in home.glob("*/*")} | {
        path.name for path in home.iterdir() if path.name != ".cache"
    }


def _strangers(folder: Path) -> set[str]:
    """The addresses of other machines to which a process connected or sent."""
    calls = folder / "calls"
    told = calls.read_text() if calls.exists() else ""
    return {address for address in ADDRESS.findall(told) if not _is_mine(address)}


def _is_mine(address: str) -> bool:
    """Whether it is one of this machine's: a socket can be bound to it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _watching(folder: Path) -> list[str]:
    return ["strace", "-f", "--seccomp-bpf", "-e", CALLS, "-o", str(folder / "calls")]


@cache
def _may_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-f", "--seccomp-bpf", "-e", CALLS, "-o", os.devnull, "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
