"""An MP4 file that is being written: H264 and AAC, its times counted in ticks.

Runs in the recorder's thread. Owns the open file and both encoders; `close` or
`drop` frees them.
"""

from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import av.error
import numpy as np

from actors.egress.encoder_frame import (
    MATRIX_BT601,
    PRIMARIES_SRGB,
    RANGE_LIMITED,
    TRANSFER_SRGB,
    EncoderFrame,
)
from actors.egress.marking.synthetic_sei import marked
from actors.egress.options import MediaOptions
from actors.egress.sink import Picture, Sound
from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICKS_PER_SECOND

PRESET: Final = "veryfast"
AAC_FRAME: Final = 1024
"""Samples of one AAC-LC frame (ISO/IEC 14496-3)."""


@dataclass(frozen=True, slots=True)
class MovieTick:
    """Tick number, int16 [PLAYOUT_TICK] sound, and uint8 I420 picture (None: the last one
    again)."""

    tick: int
    sound: Sound
    picture: Picture | None


class Movie:
    """Tick numbers may skip: the last picture then stays, and the sound is silent."""

    def __init__(self, path: Path, size: tuple[int, int], options: MediaOptions) -> None:
        """`size` is (width, height). The file is made with its first packet."""
        self._canvas = EncoderFrame(size)
        self._first: int | None = None
        self._next = 0
        self._file = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        video = self._file.add_stream("libx264", rate=TICKS_PER_SECOND)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.time_base = Fraction(1, TICKS_PER_SECOND)
        context = video.codec_context
        context.color_range, context.colorspace = RANGE_LIMITED, MATRIX_BT601
        context.color_primaries, context.color_trc = PRIMARIES_SRGB, TRANSFER_SRGB
        video.options = {"preset": PRESET, "crf": str(options.record_crf)}
        self._video = video
        self._audio = self._file.add_stream("aac", rate=PLAYOUT_RATE, layout="mono")
        self._audio.bit_rate = options.record_sound_bitrate
        self._audio.time_base = Fraction(1, PLAYOUT_RATE)
        self._frames = av.AudioResampler("fltp", "mono", PLAYOUT_RATE, frame_size=AAC_FRAME)

    def write(self, tick: MovieTick) -> None:
        """Add a tick. Raises av.error.FFmpegError or OSError."""
        if self._first is None:
            self._first = tick.tick
        place = tick.tick - self._first
        while self._next < place:
            self._add_sound(np.zeros(PLAYOUT_TICK, np.int16))
        if tick.picture is not None:
            self._canvas.fill(tick.picture)
        frame = self._canvas.frame
        frame.pts = place
        frame.time_base = Fraction(1, TICKS_PER_SECOND)
        self._file.mux([_marked(packet) for packet in self._video.encode(frame)])
        self._add_sound(tick.sound)

    def close(self) -> None:
        """Write what the encoders hold, and the index."""
        for frame in self._frames.resample(None):
            self._file.mux(self._audio.encode(frame))
        self._file.mux(self._audio.encode(None))
        self._file.mux([_marked(packet) for packet in self._video.encode(None)])
        self._file.close()

    def drop(self) -> None:
        """Close a file that will be removed, so that its end may be missing."""
        with suppress(OSError, av.error.FFmpegError):
            self._file.close()

    def _add_sound(self, sound: Sound) -> None:
        frame = av.AudioFrame.from_ndarray(sound.reshape(1, -1), "s16", "mono")
        frame.sample_rate = PLAYOUT_RATE
        frame.time_base = Fraction(1, PLAYOUT_RATE)
        frame.pts = self._next * PLAYOUT_TICK
        self._next += 1
        for part in self._frames.resample(frame):
            self._file.mux(self._audio.encode(part))


def _marked(packet: "av.Packet[Any]") -> "av.Packet[Any]":
    """A keyframe's packet with the message that a machine made it; another's as it is."""
    if not packet.is_keyframe:
        return packet
    told: av.Packet[Any] = av.Packet(marked(bytes(packet)))
    told.stream, told.time_base = packet.stream, packet.time_base
    told.pts, told.dts, told.duration = packet.pts, packet.dts, packet.duration
    told.is_keyframe = True
    return told
