"""How far training is: the figures of the validation set, as one number to stop by.

In: a network and examples that it does not learn from. Out: a score. Runs in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import nn

from data.build.mouth.examples import Example
from data.build.mouth.metrics import Float, MouthFigures, Tracked, f1, false_opening, figures
from data.build.mouth.network import COLUMNS_A_TICK
from data.build.mouth.phones import PARAMETERS
from models.face.mouth import mouths

_THRESHOLDS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True)
class Score:
    """Each kind's figures at the threshold of its best F1, and how often noise opens the mouth."""

    kinds: dict[str, MouthFigures]
    noise: float

    @property
    def value(self) -> float:
        """Jaw, closures and visemes alike; larger is better."""
        each = [f.jaw_r + f1(f) + (f.viseme_accuracy or 0) for f in self.kinds.values()]
        return float(np.mean(each)) - 2 * self.noise

    def __str__(self) -> str:
        parts = [
            f"{kind} {f.jaw_r:.2f}/{f.viseme_accuracy or 0:.2f}/{f.recall:.2f}@{f.precision:.2f}"
            for kind, f in self.kinds.items()
        ]
        return f"{self.value:.3f} {' '.join(parts)} noise {self.noise:.3f}"


def score(network: nn.Module, held: Sequence[Example], ahead: int) -> Score:
    """ahead: look-ahead in columns."""
    network.eval()
    by_kind: dict[str, list[Tracked]] = {}
    for each in held:
        by_kind.setdefault(each.kind, []).append(tracked(network, each, ahead))
    noise = by_kind.pop("noise", [])
    found = {kind: _best(group) for kind, group in by_kind.items()}
    return Score(found, false_opening(noise) if noise else 0.0)


def _best(group: Sequence[Tracked]) -> MouthFigures:
    """Where to draw lips shut is tuned after training; until then any threshold will do."""
    return max((figures(group, threshold) for threshold in _THRESHOLDS), key=f1)


def tracked(network: nn.Module, each: Example, ahead: int) -> Tracked:
    """An example as the network hears it, drawn as the running server draws it."""
    rows = raw_columns(network, each, ahead)
    before = np.concatenate([rows[:1], rows[:-1]])
    return Tracked(each, mouths(before, rows), rows[:, len(PARAMETERS) :].argmax(axis=1))


def raw_columns(network: nn.Module, each: Example, ahead: int) -> Float:
    """The network's own columns, one for each tick: float32 [n, 24]."""
    whole = len(each.mel) // COLUMNS_A_TICK * COLUMNS_A_TICK
    silence = np.repeat(each.mel[-1:], ahead, axis=0)
    mel = np.concatenate([each.mel[:whole], silence]).astype(np.float32)
    with torch.no_grad():
        output = network(torch.from_numpy(mel.T[None].copy()))[0].numpy()
    return np.ascontiguousarray(output[:, ahead // COLUMNS_A_TICK :].T)
