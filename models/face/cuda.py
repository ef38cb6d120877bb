"""Captured CUDA graphs: the device of a bucket runner on an NVIDIA GPU.

In: the work of one batch; out: a call that replays it. Runs in inference, in the engine's
thread. Owns a stream, and one pool of memory for all its graphs: they run one after
another, so that what one leaves the next may use.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import torch

_REHEARSALS: Final = 3
"""Runs before a capture, in which cuDNN and cuBLAS choose and allocate."""


class Cuda:
    """See `runner.Device`."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call] # torch's
        self._pool = torch.cuda.graph_pool_handle()
        self._done = torch.cuda.Event()  # type: ignore[no-untyped-call] # torch's

    def here(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """See `runner.Device`: pinned."""
        return torch.zeros(shape, dtype=dtype, pin_memory=True)

    def there(self, shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
        """See `runner.Device`."""
        return torch.zeros(shape, dtype=dtype, device=self._device)

    def capture(self, work: Callable[[], torch.Tensor]) -> tuple[torch.Tensor, Callable[[], None]]:
        """See `runner.Device`. Other threads may use CUDA meanwhile: an encoder does."""
        torch.cuda.synchronize(self._device)
        with torch.inference_mode(), _choosing():
            with torch.cuda.stream(self._stream):
                for _ in range(_REHEARSALS):
                    work()
            self._stream.synchronize()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(
                graph, self._pool, self._stream, capture_error_mode="thread_local"
            ):
                result = work()
        return result, graph.replay

    @contextmanager
    def batch(self) -> Iterator[None]:
        """See `runner.Device`: one event is waited for."""
        with torch.inference_mode(), torch.cuda.stream(self._stream):
            yield
            self._done.record(self._stream)
        self._done.synchronize()


@contextmanager
def _choosing() -> Iterator[None]:
    """cuDNN times its ways and keeps the fastest; TF32 only where float32 was asked for."""
    with torch.backends.cudnn.flags(
        enabled=True, benchmark=True, deterministic=False, allow_tf32=False
    ):
        yield
