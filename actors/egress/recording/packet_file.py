"""A film that is being written of packets that are coded already: fragmented MP4, or WebM for VP8.

In: coded pictures, Opus packets and captions, with their times in the file. Out: the file. What is
written plays whatever happens: each FRAGMENT_MS stands for itself, and `close` adds the index
and, to an MP4, turns the fragments into one ordinary film. Runs in a thread of the egress process;
owns the open file.

After an error of the file (a full disk) nothing more is written, also not by `close`: the fragments
before it stay.
"""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal

import av
from av.stream import Stream
from av.subtitles.codeccontext import SubtitleCodecContext

from actors.egress.marking.synthetic_sei import IPTC_SOURCE
from actors.egress.options import VideoCodec
from actors.egress.recording.subtitles import SubtitleCue, vtt_text
from actors.egress.recording.whole_file import WholeFile
from actors.egress.webrtc.codecs import VIDEO_BASE
from actors.egress.webrtc.opus import PLAYOUT_BASE
from data.units import PLAYOUT_RATE

FilmKind = Literal["mp4", "webm"]
KIND: Final[dict[VideoCodec, FilmKind]] = {"h264": "mp4", "vp8": "webm"}

FRAGMENT_MS: Final = 1000
SOURCE_TAG: Final = "DIGITAL_SOURCE_TYPE"
"""In a WebM, which has no place for XMP: a tag of ours (RFC 9559, 5.1.8)."""
_CAPTION_BASE: Final = Fraction(1, 1000)
_OPTIONS: Final[dict[FilmKind, dict[str, str]]] = {
    "mp4": {
        "movflags": "+hybrid_fragmented+empty_moov+default_base_moof",
        "frag_duration": str(FRAGMENT_MS * 1000),
    },
    "webm": {"cluster_time_limit": str(FRAGMENT_MS)},
}
_AT_ONCE: Final = {"flush_packets": "1", "max_interleave_delta": "1"}
"""A fragment is written when it is whole, and no track waits for another that is silent."""
_CAPTION_STYLE: Final = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, BackColour, Bold, Italic, Underline, Alignment
Style: Default,Arial,16,&Hffffff,&H80000000,0,0,0,2

[Events]
Format: Layer, Start, End, Style, Text
"""
"""What FFmpeg makes the sample description of timed text (3GPP TS 26.245, 5.16) from."""


class PacketFile:
    """Times only go forward in each track."""

    def __init__(self, path: Path, codec: VideoCodec, size: tuple[int, int]) -> None:
        """`size` is (width, height). Raises OSError."""
        self.kind = KIND[codec]
        options = {**_OPTIONS[self.kind], **_AT_ONCE}
        self._bytes = WholeFile(path)
        self._file = av.open(self._bytes, "w", format=self.kind, container_options=options)
        if self.kind == "webm":  # an MP4 is marked when it is whole
            self._file.metadata[SOURCE_TAG] = IPTC_SOURCE
        width, height = size
        self._pictures = self._file.add_mux_stream(codec, width=width, height=height)
        self._pictures.time_base = VIDEO_BASE
        # opened for its header alone: it encodes nothing
        self._sounds = self._file.add_stream("libopus", rate=PLAYOUT_RATE, layout="mono")
        self._captions = self._caption_track()

    def picture(self, data: bytes, start: int, length: int, *, keyframe: bool) -> None:
        """A coded picture; `start` and `length` at VIDEO_CLOCK. The first is a keyframe, and comes
        before all else. Raises OSError or av.error.FFmpegError, as all that follow."""
        self._write(self._pictures, data, start, length, VIDEO_BASE, keyframe=keyframe)

    def sound(self, data: bytes, start: int, length: int) -> None:
        """An Opus packet; `start` and `length` in samples."""
        self._write(self._sounds, data, start, length, PLAYOUT_BASE)

    def caption(self, caption: SubtitleCue) -> None:
        """A caption; it may come late."""
        start, end, text = caption
        if self.kind == "mp4":
            coded = text.encode()
            data = struct.pack(">H", len(coded)) + coded  # 3GPP TS 26.245, 5.17
        else:
            data = vtt_text(text).encode()
        self._write(self._captions, data, start, end - start, _CAPTION_BASE)

    def close(self) -> None:
        """Write what is left, and the index. After an error, and when this raises: what is whole
        stays, and the file is closed."""
        try:
            self._file.close()
        finally:
            self._bytes.close()

    def _caption_track(self) -> Stream:
        if self.kind == "webm":
            track = self._file.add_mux_stream("webvtt")
        else:
            timed_text = self._file.add_stream("mov_text")
            context = timed_text.codec_context
            assert isinstance(context, SubtitleCodecContext)
            context.subtitle_header = _CAPTION_STYLE
            track = timed_text
        track.time_base = _CAPTION_BASE
        return track

    def _write(
        self,
        track: Stream,
        data: bytes,
        start: int,
        length: int,
        base: Fraction,
        *,
        keyframe: bool = True,
    ) -> None:
        packet = av.Packet(data)
        packet.stream = track
        packet.pts = packet.dts = start
        packet.duration = length
        packet.time_base = base
        packet.is_keyframe = keyframe
        self._file.mux_one(packet)
        self._bytes.mark()
