"""The examples do what they say, against the real server."""

import subprocess
import sys
from pathlib import Path

import av

from tests.e2e.conftest import ROOT, Served


def test_a_caller_keeps_what_it_sees(served: Served, tmp_path: Path) -> None:
    seen = tmp_path / "seen.mp4"
    subprocess.run(
        [sys.executable, "examples/caller.py", "Hello there.", "-o", seen, "--url", served.url],
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    with av.open(str(seen)) as movie:
        assert movie.streams.video[0].width == 512
        assert sum(1 for _ in movie.decode(video=0)) > 20
