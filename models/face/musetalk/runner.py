"""Runs the network batch by batch: as it is on the CPU, as captured graphs on CUDA.

In: latents on the network's device, tokens from the ring's slots; out: I420 faces into the
caller's array. Runs in inference, in the engine's thread. On CUDA a batch is padded to the
next of `BUCKETS`; each of them is captured once (CUDA graphs, one memory pool), its inputs
and outputs pinned on the host, and nothing waits for the device before the faces are copied
out. Owns the graphs and their memory.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from models.face.musetalk.networks import MuseTalk, Target
from models.face.musetalk.sizes import LATENT_CHANNELS, LATENT_SIDE, SIDE

if TYPE_CHECKING:
    from torch.cuda import _POOL_HANDLE

BUCKETS: Final = (1, 2, 4, 8, 16, 32)
"""Batch sizes that are captured; larger batches are run in parts."""
_REHEARSALS: Final = 3
"""Runs before a capture, in which cuDNN and cuBLAS choose and allocate."""


class Runner(Protocol):
    """Renders up to `BUCKETS[-1]` faces at once."""

    def warm(self) -> None:
        """Run every batch size once, so that none of them is slow later."""
        ...

    def run(
        self, latents: list[torch.Tensor], tokens: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """latents: B of [8, 32, 32]; tokens: float32 [B, T, width]; out: uint8 [B, 384, 256]."""
        ...


def make_runner(network: MuseTalk, target: Target) -> Runner:
    """The runner that fits where the network is."""
    return GraphRunner(network, target) if target.device.type == "cuda" else PlainRunner(network)


def bucket(count: int) -> int:
    """The smallest bucket that holds so many faces; ValueError if none does."""
    for size in BUCKETS:
        if count <= size:
            return size
    raise ValueError(f"{count} faces at once; the largest batch is {BUCKETS[-1]}")


class PlainRunner:
    """See `Runner`: the network as it is, each batch at its own size."""

    def __init__(self, network: MuseTalk) -> None:
        self._network = network

    def warm(self) -> None:
        """One face: on a CPU the first is as slow as any batch's first."""
        tokens, width = self._network.places.shape
        latent = torch.zeros(LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
        silence = np.zeros((1, tokens, width), np.float32)
        self.run([latent], silence, np.empty((1, SIDE * 3 // 2, SIDE), np.uint8))

    def run(
        self, latents: list[torch.Tensor], tokens: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """See `Runner`."""
        with torch.inference_mode():
            dtype = self._network.places.dtype
            faces = self._network(
                torch.stack(latents).to(dtype), torch.from_numpy(tokens).to(dtype)
            )
        out[:] = faces.numpy()


@dataclass(frozen=True)
class _Graph:
    """One captured batch size: what it reads and writes, on the device and pinned here."""

    graph: torch.cuda.CUDAGraph
    latents: torch.Tensor
    tokens: torch.Tensor
    faces: torch.Tensor
    tokens_here: torch.Tensor
    faces_here: torch.Tensor


class GraphRunner:
    """See `Runner`: CUDA graphs of fixed batch sizes."""

    def __init__(self, network: MuseTalk, target: Target) -> None:
        self._network = network
        self._target = target
        self._stream = torch.cuda.Stream(target.device)  # type: ignore[no-untyped-call] # torch's
        self._graphs: dict[int, _Graph] = {}

    def warm(self) -> None:
        """Capture every bucket, the largest first: the others fit into its memory."""
        pool = torch.cuda.graph_pool_handle()
        with torch.inference_mode():
            for size in sorted(BUCKETS, reverse=True):
                if size not in self._graphs:
                    self._graphs[size] = self._capture(size, pool)

    def run(
        self, latents: list[torch.Tensor], tokens: NDArray[np.float32], out: NDArray[np.uint8]
    ) -> None:
        """See `Runner`; waits for the device once, before the faces are read."""
        if not self._graphs:
            self.warm()
        count = len(latents)
        held = self._graphs[bucket(count)]
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            held.tokens_here[:count].copy_(torch.from_numpy(tokens))
            held.tokens.copy_(held.tokens_here, non_blocking=True)
            torch.stack(latents, out=held.latents[:count])
            held.graph.replay()
            held.faces_here[:count].copy_(held.faces[:count], non_blocking=True)
        self._stream.synchronize()
        out[:] = held.faces_here[:count].numpy()

    def _capture(self, size: int, pool: "_POOL_HANDLE") -> _Graph:
        count, width = self._network.places.shape
        here = torch.zeros(size, count, width, dtype=self._target.dtype, pin_memory=True)
        tokens = here.to(self._target.device)
        latents = tokens.new_zeros(size, LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            for _ in range(_REHEARSALS):
                self._network(latents, tokens)
        self._stream.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=pool, stream=self._stream):
            faces = self._network(latents, tokens)
        faces_here = torch.empty(faces.shape, dtype=torch.uint8, pin_memory=True)
        return _Graph(graph, latents, tokens, faces, here, faces_here)
