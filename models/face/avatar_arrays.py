"""What a network needs of each avatar's frames, where the network runs.

In: one array of N frames for each avatar; out: the rows of a batch, whose avatars and frames
differ. Runs in inference, in the engine's thread; needs torch. On the CPU an array stays the
mapped file that it is; on a GPU its copy is freed with `free`.
"""

from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class AvatarArrays:
    """Arrays [N, ...] of avatars by number, all rows of one shape; given as `dtype`."""

    def __init__(self, device: torch.device, dtype: torch.dtype) -> None:
        self._device = device
        self._dtype = dtype
        self._numbers = count()
        self._held: dict[int, NDArray[Any] | torch.Tensor] = {}

    def bind(self, frames: NDArray[Any]) -> int:
        """Take in an avatar; its number."""
        number = next(self._numbers)
        on_cpu = self._device.type == "cpu"
        self._held[number] = frames if on_cpu else self._tensor(frames).to(self._device)
        return number

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        del self._held[avatar]

    def rows(self, avatars: Iterable[int], poses: Iterable[int]) -> list[torch.Tensor]:
        """Frame `poses[b]` of avatar `avatars[b]` for each row of a batch.

        KeyError for an avatar that is not bound, ValueError for a frame that it lacks.
        """
        return [self._row(*wanted) for wanted in zip(avatars, poses, strict=True)]

    def _row(self, avatar: int, pose: int) -> torch.Tensor:
        held = self._held[avatar]
        if not 0 <= pose < len(held):
            raise ValueError(f"pose {pose} of an avatar whose clip has {len(held)} frames")
        row = held[pose]
        return row if isinstance(row, torch.Tensor) else self._tensor(row)

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        """A copy: a mapped array is read-only, which torch has no word for."""
        return torch.from_numpy(np.array(array)).to(self._dtype)
