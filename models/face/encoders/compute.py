"""How an encoder runs on its device: the type of its numbers, its threads, packed weights.

In: a device or a loaded network. Out: a `Compute`, or the network with its linear layers
packed. Runs in features, in the thread that encodes; needs torch. Owns nothing.

Measured (`python -m perf.faces.encoders`): bfloat16, where the processor multiplies it itself,
takes half of float32's time and stays within `TOLERANCE`; int8 with dynamic scales takes up to a
third less again and does not. Random weights show that of HuBERT; of Whisper only trained ones did
(tiny.en: 0.07 of the spread away, three times as far as bfloat16). Packing spares oneDNN the
reordering of every weight in every call, a fifth to a third of the time of a short window.
"""

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.face.cores import spare_threads

BEHIND_TICKS: Final = 25
"""1 s in one window costs a processor little more than half of what it costs in windows of
320 ms; more gains little, and is lost work after an interrupt."""


@dataclass(frozen=True)
class Tolerance:
    """How far rows may be from float32's: the least cosine of a row with its exact one, and
    the root mean square distance in parts of the exact rows' standard deviation."""

    cosine: float
    distance: float

    def holds(self, rows: NDArray[np.float32], exact: NDArray[np.float32]) -> bool:
        """Whether `rows`, [..., width], are this near to `exact`."""
        cosine, distance = nearness(rows, exact)
        return cosine >= self.cosine and distance <= self.distance


def nearness(rows: NDArray[np.float32], exact: NDArray[np.float32]) -> tuple[float, float]:
    """The least cosine of a row with its exact one, and the distance as in `Tolerance`."""
    wide, right = rows.astype(np.float64), exact.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=-1) * np.linalg.norm(right, axis=-1)
    cosine = ((wide * right).sum(axis=-1) / lengths).min()
    return float(cosine), float(np.sqrt(((wide - right) ** 2).mean()) / right.std())


TOLERANCE: Final = Tolerance(cosine=0.999, distance=0.03)


@dataclass(frozen=True)
class Compute:
    """Where and in what type of number a network runs."""

    device: torch.device
    dtype: torch.dtype

    @classmethod
    def best(cls, device: str, on_cuda: torch.dtype) -> "Compute":
        """The fastest type within the tolerance: bfloat16 or float32 on a processor."""
        if device != "cpu":
            return cls(torch.device(device), on_cuda)
        return cls(torch.device(device), torch.bfloat16 if _multiplies_bf16() else torch.float32)

    @property
    def windows(self) -> int:
        """Windows worth one batch. On a processor a batch of two takes 1.4 (HuBERT) to 1.9
        (Whisper) times as long as one, and the first waits for the rest; on a GPU a batch
        costs little more."""
        return 2 if self.device.type == "cpu" else 16

    @property
    def ticks(self) -> int:
        """Ticks that one window may serve: a GPU keeps up tick by tick, and gives the file's
        own numbers; a processor does not."""
        return BEHIND_TICKS if self.device.type == "cpu" else 1

    def take_threads(self) -> None:
        """Let this thread's products use `spare_threads`."""
        if self.device.type == "cpu":
            torch.set_num_threads(spare_threads())


def placed(network: nn.Module, compute: Compute) -> None:
    """Bring a network to its device and type, in place."""
    nn.Module.to(network, compute.device, compute.dtype)


class PackedLinear(nn.Module):
    """A linear layer on the processor whose weight lies as oneDNN multiplies it.

    The operators are torch's own for frozen graphs; the exact version of torch is pinned.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach())
        self._bias = linear.bias

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """float [..., in] to [..., out]."""
        product = torch.ops.mkldnn._linear_pointwise(rows, self._weight, self._bias, "none", [], "")
        return cast(torch.Tensor, product)


def pack(network: nn.Module) -> None:
    """Pack every linear layer of a network on the processor, in place; else leave it alone."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call] # theirs
        return
    for name, part in list(network.named_children()):
        if isinstance(part, nn.Linear) and part.weight.device.type == "cpu":
            setattr(network, name, PackedLinear(part))
        else:
            pack(part)


def _multiplies_bf16() -> bool:
    """Whether the processor has instructions for it; without them it is slower than float32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
