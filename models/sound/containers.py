"""Which container a sound file is, by its first bytes, and whether the file is all there.

In: a seekable binary file. Out: a `Container`, or a refusal. Reads headers only; owns nothing.

The demuxer is named to FFmpeg and never guessed by it: FFmpeg also knows playlists, which would
open other files and addresses that an upload names.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Final

from models.sound.errors import TruncatedSound
from models.sound.mp3_header import ID3_HEAD, INFO_BYTES, UNTOLD_DELAY, id3_bytes, info_of
from models.sound.wav_layout import START

ALLOWED: Final = "WAV, FLAC, Ogg (Vorbis or Opus), MP3, AAC, MP4/M4A and WebM"
HEAD_BYTES: Final = 64
_MOST_CHUNKS: Final = 1000
"""Real files have a dozen; a file made of empty ones must not keep us here."""
_OGG_TAIL: Final = 65536 + 512
"""More than the largest Ogg page (RFC 3533: 65307 bytes)."""


@dataclass(frozen=True)
class Container:
    """A kind of file: FFmpeg's demuxer, and whether its header's duration can be trusted."""

    name: str
    demuxer: str
    exact: bool
    check: Callable[[BinaryIO, int], None]
    """Raises TruncatedSound if the file, of so many bytes, ends before its header says."""


def container_of(head: bytes) -> Container | None:
    """The container whose first bytes these are (`HEAD_BYTES` of them), or None."""
    if START.match(head):
        return WAV
    if head[4:8] == b"ftyp":
        return MP4
    if head[:3] == b"ID3" or _mpeg_audio(head, layers=(1, 2, 3)):
        return MP3
    if _mpeg_audio(head, layers=(0,)):
        return AAC
    return next((kind for magic, kind in _BY_MAGIC.items() if head.startswith(magic)), None)


def _mpeg_audio(head: bytes, layers: tuple[int, ...]) -> bool:
    """A frame header of MPEG audio (ISO/IEC 11172-3, 2.4.1.3); layer 0 is ADTS (13818-7)."""
    return len(head) > 2 and head[0] == 0xFF and head[1] >= 0xE0 and (head[1] >> 1) & 3 in layers


def _check_ogg(file: BinaryIO, size: int) -> None:
    """The last page must be whole (RFC 3533)."""
    begin = max(0, size - _OGG_TAIL)
    file.seek(begin)
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0:
        raise TruncatedSound("the Ogg file has no whole page at its end")
    lacing = page + 27
    segments = tail[lacing : lacing + tail[page + 26]] if len(tail) >= lacing else b""
    if len(tail) < lacing or len(segments) < tail[page + 26]:
        raise TruncatedSound("the Ogg file ends inside a page header")
    _refuse_short("Ogg", sum(segments), len(tail) - lacing - len(segments))


def _check_mp4(file: BinaryIO, size: int) -> None:
    """No box may reach beyond the file (ISO/IEC 14496-12, 4.2)."""
    at = 0
    for _ in range(_MOST_CHUNKS):
        if at + 8 > size:
            return
        file.seek(at)
        length = struct.unpack(">I", file.read(4))[0]
        if length == 1:
            file.seek(at + 8)
            length = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))[0]
        if length == 0:
            return
        _refuse_short("MP4", length, size - at)
        at += max(length, 8)


def _check_mp3(file: BinaryIO, size: int) -> None:
    """A Xing or Info header tells the bytes of the stream; without one a cut cannot be seen."""
    at, frame = _first_frame(file)
    info = info_of(frame)
    if info is not None:
        _refuse_short("MP3", info.size, size - at)


def untold_delay(file: BinaryIO) -> int:
    """Samples before the sound of an MP3 that tells of none: FFmpeg cuts what is told."""
    _, frame = _first_frame(file)
    info = info_of(frame)
    told = info is not None and info.delay is not None
    return UNTOLD_DELAY if not told and _mpeg_audio(frame, layers=(1,)) else 0


def _first_frame(file: BinaryIO) -> tuple[int, bytes]:
    """Where it is, and its first bytes."""
    file.seek(0)
    at = id3_bytes(file.read(ID3_HEAD))
    file.seek(at)
    return at, file.read(INFO_BYTES)


def _check_nothing(file: BinaryIO, size: int) -> None:
    """The container tells no length in bytes, or is read on its own (models.sound.wav_file)."""


def _refuse_short(name: str, claimed: int, there: int) -> None:
    if claimed > there:
        raise TruncatedSound(
            f"the {name} file is cut short: its header tells of {claimed} bytes, {there} are there"
        )


WAV: Final = Container("WAV", "wav", True, _check_nothing)
FLAC: Final = Container("FLAC", "flac", True, _check_nothing)
OGG: Final = Container("Ogg", "ogg", True, _check_ogg)
MP3: Final = Container("MP3", "mp3", False, _check_mp3)
AAC: Final = Container("AAC", "aac", False, _check_nothing)
MP4: Final = Container("MP4", "mov", True, _check_mp4)
WEBM: Final = Container("WebM", "matroska", True, _check_nothing)
_BY_MAGIC: Final = {b"fLaC": FLAC, b"OggS": OGG, b"\x1a\x45\xdf\xa3": WEBM}
