"""What egress and the process of an output say to each other.

egress to process: frames, each a kind, a timestamp and a length before its bytes; the first is the
target (JSON, since nobody may read an address with a key in it from a command line). Back: one JSON
object a line. Runs in both; owns nothing.
"""

import struct
from enum import IntEnum
from typing import Final

import msgspec

HEADER: Final = struct.Struct("!BqI")
"""Kind, timestamp (as of PicturePacket or SoundPacket), bytes that follow."""


class FrameKind(IntEnum):
    """What a frame holds: the target, one H264 access unit, one Opus packet."""

    TARGET = 0
    KEYFRAME = 1
    PICTURE = 2
    SOUND = 3


class MuxerTarget(msgspec.Struct, frozen=True):
    """kind and url: of OutputTarget; the pictures' size in pixels."""

    kind: str
    url: str
    width: int
    height: int


class MuxerNews(msgspec.Struct, frozen=True):
    """live: what comes is sent on; else it has failed, and `why`. final: trying again is in
    vain."""

    live: bool
    why: str = ""
    final: bool = False


def frame(kind: FrameKind, timestamp: int, data: bytes) -> bytes:
    """One frame, whole."""
    return HEADER.pack(kind, timestamp, len(data)) + data
