"""A clip that somebody brings, opened so that nothing but its own bytes is read.

In: a file. Out: FFmpeg's frames. Runs where avatars are made; owns the open file until its block
ends. Errors are `CannotMake`. The demuxer is named by the file's first bytes (`clip_container`),
is given an open file and no name, and may use no protocol; the size that the file claims is looked
at before anything is decoded, and the decoder is told of the limit too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from data.making.clip_container import ALLOWED, HEAD_BYTES, demuxer_of, foreign_file
from data.making.errors import CannotMake
from data.picture_header import ALLOWED as PICTURES

MOST_PIXELS: Final = 8192 * 4608
"""Of a clip's picture: 8K, and the 4:3 of 7K phones."""
_LIMITS: Final = {"max_pixels": str(MOST_PIXELS)}
_NO_OTHERS: Final = {"protocol_whitelist": "", "enable_drefs": "0", "use_absolute_path": "0"}
_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of WebM's codecs leave out its alpha; these do not."""


@dataclass(frozen=True)
class OpenClip:
    """frames: in the order in which they are shown, once. aspect: of a pixel, width by height.
    seconds: its length as the file says, 0 where it does not."""

    frames: Iterator[VideoFrame]
    aspect: float
    seconds: float


@dataclass(frozen=True)
class OpenSound:
    """frames: of the sound track, as it is coded. begins: when the first picture is shown, in
    seconds on the frames' clock."""

    frames: Iterator[AudioFrame]
    begins: float


@contextmanager
def open_clip(path: Path) -> Iterator[OpenClip]:
    """The clip at `path`, while the block lasts."""
    with _opened(path) as container:
        stream = _stream(path.name, container)
        aspect = float(stream.sample_aspect_ratio or 1)
        seconds = max(0, container.duration or 0) / av.time_base
        yield OpenClip(_frames(container, stream), aspect, seconds)


@contextmanager
def open_sound(path: Path) -> Iterator[OpenSound | None]:
    """The sound track of the clip at `path`, while the block lasts; None where there is none."""
    with _opened(path) as container:
        pictures = _stream(path.name, container)
        stream = container.streams.best("audio")
        if not isinstance(stream, AudioStream):
            yield None
            return
        begins = float((pictures.start_time or 0) * (pictures.time_base or 0))
        yield OpenSound(container.decode(stream), begins)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    """The file's own bytes and no others, by the demuxer that they ask for."""
    try:
        with path.open("rb") as file:
            demuxer = _demuxer(path.name, file.read(HEAD_BYTES))
            file.seek(0)
            with av.open(
                file, "r", format=demuxer, options=_LIMITS, container_options=_NO_OTHERS
            ) as container:
                yield container
    except av.error.InvalidDataError as error:
        raise CannotMake(
            f"{path.name}: cannot be read as a video (damaged, or pictures of more than "
            f"{MOST_PIXELS // 1_000_000} million pixels)"
        ) from error
    except (av.error.FFmpegError, OSError) as error:
        raise CannotMake(
            f"{path.name}: cannot be read as a video ({error.strerror or error})"
        ) from error


def _demuxer(name: str, head: bytes) -> str:
    demuxer = demuxer_of(head)
    if demuxer is not None:
        return demuxer
    foreign = foreign_file(head)
    if foreign is not None:
        raise CannotMake(
            f"{name}: there is no video in it, it is {foreign}; no other file is read for it. "
            f"Allowed: {ALLOWED}"
        )
    raise CannotMake(
        f"{name}: cannot be read as a video or a photo; allowed are {ALLOWED}; {PICTURES}"
    )


def _stream(name: str, container: InputContainer) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream):
        raise CannotMake(f"{name}: there is no video in it")
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > MOST_PIXELS:
        raise CannotMake(
            f"{name}: claims pictures of {width} x {height}; {MOST_PIXELS // 1_000_000} million "
            "pixels at most are read"
        )
    return stream


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    decoder = _decoder(stream)
    for packet in container.demux(stream):
        yield from decoder.decode(packet)


def _decoder(stream: VideoStream) -> VideoCodecContext:
    """The stream's own decoder, or one that knows of its alpha."""
    decoder = stream.codec_context
    kept = _ALPHA_DECODERS.get(decoder.name)
    if kept is not None and stream.metadata.get("alpha_mode") == "1":
        created = CodecContext.create(kept, "r")
        assert isinstance(created, VideoCodecContext)
        decoder = created
    decoder.options = dict(_LIMITS)
    decoder.thread_type = "AUTO"
    return decoder
