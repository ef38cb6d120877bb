"""The examples do what they say, against the real server."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import av
import numpy as np
import pytest
import soundfile
import soxr

from models.voice.hibari import HibariVoice
from tests.e2e.caller import Caller
from tests.e2e.conftest import ROOT, Served, serve

RATE = 24000


def example(name: str, served: Served, *arguments: str | Path, stdin: bytes = b"") -> str:
    """What an example prints; it has to end well."""
    done = subprocess.run(
        [sys.executable, "-m", f"examples.{name}", *arguments, "--url", served.url],
        cwd=ROOT,
        input=stdin,
        stdout=subprocess.PIPE,
        timeout=150,
        check=True,
    )
    return done.stdout.decode()


def statuses(printed: str) -> list[str]:
    return [line.split()[0] for line in printed.splitlines()]


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who speaks for two seconds, with a second of silence around it."""
    voice = HibariVoice()
    said = "Excuse me, may I ask you something before you go on?"
    sound = np.concatenate([piece.sound for piece in voice.speak(said)])
    quiet = np.zeros(RATE, np.float32)
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    whole = np.concatenate([quiet, soxr.resample(sound, voice.rate, RATE), quiet])
    soundfile.write(path, whole, RATE, subtype="PCM_16")
    return path


def test_a_caller_keeps_what_it_sees(served: Served, tmp_path: Path) -> None:
    seen = tmp_path / "seen.mp4"
    printed = example("caller", served, "Hello there.", "-o", seen)
    assert "sentence" in statuses(printed)
    with av.open(str(seen)) as movie:
        assert movie.streams.video[0].width == 512
        assert sum(1 for _ in movie.decode(video=0)) > 20


def test_a_sound_file_is_spoken(served: Served, speech: Path) -> None:
    first, *events = example("sound", served, speech).splitlines()
    assert first.startswith("speech.wav is ")
    assert statuses("\n".join(events))[-1] == "end"


def test_live_sound_is_spoken(served: Served, speech: Path) -> None:
    sound = bytes(soundfile.read(speech, dtype="int16")[0].astype("<i2"))
    told = statuses(example("pcm", served, stdin=sound))
    assert "start" in told
    assert told[-1] == "end"


def test_a_listener_is_told_what_a_call_says(served: Served) -> None:
    async def story() -> str:
        async with Caller(served.url) as caller:
            listener = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "examples.listen", caller.sessionid),
                *("--url", served.url),
                cwd=ROOT,
                stdout=subprocess.PIPE,
            )
            assert listener.stdout is not None
            await caller.say("Hello there.")
            printed = b""
            while b"end " not in printed:
                line = await listener.stdout.readline()
                assert line, "it ended before the utterance did"
                printed += line
            await caller.post("/close", {"sessionid": caller.sessionid})
            printed += await listener.stdout.read()
            assert await listener.wait() == 0
            return printed.decode()

    printed = asyncio.run(asyncio.wait_for(story(), 150))
    assert "text=Hello there." in printed
    assert statuses(printed)[-1] == "closed"


def test_a_microphone_interrupts(served: Served, speech: Path) -> None:
    text = "I speak on and on. " * 20
    told = statuses(example("microphone", served, speech, "--say", text, "--seconds", "3"))
    assert told.index("held") < told.index("interrupted")


def test_a_chat_needs_a_model(served: Served) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.chat", "Who are you?", "--url", served.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 1
    assert "RINGTALK_LLM__URL" in done.stderr


class Model(BaseHTTPRequestHandler):
    """A language model that streams one answer, as OpenAI's chat completions do."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for token in ("I am ", "the avatar. ", "How do ", "you do?", ""):
            finish = None if token else "stop"
            delta = {"content": token}
            chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test looks at what comes out."""


@pytest.fixture
def model() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def test_a_chat_is_answered(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGTALK_LLM__URL", model)
    monkeypatch.setenv("RINGTALK_LLM__MODEL", "scripted")
    served = serve()
    try:
        printed = example("chat", served, "Who are you?")
    finally:
        served.process.terminate()
        assert served.process.wait(60) == 0
    told = statuses(printed)
    sentences = [line for line in printed.splitlines() if line.startswith("sentence")]
    assert [line.split("text=")[1].split("  ")[0] for line in sentences] == [
        "I am the avatar.",
        "How do you do?",
    ]
    assert "state=thinking" in printed
    assert "llm" in next(line for line in printed.splitlines() if line.startswith("turn"))
    assert told[-1] == "end"
