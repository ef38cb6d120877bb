"""What is measured of one engine: its network, its inputs, and LiveTalking's way of running it.

In: a network and its shapes. Out: batches of random inputs, and how much work one face is. Types
for perf/faces/gpu_subjects.py, which makes them; needs torch and numpy. Owns nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from models.face.network import Target
from models.face.runner import FaceShapes

Faces = NDArray[np.uint8]


@dataclass(frozen=True)
class Case:
    """One batch: what is seen, on the device and on the host, and what is heard."""

    seen: list[torch.Tensor]
    shown: NDArray[Any]
    heard: NDArray[np.float32]


Way = Callable[[Case], NDArray[Any]]
"""A batch to its faces on the host, in the way's own form."""


@dataclass(frozen=True)
class Subject:
    """One engine's network, float32 on the CPU, as it comes from its file.

    published: the way in which LiveTalking runs it, given the network on its target. i420: of
    one of that way's faces.
    """

    name: str
    row: FaceShapes
    network: nn.Module
    published: Callable[[nn.Module, Target], Way]
    i420: Callable[[NDArray[Any]], Faces]

    def case(self, batch: int, target: Target, seed: int = 0) -> Case:
        """Random inputs that look like real ones; the same for the same batch and seed."""
        random = np.random.default_rng((batch, seed))
        if self.row.dtype == torch.uint8:
            side = self.row.seen[0] // 8
            coarse = random.integers(20, 235, (batch, side, side, 3), np.uint8)
            shown: NDArray[Any] = coarse.repeat(8, axis=1).repeat(8, axis=2)
        else:
            shown = random.standard_normal((batch, *self.row.seen), np.float32).astype(np.float16)
        heard = random.standard_normal((batch, *self.row.heard), np.float32)
        seen = torch.from_numpy(shown).to(target.device)
        if seen.is_floating_point():
            seen = seen.to(target.dtype)
        return Case(list(seen), shown, heard)

    def operations(self) -> float:
        """Floating-point operations of one face (a multiply-add is two), counted by torch."""
        heard = torch.zeros(1, *self.row.heard)
        seen = torch.zeros(1, *self.row.seen, dtype=self.row.dtype)
        with FlopCounterMode(display=False) as counter, torch.inference_mode():
            self.network(seen, heard)
        return float(counter.get_total_flops())
