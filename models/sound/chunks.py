"""Sound cut into chunks of 20 ms: the features' 16 kHz and the ear's 48 kHz, in step.

In: mono float32 at any rate, pieces of any size. Out: `Chunk`s. Runs in the process that
makes or receives sound; owns two resamplers and less than a chunk of samples.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.units import CHUNKS_PER_TICK, FEATURE_CHUNK, FEATURE_RATE, PLAYOUT_CHUNK, PLAYOUT_RATE
from models.sound.edges import Edges
from models.sound.resample import FILE_QUALITY, Quality, Resampler


class Chunk(NamedTuple):
    """20 ms of sound, twice."""

    feature: NDArray[np.float32]
    """[320] at 16 kHz, full scale 1.0."""
    ear: NDArray[np.int16]
    """[960] at 48 kHz, the same instants."""


class Chunker:
    """Turns one mono stream into chunks; sample 0 of both rates is the stream's first instant.

    Both rates come from the same source samples through delay-compensated resamplers whose
    output counts follow from the input count, so they cannot part, whatever the length.
    """

    def __init__(self, source_rate: int, quality: Quality = FILE_QUALITY) -> None:
        """Raise ValueError if `source_rate` (Hz) is not positive."""
        self._edges = Edges(source_rate)
        self._feature = _Cutter(Resampler(source_rate, FEATURE_RATE, quality), FEATURE_CHUNK)
        self._ear = _Cutter(Resampler(source_rate, PLAYOUT_RATE, quality), PLAYOUT_CHUNK)
        self._given = 0

    def push(self, samples: NDArray[np.float32]) -> Iterator[Chunk]:
        """Take float32 [n], n >= 0, full scale 1.0; return the chunks that are now whole.

        The samples are taken at once, whether or not the iterator is read.
        """
        self._take(self._edges.push(samples))
        return self._whole()

    def finish(self) -> Iterator[Chunk]:
        """End the stream: return the last chunks, padded with silence to whole ticks (40 ms).

        A stream of no samples gives no chunk. The chunker takes nothing afterwards.
        """
        self._take(self._edges.finish())
        self._feature.finish()
        self._ear.finish()
        ahead = max(self._feature.chunks(), self._ear.chunks())
        missing = -(self._given + ahead) % CHUNKS_PER_TICK
        self._feature.pad(ahead + missing)
        self._ear.pad(ahead + missing)
        return self._whole()

    def _take(self, samples: NDArray[np.float32]) -> None:
        self._feature.push(samples)
        self._ear.push(samples)

    def _whole(self) -> Iterator[Chunk]:
        count = min(self._feature.whole(), self._ear.whole())
        self._given += count
        features, ears = self._feature.cut(count), to_int16(self._ear.cut(count))
        return (Chunk(feature, ear) for feature, ear in zip(features, ears, strict=True))


class _Cutter:
    """A resampler and the samples that do not fill a chunk yet."""

    def __init__(self, resampler: Resampler, size: int) -> None:
        self._resampler = resampler
        self._size = size
        self._rest = np.empty(0, np.float32)

    def push(self, samples: NDArray[np.float32]) -> None:
        self._rest = np.concatenate((self._rest, self._resampler.push(samples)))

    def finish(self) -> None:
        self._rest = np.concatenate((self._rest, self._resampler.finish()))

    def whole(self) -> int:
        return len(self._rest) // self._size

    def chunks(self) -> int:
        return -(-len(self._rest) // self._size)

    def pad(self, chunks: int) -> None:
        silence = np.zeros(chunks * self._size - len(self._rest), np.float32)
        self._rest = np.concatenate((self._rest, silence))

    def cut(self, count: int) -> NDArray[np.float32]:
        """Float32 [count, size]; the caller's own copy."""
        taken = self._rest[: count * self._size].reshape(count, self._size).copy()
        self._rest = self._rest[count * self._size :]
        return taken


def to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Full scale 1.0 to full scale 32767, rounded; what lies outside is clipped, never wrapped."""
    scaled = np.rint(samples * np.float32(32767))
    clipped: NDArray[np.int16] = np.clip(scaled, -32768, 32767).astype(np.int16)
    return clipped
