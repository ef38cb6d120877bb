"""The mouth network as torch trains it: causal convolutions from 100 to 25 columns a second.

In: mel float32 [B, 80, T], T a multiple of 4. Out: float32 [B, 24, T / 4]: rows 0-7 the
parameters before the sigmoid, rows 8-23 the logits of the visemes. Owns its weights.

conv 5 -> conv 4 stride 2 -> residual conv 3, dilations 1, 2, 4 -> conv 4 stride 2 -> residual
conv 3, dilations 1, 2 -> conv 1; all causal, so a window of 72 columns gives at its last output
what the whole utterance would: the receptive field is 66 columns.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import nn

from data.build.mouth.phones import PARAMETERS, VISEMES
from models.face.mel import BANDS

ROWS: Final = len(PARAMETERS) + len(VISEMES)
COLUMNS_A_TICK: Final = 4
RECEPTIVE: Final = 66


class Causal(nn.Module):
    """A convolution that sees no later column, batch norm, and a rectifier."""

    def __init__(self, inputs: int, outputs: int, size: int, stride: int = 1, gap: int = 1) -> None:
        super().__init__()
        self.pad = (size - 1) * gap - (stride - 1)
        self.conv = nn.Conv1d(inputs, outputs, size, stride, dilation=gap, bias=False)
        self.norm = nn.BatchNorm1d(outputs)

    def forward(self, columns: torch.Tensor) -> torch.Tensor:
        """[B, inputs, T] to [B, outputs, T / stride]."""
        padded = nn.functional.pad(columns, (self.pad, 0))
        return torch.relu(self.norm(self.conv(padded)))


class MouthNetwork(nn.Module):
    """See the module; `width` channels in the middle, 375 k parameters with 128."""

    def __init__(self, width: int = 128, first: int = 64) -> None:
        super().__init__()
        self.width, self.first = width, first
        self.ear = Causal(BANDS, first, 5)
        self.halved = Causal(first, width, 4, 2)
        self.fast = nn.ModuleList(Causal(width, width, 3, gap=gap) for gap in (1, 2, 4))
        self.quartered = Causal(width, width, 4, 2)
        self.slow = nn.ModuleList(Causal(width, width, 3, gap=gap) for gap in (1, 2))
        self.mouth = nn.Conv1d(width, ROWS, 1)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """See the module."""
        columns: torch.Tensor = self.halved(self.ear(mel))
        for block in self.fast:
            columns = columns + block(columns)
        columns = self.quartered(columns)
        for block in self.slow:
            columns = columns + block(columns)
        found: torch.Tensor = self.mouth(columns)
        return found


class Together(nn.Module):
    """What networks of one look-ahead say in the mean. Source: Hansen and Salamon, "Neural network
    ensembles" (1990): trainings that began apart err apart."""

    def __init__(self, networks: Sequence[MouthNetwork]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """See MouthNetwork."""
        return torch.stack([network(mel) for network in self.networks]).mean(dim=0)


def trained(path: Path) -> MouthNetwork:
    """The best network of a training."""
    saved = torch.load(path, weights_only=True)
    network = MouthNetwork(saved["width"])
    network.load_state_dict(saved["best"])
    return network.eval()
