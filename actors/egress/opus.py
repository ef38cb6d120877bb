"""Opus for WebRTC (RFC 6716, RFC 7587): libopus, mono, 20 ms packets.

Runs in the egress process's event loop (a packet takes about 0.2 ms); owns one
codec context. Silence is sent like any sound (no DTX): the receiver then needs no
comfort noise, and its clock never stands.
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS, EAR_CHUNK, EAR_RATE

EAR_BASE: Final = Fraction(1, EAR_RATE)
EXPECTED_LOSS_PERCENT: Final = 5
"""So much loss the in-band error correction is laid out for."""
COMPLEXITY: Final = 5


class OpusEncoder:
    """One packet a chunk."""

    def __init__(self, bitrate: int) -> None:
        """`bitrate` in bit/s."""
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate = EAR_RATE
        context.layout = "mono"
        context.format = "s16"
        context.bit_rate = bitrate
        context.time_base = EAR_BASE
        context.options = {
            "application": "voip",
            "frame_duration": str(CHUNK_MS),
            "packet_loss": str(EXPECTED_LOSS_PERCENT),
            "fec": "1",
            "vbr": "on",
            "compression_level": str(COMPLEXITY),
        }
        context.open()
        self._context = context
        self._frame = av.AudioFrame("s16", "mono", EAR_CHUNK)
        self._frame.sample_rate = EAR_RATE
        self._frame.time_base = EAR_BASE
        plane = self._frame.planes[0]
        samples = np.frombuffer(plane, np.int16)  # type: ignore[call-overload]  # as in canvas
        self._samples: NDArray[np.int16] = samples[:EAR_CHUNK]

    def encode(self, chunk: NDArray[np.int16], timestamp: int) -> bytes:
        """Encode int16 [EAR_CHUNK] mono sound that begins at sample `timestamp`."""
        self._samples[:] = chunk
        self._frame.pts = timestamp
        (packet,) = self._context.encode(self._frame)
        return bytes(packet)
