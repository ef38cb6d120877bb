"""What a network needs of each avatar's frames, where the network runs.

In: one array of N frames for each avatar; out: the rows of a batch, whose avatars and frames
differ, as one tensor. Runs in inference, in the engine's thread; needs torch. On the CPU an
array stays the mapped file that it is; on a GPU its copy is freed with `free`.
"""

from collections.abc import Iterable
from itertools import count
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


class Gallery:
    """Arrays [N, ...] of avatars by number, all rows of one shape and dtype."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._numbers = count()
        self._arrays: dict[int, NDArray[Any]] = {}
        self._tensors: dict[int, torch.Tensor] = {}

    def bind(self, frames: NDArray[Any]) -> int:
        """Take in an avatar; its number."""
        number = next(self._numbers)
        if self._device.type == "cpu":
            self._arrays[number] = frames
        else:
            self._tensors[number] = torch.from_numpy(np.array(frames)).to(self._device)
        return number

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        del (self._arrays if self._device.type == "cpu" else self._tensors)[avatar]

    def rows(self, avatars: Iterable[int], poses: Iterable[int]) -> torch.Tensor:
        """Frame `poses[b]` of avatar `avatars[b]`, stacked [B, ...]; B is not 0.

        KeyError for an avatar that is not bound, IndexError for a frame that it lacks.
        """
        wanted = zip(avatars, poses, strict=True)
        if self._device.type == "cpu":
            return torch.from_numpy(np.stack([self._arrays[a][p] for a, p in wanted]))
        return torch.stack([self._tensors[a][p] for a, p in wanted])
