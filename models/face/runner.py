"""Runs a face network batch by batch: as it is, or in fixed sizes that were captured once.

In: what each row's avatar shows, on the network's device, and what is heard, on the host;
out: I420 faces into the caller's array, which may be shared memory. Runs in inference, in
the engine's thread. A network here is a module that takes (seen [B, ...], heard [B, ...])
and gives uint8 I420 faces. A bucket runner owns the memory that its batches go through.

On CUDA a batch is padded to the next of `BUCKETS`. Sizes are fixed because a captured graph
is: one launch then does what a thousand did, and the host waits once, when all is done.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

BUCKETS: Final = (1, 2, 4, 8, 16, 32)
"""Batch sizes that are captured; larger batches are run in parts."""


@dataclass(frozen=True)
class FaceShapes:
    """One face's inputs and output: shapes without the batch.

    seen: of the avatar, in `dtype`. heard: float32. face: uint8 I420.
    """

    seen: tuple[int, ...]
    dtype: torch.dtype
    heard: tuple[int, ...]
    face: tuple[int, int]


class Runner(Protocol):
    """Renders any number of faces."""

    def warm(self) -> None:
        """Run once what a batch runs, so that the first one is as fast as the rest."""
        ...

    def run(
        self, seen: Sequence[torch.Tensor], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """Write the faces of B rows to `out`, uint8 [B, *face]; each row for itself."""
        ...


class Device(Protocol):
    """Where captured batches run: memory, capture, and a place in line."""

    def here(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """Memory of the host that the device can copy from and to; of zeros."""
        ...

    def there(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """Memory of the device; of zeros."""
        ...

    def capture(self, work: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        """What `work` writes its result to, and a call that does all of `work` again."""
        ...

    def batch(self) -> AbstractContextManager[None]:
        """What is asked inside is done in order, and is done when the context ends."""
        ...


def bucket(count: int, buckets: tuple[int, ...] = BUCKETS) -> int:
    """The smallest bucket that holds so many faces; ValueError if none does."""
    for size in buckets:
        if count <= size:
            return size
    raise ValueError(f"{count} faces at once; the largest batch is {buckets[-1]}")


def run_one(runner: Runner, row: FaceShapes) -> None:
    """Run one face of zeros, whose result nobody wants."""
    seen, heard = torch.zeros(row.seen, dtype=row.dtype), np.zeros((1, *row.heard), np.float32)
    runner.run([seen], heard, np.empty((1, *row.face), np.uint8))


class PlainRunner:
    """See `Runner`: the network as it is, in torch, each batch at its own size."""

    def __init__(self, network: nn.Module, row: FaceShapes, most: int = BUCKETS[-1]) -> None:
        self._network = network
        self._row = row
        self._most = most

    def warm(self) -> None:
        """One face: on a CPU the first is as slow as any batch's first."""
        run_one(self, self._row)

    def run(
        self, seen: Sequence[torch.Tensor], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """See `Runner`; at most `most` faces at once, which bounds the memory."""
        for part in parts(len(seen), self._most):
            with torch.inference_mode():
                faces = self._network(torch.stack(list(seen[part])), torch.tensor(heard[part]))
            out[part] = faces.numpy()


@dataclass(frozen=True)
class _Bucket:
    """One batch size: what it reads and writes, there and here."""

    seen: torch.Tensor
    heard: torch.Tensor
    faces: torch.Tensor
    heard_here: torch.Tensor
    faces_here: torch.Tensor
    replay: Callable[[], None]


class BucketRunner:
    """See `Runner`: every batch in one of a few sizes, each captured once."""

    def __init__(
        self,
        network: nn.Module,
        row: FaceShapes,
        device: Device,
        buckets: tuple[int, ...] = BUCKETS,
    ) -> None:
        self._network = network
        self._row = row
        self._device = device
        self._sizes = buckets
        self._buckets: dict[int, _Bucket] = {}

    def warm(self) -> None:
        """Capture every size, the largest first: the others fit into its memory."""
        for size in sorted(self._sizes, reverse=True):
            if size not in self._buckets:
                self._buckets[size] = self._captured(size)

    def run(
        self, seen: Sequence[torch.Tensor], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """See `Runner`; the rows that fill a bucket up hold what an earlier batch left."""
        if not self._buckets:
            self.warm()
        for part in parts(len(seen), self._sizes[-1]):
            self._part(seen[part], heard[part], out[part])

    def _part(
        self, seen: Sequence[torch.Tensor], heard: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        count = len(seen)
        held = self._buckets[bucket(count, self._sizes)]
        np.copyto(held.heard_here[:count].numpy(), heard)
        with self._device.batch():
            held.heard[:count].copy_(held.heard_here[:count], non_blocking=True)
            torch.stack(list(seen), out=held.seen[:count])
            held.replay()
            held.faces_here[:count].copy_(held.faces[:count], non_blocking=True)
        np.copyto(out, held.faces_here[:count].numpy())

    def _captured(self, size: int) -> _Bucket:
        row, device = self._row, self._device
        seen = device.there((size, *row.seen), row.dtype)
        heard = device.there((size, *row.heard), torch.float32)
        faces, replay = device.capture(lambda: self._network(seen, heard))
        return _Bucket(
            seen,
            heard,
            faces,
            device.here((size, *row.heard), torch.float32),
            device.here((size, *row.face), torch.uint8),
            replay,
        )


def parts(count: int, most: int) -> list[slice]:
    """`count` rows in slices of at most `most`."""
    return [slice(start, min(start + most, count)) for start in range(0, count, most)]
