"""VP8 for WebRTC (RFC 7741, RFC 7742): libvpx in real-time mode, no delay.

Runs in an executor thread of the egress process; owns one codec context.
"""

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from actors.egress.webrtc.h264 import KEYFRAME_TICKS
from data.units import TICKS_PER_SECOND

SPEED: Final = -8
"""libvpx's cpu-used: negative is a fixed speed, not one that follows the clock."""
BUFFER_SECONDS: Final = 0.5
KEYFRAME_PERCENT: Final = 900
"""A keyframe may take this part of a picture's share of the bitrate."""
QUANTIZER_RANGE: Final = (4, 56)
REOPEN_BELOW: Final = 0.85
REOPEN_ABOVE: Final = 1.5
REOPEN_TICKS: Final = 2 * TICKS_PER_SECOND


class Vp8Encoder:
    """One VP8 frame a picture.

    FFmpeg's libvpx wrapper cannot change the bitrate of an open context. A new one
    begins with a keyframe, so it is opened only for a change beyond REOPEN_BELOW
    or REOPEN_ABOVE (a receiver's estimate climbs slowly), and for that alone at most
    every REOPEN_TICKS; a keyframe that is asked for anyway takes the change with it.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._context: VideoCodecContext | None = None
        self._bitrate = 0
        self._opened = 0

    def encode(
        self, frame: av.VideoFrame, tick: int, *, keyframe: bool, bitrate: int
    ) -> tuple[bytes, bool]:
        """See `codecs.PictureEncoder`."""
        context = self._context
        if context is None or self._must_reopen(tick, keyframe, bitrate):
            context = self._context = self._open(bitrate)
            self._bitrate, self._opened = bitrate, tick
        frame.pts = tick
        frame.time_base = context.time_base
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        (packet,) = context.encode(frame)
        return bytes(packet), packet.is_keyframe

    def _must_reopen(self, tick: int, keyframe: bool, bitrate: int) -> bool:
        share = bitrate / self._bitrate
        return not REOPEN_BELOW <= share <= REOPEN_ABOVE and (
            keyframe or tick - self._opened >= REOPEN_TICKS
        )

    def _open(self, bitrate: int) -> VideoCodecContext:
        context = av.CodecContext.create("libvpx", "w")
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.framerate = Fraction(TICKS_PER_SECOND)
        context.time_base = Fraction(1, TICKS_PER_SECOND)
        context.bit_rate = bitrate
        context.gop_size = KEYFRAME_TICKS
        context.thread_count = 1
        context.qmin, context.qmax = QUANTIZER_RANGE
        context.options = {
            "deadline": "realtime",
            "cpu-used": str(SPEED),
            "lag-in-frames": "0",
            "minrate": str(bitrate),
            "maxrate": str(bitrate),
            "bufsize": str(int(bitrate * BUFFER_SECONDS)),
            "overshoot-pct": "15",
            "undershoot-pct": "100",
            "max-intra-rate": str(KEYFRAME_PERCENT),
            "static-thresh": "1",
        }
        context.open()
        return context
