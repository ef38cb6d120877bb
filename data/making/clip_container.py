"""Which demuxer of FFmpeg reads a clip, by the clip's first bytes.

In: a file's beginning. Out: a demuxer's name, or what the file is instead. Pure; owns nothing.

The demuxer is named to FFmpeg and never guessed by it, and none that is named reads another file:
FFmpeg also knows playlists, scripts and patterns, which would open what somebody's file names.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ALLOWED: Final = "MP4, MOV, MKV, WebM, AVI, MPEG-TS, MPEG-PS, FLV, Ogg, WMV, GIF or Y4M"
HEAD_BYTES: Final = 1024
_TS_PACKETS: Final = ((0, 188), (4, 192), (0, 204))
"""Where the first sync byte of a transport stream lies, and how long its packets are."""
_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_BY_START: Final[Mapping[bytes, str]] = MappingProxyType(
    {
        b"\x1a\x45\xdf\xa3": "matroska",
        b"\x00\x00\x01\xba": "mpeg",
        b"FLV\x01": "flv",
        b"OggS": "ogg",
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
        b"GIF87a": "gif",
        b"GIF89a": "gif",
        b"YUV4MPEG2 ": "yuv4mpegpipe",
    }
)
_FOREIGN: Final = (
    (re.compile(rb"#EXTM3U|#EXT-X-"), "a playlist (m3u8)"),
    (re.compile(rb"ffconcat\s|(file|stream|exact_stream_id)\s", re.IGNORECASE), "a concat script"),
    (
        re.compile(rb"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<MPD[\s>]", re.DOTALL),
        "a DASH manifest (mpd)",
    ),
    (
        re.compile(rb"(<\?xml[^>]*>\s*)?<(SmoothStreamingMedia|smil|asx)", re.IGNORECASE),
        "a playlist",
    ),
    (re.compile(rb"\[(playlist|reference)\]", re.IGNORECASE), "a playlist"),
    (re.compile(rb"v=0\s"), "a session description (sdp)"),
    (re.compile(rb"(rtsp|https?|file|concat|subfile|data):", re.IGNORECASE), "a list of addresses"),
    (re.compile(rb"RIFF....WAVE|fLaC|ID3|\xff[\xf0-\xff]", re.DOTALL), "a sound"),
)


def demuxer_of(head: bytes) -> str | None:
    """The demuxer for a file that begins so (`HEAD_BYTES` of it), or None."""
    if head[4:8] in _BOXES:
        return "mov"
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    found = (name for start, name in _BY_START.items() if head.startswith(start))
    return next(found, "mpegts" if _is_transport_stream(head) else None)


def foreign_file(head: bytes) -> str | None:
    """What a file is called that would make FFmpeg read others, or that holds no pictures; None
    for what is not known."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for pattern, name in _FOREIGN if pattern.match(text)), None)


def _is_transport_stream(head: bytes) -> bool:
    return any(
        len(head) > first + length and all(sync == ord("G") for sync in head[first::length])
        for first, length in _TS_PACKETS
    )
