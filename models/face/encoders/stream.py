"""Feature windows of an encoder's rows, one for each tick, as the sound comes in.

In: 16 kHz sound in multiples of 20 ms. Out: for each tick the encoder's rows around it, one
row for every 20 ms chunk. Runs in features. A stream owns its sliding window; the encoder
and its weights are shared by all streams that were given it.

A tick's feature is a function of the sound of its window alone. These encoders attend to all
they are given, so the window is part of the definition: the file at once gives the same
numbers where it is cut into the same windows, whatever pieces the sound came in.
"""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNKS_PER_TICK
from models.face.encoders.window import SEED, Piece, SlidingWindow, Span

MOST_AT_ONCE: Final = 16
"""Windows that are encoded as one batch; more are done in turn, which bounds the memory."""


class Encoder(Protocol):
    """Sound to rows, one for each chunk of 20 ms."""

    @property
    def tail(self) -> int:
        """Chunks that a row needs after its own."""
        ...

    def rows(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 [B, chunks * 320] to float32 [B, chunks - tail, ...]."""
        ...


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
        self._encoder = encoder
        self._window = SlidingWindow(span)
        self._first = span.left - reach.before
        self._rows = reach.rows
        self._shape = shape

    def reset(self) -> None:
        """A new epoch: forget the sound."""
        self._window.reset()

    def push(self, sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """float32 [n * 320]; gives float32 [*shape] for each tick that is complete now."""
        return self._encode(self._window.push(sound))

    def finish(self) -> list[NDArray[np.float32]]:
        """The features of the whole ticks still owed, as if silence followed."""
        return self._encode(self._window.finish())

    def _encode(self, pieces: list[Piece]) -> list[NDArray[np.float32]]:
        features = []
        for start in range(0, len(pieces), MOST_AT_ONCE):
            batch = pieces[start : start + MOST_AT_ONCE]
            rows = self._encoder.rows(np.stack([piece.sound for piece in batch]))
            for row, piece in zip(rows, batch, strict=True):
                features += [self._feature(row, tick) for tick in range(piece.ticks)]
        return features

    def _feature(self, rows: NDArray[np.float32], tick: int) -> NDArray[np.float32]:
        first = self._first + tick * CHUNKS_PER_TICK
        return rows[first : first + self._rows].reshape(self._shape).copy()
