"""An output in a process of its own, fed with coded packets: RTMP, files, virtual cameras.

In: the session's H264 and Opus packets. Out: the same through a socket pair to `muxer_process`,
whose death or standstill touches nobody else. PyAV holds the interpreter lock while it opens a
network output, for as long as the other end likes; here that is another interpreter's. What the
process does not take waits up to a limit, then pictures are left out until the next keyframe, and
sound last. Runs in the egress process's event loop; owns the process and the socket, and ends both.
"""

import asyncio
import socket
import sys
from asyncio.subprocess import Process as ChildProcess
from collections.abc import Callable
from typing import Final

import msgspec

from actors.egress.outputs.link import OutputBroke
from actors.egress.outputs.wire import FrameKind, MuxerNews, MuxerTarget, frame
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.shared.shared_streams import SharedStreams
from data.units import TICKS_PER_SECOND, VIDEO_TICK
from runtime.messages import OutputTarget

CONNECT_SECONDS: Final = 20.0
"""After so long without a connection there is none."""
STALL_SECONDS: Final = 20.0
"""A process that took nothing for so long is stuck."""
END_SECONDS: Final = 5.0
"""For the end of a file, or a goodbye."""
WAITING_BYTES: Final = 1_000_000
"""Pictures that wait; sound may wait for as much again."""
KEYFRAME_TICKS: Final = 2 * TICKS_PER_SECOND
"""Who comes to a stream in its middle waits so long at most; servers cut at keyframes."""


class ProcessLink(asyncio.Protocol):
    """A `Link` and a `PacketTap`."""

    def __init__(self, target: OutputTarget, size: tuple[int, int], streams: SharedStreams) -> None:
        """`size` is the pictures' (width, height)."""
        self._target = MuxerTarget(target.kind, target.url, *size)
        self._streams = streams
        self._child: ChildProcess | None = None
        self._transport: asyncio.Transport | None = None
        self._lines = bytearray()
        self._news: asyncio.Queue[MuxerNews] = asyncio.Queue()
        self._tapped = False
        self._waits_for_keyframe = True
        self._keyframe_at = 0
        self._stall: asyncio.TimerHandle | None = None

    async def run(self, on_live: Callable[[], None]) -> None:
        """See `Link.run`."""
        await self._start()
        self._streams.add(self, "h264")
        self._tapped = True
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                news = await self._news.get()
        except TimeoutError:
            raise OutputBroke(f"no connection in {CONNECT_SECONDS:.0f} s") from None
        if news.live:
            on_live()
            news = await self._news.get()
        goes_on = self._target.kind != "file"  # else the next attempt would find the file there
        raise OutputBroke(news.why, final=news.final or not goes_on)

    async def close(self) -> None:
        """See `Link.close`: the end of the socket tells the process; one that does not heed it in
        END_SECONDS is killed."""
        self._untap()
        child, transport = self._child, self._transport
        if transport is not None and not transport.is_closing():
            transport.write_eof()
        if child is not None:
            try:
                async with asyncio.timeout(END_SECONDS):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()
        if transport is not None:
            transport.abort()

    def picture(self, packet: PicturePacket) -> None:
        """See `PacketTap`."""
        if packet.keyframe:
            self._waits_for_keyframe = False
            self._keyframe_at = packet.timestamp
        elif packet.timestamp - self._keyframe_at >= KEYFRAME_TICKS * VIDEO_TICK:
            self._streams.ask_keyframe("h264")
        if self._waits_for_keyframe:
            return
        if self._waiting > WAITING_BYTES:
            self._waits_for_keyframe = True
            return
        kind = FrameKind.KEYFRAME if packet.keyframe else FrameKind.PICTURE
        self._write(frame(kind, packet.timestamp, packet.data))

    def sound(self, packet: SoundPacket) -> None:
        """See `PacketTap`."""
        if self._waiting <= 2 * WAITING_BYTES:
            self._write(frame(FrameKind.SOUND, packet.timestamp, packet.data))

    def pause_writing(self) -> None:
        """The process does not keep up (asyncio.Protocol)."""
        loop = asyncio.get_running_loop()
        self._stall = loop.call_later(STALL_SECONDS, self._stalled)

    def resume_writing(self) -> None:
        """It does again (asyncio.Protocol)."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def data_received(self, data: bytes) -> None:
        """What the process tells (asyncio.Protocol)."""
        self._lines += data
        *lines, rest = self._lines.split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            self._news.put_nowait(msgspec.json.decode(line, type=MuxerNews))

    def connection_lost(self, exc: Exception | None) -> None:
        """The process is gone (asyncio.Protocol)."""
        self.resume_writing()
        self._untap()
        self._news.put_nowait(MuxerNews(live=False, why="the output's process ended"))

    @property
    def _waiting(self) -> int:
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    async def _start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            try:
                self._child = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "actors.egress.outputs.muxer_process",
                    str(theirs.fileno()),
                    pass_fds=[theirs.fileno()],
                    stdin=asyncio.subprocess.DEVNULL,
                )
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_unix_connection(lambda: self, sock=ours)
        self._transport.set_write_buffer_limits(high=WAITING_BYTES)
        self._write(frame(FrameKind.TARGET, 0, msgspec.json.encode(self._target)))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _stalled(self) -> None:
        if self._child is not None and self._child.returncode is None:
            why = f"the other end took nothing for {STALL_SECONDS:.0f} s"
            self._news.put_nowait(MuxerNews(live=False, why=why))
            self._child.kill()

    def _untap(self) -> None:
        if self._tapped:
            self._tapped = False
            self._streams.remove(self, "h264")
