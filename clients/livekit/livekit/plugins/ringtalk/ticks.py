"""A session's ticks on a Unix socket, as a ringtalk server on this machine sends them.

    frame   kind u8, length u32, then that many bytes; numbers are big-endian
    HELLO   JSON {"version", "width", "height", "rate", "tick_ms"}, first of all
    TICK    epoch u64, utterance u32, flags u32, tick i64, frame i64, then the sound, int16
            little-endian mono, and the picture, I420, or nothing where it equals the last one
    HUSH    epoch u64: an interrupt; what is of an older epoch is not heard any more

Owns nothing.
"""

import asyncio
import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from livekit.plugins.ringtalk.errors import RingtalkException

HEADER: Final = struct.Struct("!BI")
TICK: Final = struct.Struct("!QIIqq")
HUSH: Final = struct.Struct("!Q")
RATE: Final = 48_000
TICK_SECONDS: Final = 0.04
SOUND_BYTES: Final = 2 * 1920
VERSION: Final = 1
LAST: Final = 2
BREAK: Final = 4


class TickFrameKind(IntEnum):
    """What a frame holds."""

    HELLO = 0
    TICK = 1
    HUSH = 2


@dataclass(frozen=True, slots=True)
class SentTick:
    """One tick: sound int16 mono bytes [SOUND_BYTES], picture I420 bytes, b"" where it equals the
    last one."""

    epoch: int
    utterance: int
    flags: int
    tick: int
    frame: int
    sound: bytes
    picture: bytes = b""


async def read_hello(stream: asyncio.StreamReader) -> tuple[int, int]:
    """The pictures' (width, height). Raises RingtalkException for ticks of another kind."""
    kind, length = HEADER.unpack(await stream.readexactly(HEADER.size))
    told = json.loads(await stream.readexactly(length)) if kind == TickFrameKind.HELLO else {}
    ours = {"version": VERSION, "rate": RATE, "tick_ms": round(TICK_SECONDS * 1000)}
    if {key: told.get(key) for key in ours} != ours:
        raise RingtalkException(f"the server's ticks are {told}, and this package knows {ours}")
    return int(told["width"]), int(told["height"])


async def read_tick_frame(stream: asyncio.StreamReader) -> SentTick | int:
    """The next tick, or the epoch that an interrupt began; raises IncompleteReadError at the end of
    the socket."""
    while True:
        kind, length = HEADER.unpack(await stream.readexactly(HEADER.size))
        body = await stream.readexactly(length)
        if kind == TickFrameKind.TICK:
            sound, picture = TICK.size, TICK.size + SOUND_BYTES
            epoch, utterance, flags, number, place = TICK.unpack_from(body)
            heard, shown = body[sound:picture], body[picture:]
            return SentTick(epoch, utterance, flags, number, place, heard, shown)
        if kind == TickFrameKind.HUSH:
            return int(HUSH.unpack(body)[0])
