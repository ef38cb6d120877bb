"""Coded pictures cut into what RTP packets carry (RFC 6184, RFC 7741), once for all viewers.

In: the packets of one shared stream. Out: the payloads of each; asked again for the same one, the
same. Runs in the egress process's event loop; owns the last packet's payloads.
"""

from collections.abc import Sequence

import av
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from actors.egress.options import VideoCodec
from actors.egress.packet_tap import PicturePacket
from actors.egress.webrtc.codecs import VIDEO_BASE
from actors.egress.webrtc.offer import MIME
from data.units import VIDEO_CLOCK


class RtpPayloads:
    """Of one stream: aiortc's packing, which counts VP8's pictures."""

    def __init__(self, codec: VideoCodec) -> None:
        self._packer = get_encoder(RTCRtpCodecParameters(MIME[codec], VIDEO_CLOCK))
        self._packet: PicturePacket | None = None
        self._payloads: Sequence[bytes] = ()

    def of(self, packet: PicturePacket) -> Sequence[bytes]:
        """The payloads of `packet`, in the order in which they are sent."""
        if packet is not self._packet:
            coded = av.Packet(packet.data)
            coded.pts, coded.time_base = packet.timestamp, VIDEO_BASE
            self._payloads, _ = self._packer.pack(coded)
            self._packet = packet
        return self._payloads
