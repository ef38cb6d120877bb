"""Ticks on a stream socket: what they look like, for who sends and who reads them.

    frame   kind u8, length u32, then that many bytes; numbers are big-endian
    HELLO   JSON {"version": 1, "width": …, "height": …, "rate": 48000, "tick_ms": 40}, first of all
    TICK    epoch u64, utterance u32, flags u32, tick i64, frame i64, then the sound, int16
            little-endian mono, and the picture, I420, or nothing where it equals the last one
    HUSH    epoch u64: an interrupt; what is of an older epoch is not heard any more

`utterance` is 0 in silence; `frame` counts the ticks of an utterance's sound; `flags` are those of
`runtime.layouts.Flag` (FIRST 1, LAST 2, BREAK 4). Runs in egress and in the process of a room; owns
nothing.
"""

import asyncio
import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.units import PLAYOUT_RATE, PLAYOUT_TICK, TICK_MS

HEADER: Final = struct.Struct("!BI")
TICK: Final = struct.Struct("!QIIqq")
HUSH: Final = struct.Struct("!Q")
SOUND_BYTES: Final = 2 * PLAYOUT_TICK
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


def hello(size: tuple[int, int]) -> bytes:
    """The first frame; `size` is the pictures' (width, height)."""
    told = {"version": VERSION, "width": size[0], "height": size[1]}
    body = json.dumps({**told, "rate": PLAYOUT_RATE, "tick_ms": TICK_MS}).encode()
    return HEADER.pack(TickFrameKind.HELLO, len(body)) + body


def tick_frame(tick: SentTick) -> bytes:
    """The frame of one tick."""
    head = TICK.pack(tick.epoch, tick.utterance, tick.flags, tick.tick, tick.frame)
    length = len(head) + len(tick.sound) + len(tick.picture)
    return b"".join((HEADER.pack(TickFrameKind.TICK, length), head, tick.sound, tick.picture))


def hush_frame(epoch: int) -> bytes:
    """The frame of an interrupt, which began this epoch."""
    return HEADER.pack(TickFrameKind.HUSH, HUSH.size) + HUSH.pack(epoch)


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


def little_endian(sound: NDArray[np.int16]) -> bytes:
    """A tick's sound as it is sent."""
    return sound.astype("<i2", copy=False).tobytes()
