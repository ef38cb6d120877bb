"""H264 as it comes and sound as AAC, in FLV over RTMP or in a file.

In: frames of `wire`. Out: what is muxed. The pictures are not encoded again. The sound is, from
Opus: older players of FLV do not know that, and are silent. Nothing is opened before the first
keyframe, which says what the pictures are. A file is fragmented: what was written plays, however it
ends. Runs in an output's process; owns the open output and two codecs; the end of the context frees
them.
"""

import io
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import av.error
from av.audio.codeccontext import AudioCodecContext
from av.container import OutputContainer
from av.video.stream import VideoStream

from actors.egress.outputs.wire import FrameKind, MuxerTarget
from data.units import PLAYOUT_RATE, VIDEO_CLOCK
from runtime.output_kinds import FILE_FORMATS

SOUND_BITRATE: Final = 128_000
AAC_FRAME: Final = 1024
"""Samples of one AAC-LC frame (ISO/IEC 14496-3)."""
FILE: Final = {"flush_packets": "1"}
OPTIONS: Final = {
    "mp4": {"movflags": "+frag_keyframe+empty_moov+default_base_moof"},
    "flv": {"flvflags": "no_duration_filesize"},
}
"""Of FFmpeg's muxers; fragments play however the file ends, and a live stream has no length."""


class ContainerOutput:
    """A context: left without an error, the output is brought to its end."""

    def __init__(self, target: MuxerTarget) -> None:
        self.begun = False
        """Whether the output is open and has its first picture."""
        self._target = target
        self._container: OutputContainer | None = None
        self._decoder = av.CodecContext.create("libopus", "r")
        assert isinstance(self._decoder, AudioCodecContext)
        self._decoder.sample_rate = PLAYOUT_RATE
        self._decoder.layout, self._decoder.format = "mono", "s16"
        self._frames = av.AudioResampler("fltp", "mono", PLAYOUT_RATE, frame_size=AAC_FRAME)
        self._zero = 0

    def take(self, kind: FrameKind, timestamp: int, data: bytes) -> None:
        """One frame. Raises av.FFmpegError or OSError."""
        if kind is FrameKind.KEYFRAME and self._container is None:
            self._open(timestamp, data)
        if self._container is None:
            return
        if kind is FrameKind.SOUND:
            self._sound(timestamp - self._zero * PLAYOUT_RATE // VIDEO_CLOCK, data)
        else:
            packet = av.Packet(data)
            packet.stream = self._pictures
            packet.pts = packet.dts = timestamp - self._zero
            packet.time_base = Fraction(1, VIDEO_CLOCK)
            packet.is_keyframe = kind is FrameKind.KEYFRAME
            self._container.mux(packet)
            self.begun = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._container is None:
            return
        if error is None:
            for frame in self._frames.resample(None):
                self._container.mux(self._sounds.encode(frame))
            self._container.mux(self._sounds.encode(None))
            self._container.close()
        else:
            with suppress(OSError, av.error.FFmpegError):
                self._container.close()

    def _open(self, timestamp: int, keyframe: bytes) -> None:
        """`keyframe` stands behind the parameter sets, from which the stream is described."""
        url, kind = self._target.url, self._target.kind
        name, options = "flv", {}
        if kind == "file":
            path = Path(url)
            with path.open("xb"):  # never over another file
                name, options = FILE_FORMATS[path.suffix.lower()], FILE
        container = av.open(url, "w", format=name, options={**options, **OPTIONS.get(name, {})})
        with av.open(io.BytesIO(keyframe), format="h264") as described:
            pictures = described.streams.video[0]
            self._pictures: VideoStream = container.add_stream_from_template(pictures)
        self._pictures.time_base = Fraction(1, VIDEO_CLOCK)
        self._sounds = container.add_stream("aac", rate=PLAYOUT_RATE, layout="mono")
        self._sounds.bit_rate = SOUND_BITRATE
        self._sounds.time_base = Fraction(1, PLAYOUT_RATE)
        container.start_encoding()
        self._container, self._zero = container, timestamp

    def _sound(self, at: int, data: bytes) -> None:
        assert self._container is not None
        for frame in self._decoder.decode(av.Packet(data)):
            frame.pts, frame.time_base = at, Fraction(1, PLAYOUT_RATE)
            at += frame.samples
            if frame.pts < 0:
                continue
            for part in self._frames.resample(frame):
                self._container.mux(self._sounds.encode(part))
