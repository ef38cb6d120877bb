"""How wrong a mouth is.

In: the network's output and a batch. Out: a number to make smaller. Pure.
"""

from typing import Final

import torch
from torch import nn

from data.build.mouth.batches import TrainingBatch
from data.build.mouth.phones import PARAMETERS

WARM_UP: Final = 14
"""Ticks at the start of an item that miss their left context."""
_MATTERS: Final = torch.tensor([2.0, 1.0, 1.5, 1.6, 1.0, 1.2, 0.7, 0.7])
"""As PARAMETERS: what is seen first."""
_CLOSED_MATTERS: Final = torch.tensor([0.0, 0, 0, 1.2, 0, 0.8, 0, 0])
_WIDE: Final = (PARAMETERS.index("jaw"), PARAMETERS.index("round"))
_SPREAD_WEIGHT: Final = 2.0
_SHARP: Final = [PARAMETERS.index("close"), PARAMETERS.index("fv")]


def mouth_loss(output: torch.Tensor, batch: TrainingBatch) -> torch.Tensor:
    """L1, L2 and velocity of the parameters, cross entropy of the visemes and of the closures,
    and breadth.

    The last one keeps jaw and rounding from shrinking to what is safe: where the standard
    deviation over the batch is smaller than the target's, the difference costs.
    """
    rows = output.transpose(1, 2)[:, WARM_UP:]
    wanted, visemes = batch.parameters[:, WARM_UP:], batch.visemes[:, WARM_UP:]
    given = torch.sigmoid(rows[..., : len(PARAMETERS)])
    weight = _MATTERS * (1 + _CLOSED_MATTERS * wanted)
    away = given - wanted
    shape = (away.abs() * weight).mean() + 5 * (away.square() * weight).mean()
    speed = 4 * ((away[:, 1:] - away[:, :-1]).square() * _MATTERS).mean()
    logits = rows[..., len(PARAMETERS) :].flatten(0, 1)
    names = nn.functional.cross_entropy(logits, visemes.flatten(0, 1))
    closed = nn.functional.binary_cross_entropy_with_logits(rows[..., _SHARP], wanted[..., _SHARP])
    return shape + speed + 0.25 * names + closed + _SPREAD_WEIGHT * _muted(given, wanted)


def _muted(given: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    lost = [torch.relu(wanted[..., column].std() - given[..., column].std()) for column in _WIDE]
    return torch.stack(lost).sum()
