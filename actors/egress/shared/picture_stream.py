"""Pictures in, H264 or VP8 packets out, once for all who watch: one shared stream of a session.

Runs in the egress process: in its event loop, but for the encoding, which an executor thread does.
Owns two canvases and the encoder; `close` frees them. At most one picture is being encoded and one
waits: the newest. The bitrate is the settings', whoever watches: a way that is too narrow for it
gets fewer pictures (`actors.egress.webrtc.viewer_flow`), and nobody else notices.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from actors.egress.encoder_frame import EncoderFrame
from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.packet_tap import PacketTaps, PicturePacket
from actors.egress.sink import Picture
from actors.egress.webrtc.codecs import PictureEncoder, open_encoder
from data.units import TICKS_PER_SECOND, VIDEO_TICK

KEYFRAME_GAP: Final = TICKS_PER_SECOND
"""Ticks between keyframes, whoever asks for one: they are sent to all."""
REFRESH_TICKS: Final = TICKS_PER_SECOND
"""A picture that stands still is sent again so often, for receivers that watch for life."""


class PictureStream:
    """Of one session in one codec; encodes from its making until `close`."""

    def __init__(
        self,
        codec: VideoCodec,
        size: tuple[int, int],
        options: MediaOptions,
        executor: Executor,
        on_broken: Callable[[BaseException], None],
    ) -> None:
        """`size` is (width, height); `on_broken` is called once if the encoder fails."""
        self.taps = PacketTaps(size, self._wanted)
        self.taps.codec = codec
        self.keyframes = 0
        self._codec, self._size, self._options = codec, size, options
        self._executor, self._on_broken = executor, on_broken
        self._encoder: PictureEncoder | None = None
        self._open = True
        self._newest, self._spare = EncoderFrame(size), EncoderFrame(size)
        self._empty = True
        self._job: asyncio.Future[tuple[bytes, bool]] | None = None
        self._job_tick = -REFRESH_TICKS
        self._waits: int | None = None
        self._keyframe_wanted = True
        self._keyframe_tick: int | None = None

    def show(self, tick: int, picture: Picture | None, *, repeat: bool) -> None:
        """Take tick `tick`'s picture (uint8 [H * 3 // 2, W] I420, copied). Never blocks.

        A `repeat`, or none at all, is what was there before: it is encoded once more for a
        keyframe that is due, and every REFRESH_TICKS."""
        new = picture if self._empty or not repeat else None
        stale = self._keyframe_due(tick) or tick - self._job_tick >= REFRESH_TICKS
        if not self._open or (new is None and (self._empty or not stale)):
            return
        if new is not None:
            if self._job is not None and self._waits is None:
                self._newest, self._spare = self._spare, self._newest
            self._newest.fill(new)
            self._empty = False
        if self._job is None:
            self._start(tick)
        elif new is not None:
            self._waits = tick

    def hush(self) -> None:
        """An interrupt: the picture that waits is not shown."""
        if self._waits is not None:
            self._waits = None
            self._newest, self._spare = self._spare, self._newest

    async def close(self) -> None:
        """Wait for the encoder's thread, and free the encoder."""
        self._open = False
        self._waits = None
        if self._job is not None:
            await asyncio.wait([self._job])
        self._encoder = None
        self.taps.close()

    def _wanted(self, needed: bool) -> None:
        self._keyframe_wanted = True

    def _keyframe_due(self, tick: int) -> bool:
        last = self._keyframe_tick
        return self._keyframe_wanted and (last is None or tick - last >= KEYFRAME_GAP)

    def _start(self, tick: int) -> None:
        frame, keyframe = self._newest.frame, self._keyframe_due(tick)
        self._job_tick = tick

        def encode() -> tuple[bytes, bool]:
            if self._encoder is None:
                self._encoder = open_encoder(self._codec, self._size, self._options)
            bitrate = self._options.bitrate
            return self._encoder.encode(frame, tick, keyframe=keyframe, bitrate=bitrate)

        self._job = asyncio.get_running_loop().run_in_executor(self._executor, encode)
        self._job.add_done_callback(self._encoded)

    def _encoded(self, job: asyncio.Future[tuple[bytes, bool]]) -> None:
        self._job = None
        if job.cancelled() or not self._open:
            return
        if (broken := job.exception()) is not None:
            self._open = False
            self._on_broken(broken)
            return
        coded, keyframe = job.result()
        if keyframe:
            self.keyframes += 1
            self._keyframe_tick, self._keyframe_wanted = self._job_tick, False
        self.taps.picture(PicturePacket(coded, self._job_tick * VIDEO_TICK, keyframe))
        if self._waits is not None:
            tick, self._waits = self._waits, None
            self._start(tick)
