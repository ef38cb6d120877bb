"""Feature windows of an encoder's rows, one for each tick, as the sound comes in.

In: 16 kHz sound in multiples of 20 ms. Out: for each tick the encoder's rows around it, one
row for every 20 ms chunk. Runs in features. A stream owns its sliding window; the encoder
and its weights are shared by all streams that were given it.

A tick's feature is a function of the sound of its window alone. These encoders attend to all
they are given, so the window is part of the definition: the file at once gives the same
numbers where it is cut into the same windows, whatever pieces the sound came in.

A session does not wait for its encoder: it takes `growing()` windows from the stream, has them
encoded elsewhere (`encode`, many sessions' windows at once) and reads `features` off the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNKS_PER_TICK
from models.face.encoders.window import (
    FIRST_TICKS,
    SEED,
    EncoderWindow,
    GrowingWindow,
    SlidingWindow,
    Sound,
    Span,
)

Feature = NDArray[np.float32]
Rows = NDArray[np.float32]
"""[chunks - tail, ...] of one window."""


class Encoder(Protocol):
    """Sound to rows, one for each chunk of 20 ms. Not for two threads at once."""

    @property
    def tail(self) -> int:
        """Chunks that a row needs after its own."""
        ...

    @property
    def pads(self) -> bool:
        """True if a window's rows stay the same when silence is put after it, so that windows
        of different lengths may share a batch."""
        ...

    @property
    def windows(self) -> int:
        """Windows that are encoded as one batch at most; bounds its memory and its time."""
        ...

    @property
    def ticks(self) -> int:
        """Ticks that one growing window serves at most. With 1 a session's numbers are those of
        the file; an encoder that is slower than the sound takes more, or falls behind."""
        ...

    def rows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [B, chunks * 320] to float32 [B, chunks - tail, ...]."""
        ...


def encode(encoder: Encoder, sounds: Sequence[Sound]) -> list[Rows]:
    """The rows of each window of one batch; ValueError when lengths differ that may not."""
    longest = max(len(sound) for sound in sounds)
    if not encoder.pads and any(len(sound) != longest for sound in sounds):
        raise ValueError(f"windows of one length are wanted: {[len(sound) for sound in sounds]}")
    batch = np.zeros((len(sounds), longest), np.float32)
    for row, sound in zip(batch, sounds, strict=True):
        row[: len(sound)] = sound
    return list(encoder.rows(batch))


@dataclass(frozen=True)
class Reach:
    """Rows of a tick's feature, counted from the tick's first: `before` it, up to `after`."""

    before: int
    after: int

    @property
    def rows(self) -> int:
        return self.before + self.after

    def smallest(self, tail: int) -> Span:
        """The span with the least delay: tick by tick, no more right context than is read."""
        right = max(0, self.after - CHUNKS_PER_TICK) + tail
        return Span(max(SEED.left, self.before), CHUNKS_PER_TICK, right)


class EncodedStream:
    """See `FeatureStream`. shape: of one feature; holds reach.rows rows of the encoder.

    ValueError when the span is too short for the reach.
    """

    def __init__(self, encoder: Encoder, span: Span, reach: Reach, shape: tuple[int, ...]) -> None:
        if span.left < reach.before or span.right < reach.smallest(encoder.tail).right:
            raise ValueError(f"{span} has not the context that {reach} reads: {encoder.tail=}")
        self.encoder: Final = encoder
        self._span = span
        self._window = SlidingWindow(span)
        self._first = span.left - reach.before
        self._rows = reach.rows
        self._shape = shape

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one feature."""
        return self._shape

    def reset(self) -> None:
        """A new epoch: forget the sound."""
        self._window.reset()

    def push(self, sound: NDArray[np.float32]) -> list[Feature]:
        """float32 [n * 320]; gives float32 [*shape] for each tick that is complete now."""
        return self._encode(self._window.push(sound))

    def finish(self) -> list[Feature]:
        """The features of the whole ticks still owed, as if silence followed."""
        return self._encode(self._window.finish())

    def growing(self) -> GrowingWindow:
        """A session's windows, to be encoded elsewhere; `push` and `finish` know nothing of it."""
        most = max(self.encoder.ticks, self._span.ticks)
        return GrowingWindow(self._span, most, FIRST_TICKS)

    def features(self, rows: Rows, ticks: int) -> list[Feature]:
        """Of the first ticks in the middle of a window with these rows."""
        firsts = (self._first + tick * CHUNKS_PER_TICK for tick in range(ticks))
        return [rows[at : at + self._rows].reshape(self._shape).copy() for at in firsts]

    def _encode(self, pieces: list[EncoderWindow]) -> list[Feature]:
        features = []
        most = self.encoder.windows
        for start in range(0, len(pieces), most):
            batch = pieces[start : start + most]
            encoded = encode(self.encoder, [piece.sound for piece in batch])
            for rows, piece in zip(encoded, batch, strict=True):
                features += self.features(rows, piece.ticks)
        return features
