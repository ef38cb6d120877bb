"""What the process of a LiveKit room and the supervisor say to each other of an agent's speech.

    frame    kind u8, length u32 (big-endian), then that many bytes
    BEGIN    JSON: the sound that follows is another utterance
    SOUND    int16 little-endian mono
    COMMIT   the utterance is complete
    CLEAR    an interrupt
    HOLD, RESUME   speech waits where it is, and goes on
    QUEUED   back to the room: JSON, what became of an utterance

On a stream socket. Runs in both; owns nothing.
"""

import asyncio
import struct
from enum import IntEnum
from typing import Final

import msgspec

HEADER: Final = struct.Struct("!BI")
MOST: Final = 1 << 20
"""Bytes of one frame."""


class LineKind(IntEnum):
    """What a frame holds; see the module."""

    BEGIN = 0
    SOUND = 1
    COMMIT = 2
    CLEAR = 3
    HOLD = 4
    RESUME = 5
    QUEUED = 6


class SegmentBegins(msgspec.Struct, frozen=True):
    """An utterance of the agent: its name, and the samples a second of its sound."""

    name: str
    rate: int


class SegmentQueued(msgspec.Struct, frozen=True):
    """It is queued as this utterance of this epoch; 0: it will not be said."""

    name: str
    utterance: int
    epoch: int = 0


def line_frame(kind: LineKind, data: bytes = b"") -> bytes:
    """One frame, whole."""
    return HEADER.pack(kind, len(data)) + data


async def read_line_frame(stream: asyncio.StreamReader) -> tuple[LineKind, bytes] | None:
    """The next frame; None at the end of the socket. Raises ValueError for what is none."""
    try:
        kind, length = HEADER.unpack(await stream.readexactly(HEADER.size))
        if length > MOST:
            raise ValueError(f"a frame of {length} bytes; {MOST} are allowed")
        return LineKind(kind), await stream.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
