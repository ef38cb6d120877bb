"""The example agent, as a user runs it: one command, no room and no key."""

import asyncio
import os
import sys
from pathlib import Path

from tests.clients.livekit.test_local import ROOT, url
from tests.clients.livekit.test_room_output import told

__all__ = ["url"]
EXAMPLE = ROOT / "clients/livekit/example.py"


def test_it_answers_into_a_film(url: str, tmp_path: Path) -> None:
    async def story() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(EXAMPLE),
            "Who are you?",
            cwd=tmp_path,
            env={**os.environ, "RINGTALK_URL": url},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0
        assert "I am a stand-in for a language model." in out.decode()
        film = (tmp_path / "face.mp4").read_bytes()
        assert film[4:8] == b"ftyp" and len(film) > 100_000

    told(story())
