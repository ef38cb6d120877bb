"""Opus for WebRTC (RFC 6716, RFC 7587): libopus, mono; 20 ms packets out, any packets in.

Runs in the egress process's event loop (a packet out takes about 0.06 ms, one in 0.04 ms);
each class owns one codec. Silence is sent like any sound (no DTX): the receiver then
needs no comfort noise, and its clock never stands.

`audio` rather than `voip`: at this rate libopus then works in its CELT layer, which
costs a third of the CPU and is as good on a synthesised voice. It has no in-band error correction
(RFC 6716 section 2.1.7); where packets are lost `voip` with it is worth its price, and takes half
the bits of RED (RFC 2198) for the same: `python -m perf.sessions.sound_loss`.
"""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from actors.egress.webrtc.decimator import Decimator
from actors.egress.webrtc.libopus import LibopusEncoder
from data.units import CHUNK_MS, PLAYOUT_RATE

PLAYOUT_BASE: Final = Fraction(1, PLAYOUT_RATE)
COMPLEXITY: Final = 5
CORRECTED_PERCENT: Final = 10
"""Of the packets are lost, libopus is told where it corrects."""
FULL_SCALE: Final = np.float32(32768)
ONE_FRAME: Final = 0xFC
"""Clears the frame count code of a packet's first byte: one frame (RFC 6716 section 3.1)."""
TWO_FRAMES: Final = 1
"""Set there: two frames of one size."""
SETTLED: Final = 10
"""Silent packets after which the encoder gives the same one for ever."""


class OpusEncoder:
    """One packet a chunk."""

    def __init__(self, bitrate: int, packet_ms: int = CHUNK_MS, *, corrects: bool = False) -> None:
        """`bitrate` in bit/s; a chunk is `packet_ms` of sound. `corrects`: with in-band FEC."""
        self.length = packet_ms * PLAYOUT_RATE // 1000
        """Samples of a chunk."""
        lost = CORRECTED_PERCENT if corrects else None
        self._encoder = LibopusEncoder(PLAYOUT_RATE, bitrate, COMPLEXITY, lost_percent=lost)
        self._quiet = bytes(np.dtype(np.int16).itemsize * self.length)
        self._silent = 0
        self._silence = b""

    @property
    def rests(self) -> bool:
        """Whether silence has lasted: each packet is the one before."""
        return self._silent > SETTLED

    def rest(self, samples: int) -> bytes:
        """The packet of lasting silence, of so many samples: one chunk, or two in one packet (two
        frames of one size, RFC 6716 section 3.2.3). Only while it `rests`."""
        if samples == self.length:
            return self._silence
        if samples != 2 * self.length:
            raise ValueError(f"{samples} samples are neither one nor two of {self.length}")
        frame = self._silence[1:]
        return bytes((self._silence[0] | TWO_FRAMES,)) + frame + frame

    def encode(self, chunk: NDArray[np.int16]) -> bytes:
        """Encode int16 [length] mono sound, which follows what was encoded before.

        In lasting silence the last packet is given again, without being made again. Raises
        ValueError for another length."""
        if len(chunk) != self.length:
            raise ValueError(f"a chunk has {self.length} samples, not {len(chunk)}")
        samples = chunk.tobytes()
        self._silent = self._silent + 1 if samples == self._quiet else 0
        if not self.rests:
            self._silence = self._encoder.encode(samples, self.length)
        return self._silence


class OpusDecoder:
    """A client's packets as mono sound at FEATURE_RATE, n ms of sound for each n ms of packet."""

    def __init__(self) -> None:
        context = av.CodecContext.create("libopus", "r")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = PLAYOUT_RATE
        context.layout = "mono"
        context.format = "s16"
        self._context = context
        self._decimator = Decimator()
        self._toc: int | None = None

    def decode(self, payload: bytes) -> NDArray[np.float32]:
        """Float32 [n], full scale 1.0. Raises ValueError for what is no Opus packet."""
        if not payload:  # FFmpeg would take it for the end of the stream
            raise ValueError("the packet is empty")
        try:
            frames = self._context.decode(av.Packet(payload))
        except av.FFmpegError as error:
            raise ValueError(f"the packet is no Opus: {error}") from error
        if not frames:
            raise ValueError("the packet holds no sound")
        self._toc = payload[0]
        wide = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        return self._decimator.push(wide.astype(np.float32) / FULL_SCALE)

    def conceal(self) -> NDArray[np.float32]:
        """What libopus makes up for a frame that is lost; it fades with each one that follows.

        A frame of no bytes says so (RFC 6716 sections 3.1 and 3.2.1): the last packet's first
        byte alone, with its count of frames set to one. Empty before the first packet."""
        if self._toc is None:
            return np.zeros(0, np.float32)
        return self.decode(bytes((self._toc & ONE_FRAME,)))
