"""Pictures as they arrive: the mouth's part of each, decoded only while someone looks.

In: RTP packets of H264 or VP8. Out: `SeenPicture`, newest last. A picture is put together when its
last packet (the marked one) is there, and decoded in a thread; `at` is when its pixels are.
Without `open`, packets are not even unpacked. Runs in the client's event loop and one
thread; owns the decoder and the thread, which `close` ends.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic_ns
from typing import Final

import av
import numpy as np
from aiortc import RTCRtpCodecParameters
from aiortc.codecs import depayload
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from numpy.typing import NDArray

from perf.client.mouth import Region, blocks
from perf.client.packets import Packet
from perf.client.waits import within

KEPT: Final = 1500
"""Pictures remembered: a minute."""
DECODERS: Final = {"H264": "h264", "VP8": "vp8"}


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """One decoded picture. at: ns when it was decoded. timestamp: RTP, unwrapped. mouth:
    float32 [h, w], the mean luma of the mouth region's blocks. size: of the whole picture."""

    at: int
    timestamp: int
    mouth: NDArray[np.float32]
    size: tuple[int, int]


class PictureReceiver:
    """One session's eye."""

    def __init__(self, region: Region, ask_keyframe: Callable[[], Awaitable[None]]) -> None:
        self.seen: deque[SeenPicture] = deque(maxlen=KEPT)
        self.broken = 0
        """Pictures that could not be decoded or put together."""
        self._region, self._ask_keyframe = region, ask_keyframe
        self._thread = ThreadPoolExecutor(1, "eye")
        self._decoder: VideoCodecContext | None = None
        self._open = False
        self._parts: list[bytes] = []
        self._expected: int | None = None
        self._torn = False
        self._sees = False
        self._asking: set[asyncio.Future[None]] = set()
        self._waiting: list[tuple[Callable[[SeenPicture], bool], asyncio.Future[SeenPicture]]] = []

    async def open(self) -> None:
        """Look from now on; a keyframe is asked for to begin with."""
        if not self._open:
            self._open, self._torn, self._sees = True, False, False
            self._decoder = self._expected = None
            self._parts.clear()
            await self._ask_keyframe()

    def shut(self) -> None:
        """Look no more."""
        self._open = False

    def take(self, packet: Packet, timestamp: int, codec: RTCRtpCodecParameters) -> None:
        """Look at one packet; `timestamp` is its RTP time, unwrapped."""
        if not self._open:
            return
        if self._expected is not None and packet.sequence_number != self._expected:
            self._torn = True
        self._expected = (packet.sequence_number + 1) & 0xFFFF
        try:
            self._parts.append(depayload(codec, packet.payload))
        except ValueError:
            self._torn = True
        if not packet.marker:
            return
        coded, torn = b"".join(self._parts), self._torn
        self._parts, self._torn = [], False
        if torn:
            self._lose()
            return
        job = asyncio.get_running_loop().run_in_executor(
            self._thread, self._decode, codec.name, coded, timestamp
        )
        job.add_done_callback(self._decoded)

    async def next(
        self, wanted: Callable[[SeenPicture], bool], patience: float
    ) -> SeenPicture | None:
        """The next picture for which `wanted` holds; None if there is none in `patience` s."""
        found: asyncio.Future[SeenPicture] = asyncio.get_running_loop().create_future()
        return await within(self._waiting, (wanted, found), found, patience)

    def close(self) -> None:
        """End the thread."""
        self._open = False
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _decode(self, codec: str, coded: bytes, timestamp: int) -> SeenPicture | None:
        """In the thread."""
        if self._decoder is None:
            context = av.CodecContext.create(DECODERS[codec], "r")
            assert isinstance(context, VideoCodecContext)
            context.thread_count = 1
            context.flags |= Flags.low_delay
            self._decoder = context
        seen = None
        for frame in self._decoder.decode(av.Packet(coded)):
            plane = frame.planes[0]
            rows = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]  # av's stubs omit the buffer
            luma = rows.reshape(plane.height, plane.line_size)[:, : plane.width]
            mouth = blocks(luma, self._region)
            seen = SeenPicture(monotonic_ns(), timestamp, mouth, (frame.width, frame.height))
        return seen

    def _decoded(self, job: asyncio.Future[SeenPicture | None]) -> None:
        if job.cancelled():
            return
        if isinstance(job.exception(), av.FFmpegError):
            self._lose()
            return
        seen = job.result()
        if seen is None or not self._open:
            return
        self._sees = True
        self.seen.append(seen)
        for wait in [wait for wait in self._waiting if wait[0](seen)]:
            self._waiting.remove(wait)
            if not wait[1].done():
                wait[1].set_result(seen)

    def _lose(self) -> None:
        """A picture is lost: those that follow lean on it, so ask for a whole one.

        Until the first one that `open` asked for, no other can be decoded."""
        if not self._sees:
            return
        self.broken += 1
        task = asyncio.ensure_future(self._ask_keyframe())
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
