"""An output in a process of its own, fed with coded packets: RTMP, files, virtual cameras.

In: the session's H264 and Opus packets. Out: the same to `muxer_process`. PyAV holds the
interpreter lock while it opens a network output, for as long as the other end likes; here that is
another interpreter's. What the process does not take waits up to a limit, then pictures are left
out until the next keyframe, and sound last. Runs in the egress process's event loop; owns the
process.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from actors.egress.outputs.link import OutputBroke
from actors.egress.outputs.output_process import OutputProcess
from actors.egress.outputs.wire import FrameKind, MuxerTarget, frame
from actors.egress.packet_tap import PicturePacket, SoundPacket
from actors.egress.shared.shared_streams import SharedStreams
from data.units import TICKS_PER_SECOND, VIDEO_TICK
from runtime.messages import OutputTarget

MODULE: Final = "actors.egress.outputs.muxer_process"
CONNECT_SECONDS: Final = 20.0
"""After so long without a connection there is none."""
END_SECONDS: Final = 5.0
"""For the end of a file, or a goodbye."""
WAITING_BYTES: Final = 1_000_000
"""Pictures that wait; sound may wait for as much again."""
KEYFRAME_TICKS: Final = 2 * TICKS_PER_SECOND
"""Who comes to a stream in its middle waits so long at most; servers cut at keyframes."""


class ProcessLink:
    """A `Link` and a `PacketTap`."""

    def __init__(self, target: OutputTarget, size: tuple[int, int], streams: SharedStreams) -> None:
        """`size` is the pictures' (width, height)."""
        self._target = MuxerTarget(target.kind, target.url, *size)
        self._streams = streams
        self._process = OutputProcess(MODULE, WAITING_BYTES, self._untap)
        self._tapped = False
        self._waits_for_keyframe = True
        self._keyframe_at = 0

    async def run(self, on_live: Callable[[], None]) -> None:
        """See `Link.run`."""
        first = frame(FrameKind.TARGET, 0, msgspec.json.encode(self._target))
        await self._process.start(first)
        self._streams.add(self, "h264")
        self._tapped = True
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                news = await self._process.news.get()
        except TimeoutError:
            raise OutputBroke(f"no connection in {CONNECT_SECONDS:.0f} s") from None
        if news.live:
            on_live()
            news = await self._process.news.get()
        goes_on = self._target.kind != "file"  # else the next attempt would find the file there
        raise OutputBroke(news.why, final=news.final or not goes_on)

    async def close(self) -> None:
        """See `Link.close`."""
        self._untap()
        await self._process.close(END_SECONDS)

    def picture(self, packet: PicturePacket) -> None:
        """See `PacketTap`."""
        if packet.keyframe:
            self._waits_for_keyframe = False
            self._keyframe_at = packet.timestamp
        elif packet.timestamp - self._keyframe_at >= KEYFRAME_TICKS * VIDEO_TICK:
            self._streams.ask_keyframe("h264")
        if self._waits_for_keyframe:
            return
        if self._process.waiting > WAITING_BYTES:
            self._waits_for_keyframe = True
            return
        kind = FrameKind.KEYFRAME if packet.keyframe else FrameKind.PICTURE
        self._process.write(frame(kind, packet.timestamp, packet.data))

    def sound(self, packet: SoundPacket) -> None:
        """See `PacketTap`."""
        if self._process.waiting <= 2 * WAITING_BYTES:
            self._process.write(frame(FrameKind.SOUND, packet.timestamp, packet.data))

    def _untap(self) -> None:
        if self._tapped:
            self._tapped = False
            self._streams.remove(self, "h264")
