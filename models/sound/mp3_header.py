"""What an MP3 says of itself before its sound: an ID3 tag's length, and the info frame.

In: its first bytes. Out: lengths and delays. Pure; owns nothing. Sources: id3.org, "ID3v2.4.0
structure", 3.1; Xing's VBR header; gabriel.mp3-tech.org, "mp3 info tag" (LAME's).
"""

import struct
from typing import Final, NamedTuple

ID3_HEAD: Final = 10
DECODER_DELAY: Final = 529
"""Samples by which every decoder of layer 3 is late: its filter bank, and one."""
UNTOLD_DELAY: Final = 576 + DECODER_DELAY
"""Samples before the sound in a stream that does not tell: LAME's own delay, and the decoder's."""
INFO_BYTES: Final = 256
"""Of a frame, so many hold the info."""
_WRITERS: Final = (b"LAME", b"Lavf", b"Lavc")
"""Who tells the encoder's delay; FFmpeg's demuxer believes the same ones."""
_TABLE: Final = 100
_TO_DELAYS: Final = 21


class InfoFrame(NamedTuple):
    """A first frame without sound. frames, size: of the stream, 0 where it does not tell.
    delay, padding: samples before and behind the sound, None where it does not tell."""

    frames: int
    size: int
    delay: int | None
    padding: int


def id3_bytes(head: bytes) -> int:
    """The length of the ID3v2 tag that begins with these bytes (`ID3_HEAD` of them), or 0."""
    if head[:3] != b"ID3" or len(head) < ID3_HEAD:
        return 0
    return ID3_HEAD + sum(
        byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
    )


def info_of(frame: bytes) -> InfoFrame | None:
    """The info in a stream's first frame (`INFO_BYTES` of it), if it is one."""
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0 or len(frame) < tag + 16:
        return None
    [flags] = struct.unpack_from(">I", frame, tag + 4)
    at, told = tag + 8, [0, 0]
    for bit in (0, 1):
        if flags >> bit & 1:
            told[bit] = int.from_bytes(frame[at : at + 4], "big")
            at += 4
    at += (_TABLE if flags & 4 else 0) + (4 if flags & 8 else 0)
    if frame[at : at + 4] not in _WRITERS or len(frame) < at + _TO_DELAYS + 3:
        return InfoFrame(told[0], told[1], None, 0)
    both = int.from_bytes(frame[at + _TO_DELAYS : at + _TO_DELAYS + 3], "big")
    return InfoFrame(told[0], told[1], (both >> 12) + DECODER_DELAY, both & 0xFFF)
