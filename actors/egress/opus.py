"""Opus for WebRTC (RFC 6716, RFC 7587): libopus, mono, 20 ms packets.

Runs in the egress process's event loop (a packet takes about 0.08 ms); owns one
codec context. Silence is sent like any sound (no DTX): the receiver then needs no
comfort noise, and its clock never stands.

`audio` rather than `voip`: at this rate libopus then works in its CELT layer, which
costs a third of the CPU and is as good on a synthesised voice. It has no in-band
error correction; a receiver conceals a lost packet of 20 ms.
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from data.units import CHUNK_MS, EAR_CHUNK, EAR_RATE

EAR_BASE: Final = Fraction(1, EAR_RATE)
COMPLEXITY: Final = 5


SETTLED: Final = 10
"""Silent packets after which the encoder gives the same one for ever."""


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
            "application": "audio",
            "frame_duration": str(CHUNK_MS),
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
        self._silent = 0
        self._silence = b""

    def encode(self, chunk: NDArray[np.int16], timestamp: int) -> bytes:
        """Encode int16 [EAR_CHUNK] mono sound that begins at sample `timestamp`.

        In lasting silence the last packet is given again, without being made again."""
        self._silent = 0 if chunk.any() else self._silent + 1
        if self._silent > SETTLED:
            return self._silence
        self._samples[:] = chunk
        self._frame.pts = timestamp
        (packet,) = self._context.encode(self._frame)
        self._silence = bytes(packet)
        return self._silence
