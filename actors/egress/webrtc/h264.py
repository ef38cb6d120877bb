"""H264 for WebRTC (RFC 6184, RFC 7742): libx264, constrained baseline, no delay.

Runs in an executor thread of the egress process; owns one codec context.
"""

from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from actors.egress.encoder_frame import MATRIX_BT601, PRIMARIES_SRGB, RANGE_LIMITED, TRANSFER_SRGB
from actors.egress.marking.synthetic_sei import marked
from data.units import TICKS_PER_SECOND

PRESET: Final = "superfast"
BUFFER_KBIT: Final = 500
"""The VBV buffer: it bounds a keyframe to about 60 kB and a burst to half a second at 1 Mbit/s."""
NARROW: Final = 300_000
"""Bit/s below which the way is narrow: a picture there is to be one packet or two."""
BUFFER_KBIT_NARROW: Final = 28
"""The VBV buffer there: it bounds a keyframe to 3.5 kB, half a second at 60 kbit/s."""
QUANTIZER_FLOOR: Final = 18
"""No better than this (49 dB on the built-in face): bits that nobody sees cost CPU and packets;
coarser, and the background's soft light shows blocks."""
SEARCH: Final = "subme=0:me=dia"
"""A talking head hardly moves: a third less CPU than the preset's own search, at half a dB."""
KEYFRAME_TICKS: Final = 1 << 24
"""Keyframes are made on demand (not at scene cuts either): periodic ones come once a week."""


class H264Encoder:
    """Annex B access units; SPS and PPS stand before every keyframe, and the message that a machine
    made it.

    x264 follows a change of bitrate without a new context, but never above the
    rate that it was opened with (x264_ratecontrol_init_reconfigurable). It is
    therefore opened for the highest rate and set to the wanted one at each picture.
    PyAV cannot change the VBV buffer of an open one, so a rate below NARROW, and one above it
    again, opens another, which begins with a keyframe.
    """

    def __init__(self, size: tuple[int, int], bitrate_max: int) -> None:
        self._size, self._bitrate_max = size, bitrate_max
        self._narrow = False
        self._context = self._open(bitrate_max, BUFFER_KBIT)

    def _open(self, bitrate_max: int, buffer_kbit: int) -> VideoCodecContext:
        context = av.CodecContext.create("libx264", "w")
        assert isinstance(context, VideoCodecContext)
        context.width, context.height = self._size
        context.pix_fmt = "yuv420p"
        context.framerate = Fraction(TICKS_PER_SECOND)
        context.time_base = Fraction(1, TICKS_PER_SECOND)
        context.bit_rate = bitrate_max
        context.gop_size = KEYFRAME_TICKS
        context.max_b_frames = 0
        context.thread_count = 1
        context.qmin = QUANTIZER_FLOOR
        context.color_range = RANGE_LIMITED
        context.colorspace = MATRIX_BT601
        context.color_primaries = PRIMARIES_SRGB
        context.color_trc = TRANSFER_SRGB
        context.profile = "Baseline"
        context.options = {
            "preset": PRESET,
            "x264-params": SEARCH,
            "tune": "zerolatency",
            "maxrate": str(bitrate_max),
            "bufsize": str(buffer_kbit * 1000),
            "forced-idr": "1",
            "sc_threshold": "0",
        }
        context.open()
        return context

    def encode(
        self, frame: av.VideoFrame, tick: int, *, keyframe: bool, bitrate: int
    ) -> tuple[bytes, bool]:
        """See `codecs.PictureEncoder`."""
        if (bitrate < NARROW) != self._narrow:
            self._narrow = bitrate < NARROW
            self._context = (
                self._open(NARROW, BUFFER_KBIT_NARROW)
                if self._narrow
                else self._open(self._bitrate_max, BUFFER_KBIT)
            )
        self._context.bit_rate = bitrate
        frame.pts = tick
        frame.time_base = self._context.time_base
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        (packet,) = self._context.encode(frame)
        if packet.is_keyframe:
            return marked(bytes(packet)), True
        return bytes(packet), False
