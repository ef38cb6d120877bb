"""An output is tried again when it breaks, and touches nobody."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import av
import pytest

from actors.egress.options import MediaOptions
from actors.egress.outputs import process_link
from actors.egress.outputs.output import Output
from actors.egress.outputs.room.tick_taps import TickTaps
from actors.egress.shared.shared_streams import SharedStreams
from actors.egress.webrtc.timeline import Timeline
from runtime.messages import OutputTarget
from tests.actors.egress.webrtc.scenes import SIZE, picture, tone
from tests.actors.session_rig import told


class Running:
    """An output of a session that plays on."""

    def __init__(self, target: OutputTarget, executor: ThreadPoolExecutor) -> None:
        self.told: list[tuple[str, str, int]] = []
        self._changed = asyncio.Event()
        self.streams = SharedStreams(SIZE, MediaOptions(), executor, lambda error: None)
        self.ticks = TickTaps(SIZE)
        self._tick = 0
        self._player = asyncio.ensure_future(self._play())
        timeline = Timeline()
        self.output = Output(
            target, SIZE, self.streams, MediaOptions(), timeline, self.ticks, self._tell
        )

    def _tell(self, state: str, why: str, attempt: int) -> None:
        self.told.append((state, why, attempt))
        self._changed.set()

    async def until(self, state: str, times: int = 1) -> str:
        """Wait for a state; why it is."""
        while len(found := [why for told, why, _ in self.told if told == state]) < times:
            self._changed.clear()
            await self._changed.wait()
        return found[-1]

    async def _play(self) -> None:
        """Its clock: ten times as fast as life."""
        while True:
            self.streams.play(self._tick, tone(self._tick), picture(self._tick), repeat=False)
            self._tick += 1
            await asyncio.sleep(0.004)

    @property
    def process(self) -> int:
        """Of the attempt that runs."""
        path = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
        commands = {
            int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in path.read_text().split()
        }
        return next(pid for pid, command in commands.items() if b"muxer_process" in command)

    async def close(self) -> None:
        await self.output.close()
        self._player.cancel()
        await asyncio.wait([self._player])
        await self.streams.close()


@asynccontextmanager
async def running(target: OutputTarget) -> AsyncIterator[Running]:
    executor = ThreadPoolExecutor(1)
    made = Running(target, executor)
    try:
        yield made
    finally:
        await made.close()
        executor.shutdown()


def test_a_file_is_brought_to_its_end_and_its_encoder_is_freed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"

    async def story() -> None:
        async with running(OutputTarget("file", str(path))) as it:
            await it.until("live")
            pid = it.process
            await it.output.close()
            assert not os.path.exists(f"/proc/{pid}")  # noqa: ASYNC240 - no disk is asked
            assert it.streams.codecs == []
            assert [state for state, _, _ in it.told] == ["connecting", "live"]

    told(story())
    with av.open(str(path)) as file:
        assert next(file.decode(video=0)).width == SIZE[0]


def test_a_file_that_cannot_be_made_is_not_tried_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(OutputTarget("file", str(tmp_path / "none" / "a.mp4"))) as it:
            assert "No such file" in await it.until("failed")

    told(story())


def test_a_server_that_is_not_there_is_tried_again_and_its_key_is_not_told(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        async with running(OutputTarget("rtmp", f"rtmp://127.0.0.1:{port}/live/secret")) as it:
            await it.until("waiting")
            await it.until("connecting", 2)
            assert [attempt for state, _, attempt in it.told if state == "connecting"] == [1, 2]
            assert "secret" not in str(it.told)

    told(story())
    out, err = capfd.readouterr()
    assert "secret" not in out + err


def test_a_process_that_dies_is_another_attempt() -> None:
    async def story() -> None:
        server = socket.create_server(("127.0.0.1", 0))  # takes the connection, and is silent
        with server:
            port = server.getsockname()[1]
            async with running(OutputTarget("rtmp", f"rtmp://127.0.0.1:{port}/live/k")) as it:
                accepted, _ = await asyncio.to_thread(server.accept)
                with accepted:
                    os.kill(it.process, signal.SIGKILL)
                    assert "process ended" in await it.until("waiting")
                    again, _ = await asyncio.to_thread(server.accept)
                    again.close()

    told(story())


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_link, "CONNECT_SECONDS", 3.0)
    monkeypatch.setattr(process_link, "END_SECONDS", 0.5)

    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            async with running(OutputTarget("rtmp", f"rtmp://127.0.0.1:{port}/live/k")) as it:
                assert "no connection" in await it.until("waiting")
                with pytest.raises(StopIteration):
                    _ = it.process  # though it was in the midst of a call

    told(story())
