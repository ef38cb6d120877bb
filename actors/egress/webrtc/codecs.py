"""The two picture encoders behind one type, chosen by name.

Runs in the egress process; an encoder is used by one executor thread at a time.
"""

from fractions import Fraction
from typing import Final, Protocol

import av

from actors.egress.options import MediaOptions, VideoCodec
from actors.egress.webrtc.h264 import H264Encoder
from actors.egress.webrtc.vp8 import Vp8Encoder
from data.units import VIDEO_CLOCK

VIDEO_BASE: Final = Fraction(1, VIDEO_CLOCK)


class PictureEncoder(Protocol):
    """Encodes one picture into one packet, without delay."""

    def encode(
        self, frame: av.VideoFrame, tick: int, *, keyframe: bool, bitrate: int
    ) -> tuple[bytes, bool]:
        """Encode `frame` as picture number `tick`, aiming at `bitrate` bit/s.

        Returns the coded bytes and whether they are a keyframe. `keyframe` asks
        for one. Raises av.error.FFmpegError when the encoder breaks.
        """
        ...


def open_encoder(codec: VideoCodec, size: tuple[int, int], options: MediaOptions) -> PictureEncoder:
    """An encoder of `codec` for pictures of `size` (width, height)."""
    if codec == "h264":
        return H264Encoder(size, options.bitrate_max)
    return Vp8Encoder(size)
