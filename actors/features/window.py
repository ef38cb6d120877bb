"""One session's chunks on their way to ticks: a window with the sound of its own tick.

In: 20 ms chunks of speech with their marks. Out: ticks. The features come from the session's
stream at once (`Window`), or from an encoder beside the loop (`EncodedWindow`). Runs in features,
one for each session; owns its sound.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNKS_PER_TICK, FEATURE_CHUNK, PLAYOUT_CHUNK, PLAYOUT_TICK
from models.face.encoders.stream import EncodedStream, Rows
from models.face.encoders.window import EncoderWindow
from models.face.engine import NO_FEATURE, FeatureStream
from runtime.layouts import Flag
from runtime.ports import Mark, Slot

Feature = NDArray[np.float32]


@dataclass
class Tick:
    """A window with its sound, as pump wants it."""

    mark: Mark
    feature: Feature
    sound: NDArray[np.int16]

    def write(self, slot: Slot) -> None:
        slot["feature"] = self.feature
        slot["sound"] = self.sound


class PendingSound:
    """Sound waits here, tick by tick, until the feature of its tick is there.

    Half a tick before a BREAK (a restart in the middle of a tick leaves one) is filled with
    silence."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """A new epoch: forget the sound."""
        self._waiting: deque[tuple[Mark, NDArray[np.int16]]] = deque()
        self._chunks: list[NDArray[np.int16]] = []
        self._flags = Flag(0)

    def take(self, slot: Slot, mark: Mark) -> NDArray[np.float32]:
        """Keep a chunk's sound; what the stream shall hear of it, with the half that a BREAK
        leaves missing."""
        self._chunks.append(np.array(slot["ear"]))
        self._flags |= mark.flags
        heard: NDArray[np.float32] = np.array(slot["feature"])
        if Flag.BREAK in mark.flags:
            missing = CHUNKS_PER_TICK - len(self._chunks)
            heard = np.concatenate([heard, np.zeros(missing * FEATURE_CHUNK, np.float32)])
        if len(self._chunks) == CHUNKS_PER_TICK or Flag.BREAK in mark.flags:
            sound = np.zeros(PLAYOUT_TICK, np.int16)
            for number, chunk in enumerate(self._chunks):
                sound[number * PLAYOUT_CHUNK : (number + 1) * PLAYOUT_CHUNK] = chunk
            tick = mark._replace(flags=self._flags, tick=mark.tick // CHUNKS_PER_TICK)
            self._waiting.append((tick, sound))
            self._chunks.clear()
            self._flags = Flag(0)
        return heard

    def pair(self, features: Iterable[Feature]) -> Iterator[Tick]:
        """The oldest ticks, each with its feature."""
        for feature in features:
            mark, sound = self._waiting.popleft()
            yield Tick(mark, feature, sound)

    def oldest(self, count: int) -> list[tuple[Mark, NDArray[np.int16]]]:
        """So many of the oldest ticks, their features still to come."""
        return [self._waiting.popleft() for _ in range(count)]


class Window:
    """See `Transform`: features that cost nothing, worked out where the chunk is taken."""

    def __init__(self, stream: FeatureStream) -> None:
        self._stream = stream
        self._halves = PendingSound()

    def reset(self) -> None:
        self._stream.reset()
        self._halves.reset()

    def take(self, slot: Slot, mark: Mark) -> Iterable[Tick]:
        features = self._stream.push(self._halves.take(slot, mark))
        if Flag.BREAK in mark.flags:
            features = features + self._stream.finish()
        return self._halves.pair(features)


Encode = Callable[[EncoderWindow, int], Awaitable[Rows | None]]
"""The rows of a window of this epoch; None when they will not come: it is stale, or failed."""


class EncodedWindow:
    """A session's sound on its way to an encoder: heard chunk by chunk, cut into `EncoderWork`."""

    def __init__(self, stream: EncodedStream, encode: Encode) -> None:
        self._stream = stream
        self._windows = stream.growing()
        self._encode = encode
        self._halves = PendingSound()
        self._ended: list[EncoderWindow] = []
        self._epoch = 0

    @property
    def ticks(self) -> int:
        """Of one work at most, but for what an end leaves."""
        return self._stream.encoder.ticks

    def reset(self) -> None:
        """A new epoch begins: forget what the old one left."""
        self._windows.reset()
        self._halves.reset()
        self._ended = []

    def hear(self, slot: Slot, mark: Mark) -> bool:
        """Take a frame in; the slot is only valid now. True if no more shall be heard before
        what is there was cut."""
        self._epoch = mark.epoch
        self._windows.hear(self._halves.take(slot, mark))
        if Flag.BREAK in mark.flags:
            self._ended = self._windows.finish()
        return bool(self._ended) or self._windows.is_full

    def cut(self) -> "EncoderWork | None":
        """All ticks that are complete; None if there are none."""
        pieces, self._ended = [*self._ended, *self._windows.cut()], []
        if not pieces:
            return None
        frames = self._halves.oldest(sum(piece.ticks for piece in pieces))
        return EncoderWork(self._stream, self._encode, pieces, frames, self._epoch)


@dataclass(frozen=True)
class EncoderWork:
    """Windows with the marks and the sound of their ticks. A window whose rows do not come has
    features that are `NO_FEATURE`: its sound goes on, its face rests."""

    stream: EncodedStream
    encode: Encode
    pieces: list[EncoderWindow]
    frames: list[tuple[Mark, NDArray[np.int16]]]
    epoch: int

    async def made(self) -> list[Tick]:
        """The ticks. A flush ends the wait; what it made stale may be anything."""
        encoded = await asyncio.gather(*(self.encode(piece, self.epoch) for piece in self.pieces))
        features = [
            feature
            for rows, piece in zip(encoded, self.pieces, strict=True)
            for feature in self._features(rows, piece.ticks)
        ]
        return [
            Tick(mark, feature, sound)
            for (mark, sound), feature in zip(self.frames, features, strict=True)
        ]

    def _features(self, rows: Rows | None, ticks: int) -> list[Feature]:
        if rows is None:
            return [np.full(self.stream.shape, NO_FEATURE, np.float32)] * ticks
        return self.stream.features(rows, ticks)
