"""Opus for WebRTC (RFC 6716, RFC 7587): libopus, mono; 20 ms packets out, any packets in.

Runs in the egress process's event loop (a packet out takes about 0.08 ms, one in 0.04 ms);
each class owns one codec context. Silence is sent like any sound (no DTX): the receiver then
needs no comfort noise, and its clock never stands.

`audio` rather than `voip`: at this rate libopus then works in its CELT layer, which
costs a third of the CPU and is as good on a synthesised voice. It has no in-band error correction
(RFC 6716 section 2.1.7); where packets are lost `voip` with it is worth its price, and takes half
the bits of RED (RFC 2198) for the same: `python -m perf.sessions.sound_loss`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from actors.egress.webrtc.decimator import Decimator
from data.units import CHUNK_MS, PLAYOUT_RATE

PLAYOUT_BASE: Final = Fraction(1, PLAYOUT_RATE)
COMPLEXITY: Final = 5
CORRECTING: Final = {"application": "voip", "fec": "1", "packet_loss": "10"}
FULL_SCALE: Final = np.float32(32768)
ONE_FRAME: Final = 0xFC
"""Clears the frame count code of a packet's first byte: one frame (RFC 6716 section 3.1)."""
SETTLED: Final = 10
"""Silent packets after which the encoder gives the same one for ever."""


@contextmanager
def _one_core() -> Iterator[None]:
    """What is opened in here believes that the machine has one core, and starts no threads.

    PyAV puts a filter graph before each encoder of sound, with its first frame, even where there
    is nothing to convert; FFmpeg gives that a thread for each core (16 at most) which never
    has any work, and 1.5 to 7 ms of this loop. PyAV has no setting for it."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


class OpusEncoder:
    """One packet a chunk."""

    def __init__(self, bitrate: int, packet_ms: int = CHUNK_MS, *, corrects: bool = False) -> None:
        """`bitrate` in bit/s; a chunk is `packet_ms` of sound. `corrects`: with in-band FEC."""
        self.length = packet_ms * PLAYOUT_RATE // 1000
        """Samples of a chunk."""
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate = PLAYOUT_RATE
        context.layout = "mono"
        context.format = "s16"
        context.bit_rate = bitrate
        context.time_base = PLAYOUT_BASE
        context.options = {
            **(CORRECTING if corrects else {"application": "audio"}),
            "frame_duration": str(packet_ms),
            "vbr": "on",
            "compression_level": str(COMPLEXITY),
        }
        context.open()
        self._context = context
        self._frame = av.AudioFrame("s16", "mono", self.length)
        self._frame.sample_rate = PLAYOUT_RATE
        self._frame.time_base = PLAYOUT_BASE
        plane = self._frame.planes[0]
        samples = np.frombuffer(plane, np.int16)  # type: ignore[call-overload]  # as in canvas
        self._samples: NDArray[np.int16] = samples[: self.length]
        self._silent = 0
        self._silence = b""
        self._begun = False

    def encode(self, chunk: NDArray[np.int16], timestamp: int) -> bytes:
        """Encode int16 [length] mono sound that begins at sample `timestamp`.

        In lasting silence the last packet is given again, without being made again."""
        self._silent = 0 if chunk.any() else self._silent + 1
        if self._silent > SETTLED:
            return self._silence
        self._samples[:] = chunk
        self._frame.pts = timestamp
        with nullcontext() if self._begun else _one_core():
            (packet,) = self._context.encode(self._frame)
        self._begun = True
        self._silence = bytes(packet)
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
