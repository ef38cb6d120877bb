"""Batches of training: four seconds of mel each, changed a little every time.

In: examples. Out: tensors. Owns copies of the examples as half floats and bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.build.mouth.examples import Example
from data.build.mouth.network import COLUMNS_A_TICK
from data.build.mouth.phones import PARAMETERS, VISEMES
from models.face.mel import BANDS

COLUMNS: Final = 400
"""Of one item."""
SHARES: Final = {
    "espeak": 0.19, "festival": 0.17, "flite": 0.1, "hibari": 0.28, "recorded": 0.18, "noise": 0.08,
}  # fmt: skip
"""Of a batch, by kind of sound: how much there is of each is chance."""
_SHARP: Final = (PARAMETERS.index("close"), PARAMETERS.index("fv"))
_WARPS: Final = np.linspace(0.86, 1.17, 11)
_LOWEST: Final = float(np.log(1e-5) / 4 + 0.5)


@dataclass(frozen=True)
class TrainingBatch:
    """mel: float32 [B, 80, T]. parameters: float32 [B, T / 4, 8]. visemes: float32
    [B, T / 4, 16], the share of each tick that a viseme takes. Both belong to the tick
    that ended `look-ahead` before the column's end."""

    mel: torch.Tensor
    parameters: torch.Tensor
    visemes: torch.Tensor


class TrainingBatches:
    """Draws batches; the same ones for the same seed and step."""

    def __init__(self, examples: Sequence[Example], size: int, ahead: int, seed: int) -> None:
        """ahead: look-ahead in columns, a multiple of 4; ValueError if nothing is long enough."""
        self._size, self._ahead, self._seed = size, ahead, seed
        self._random = np.random.default_rng(seed)
        self._warps = warps()
        self._kinds: dict[str, list[Example]] = {}
        for each in examples:
            if len(each.mel) > COLUMNS + COLUMNS_A_TICK:
                self._kinds.setdefault(each.kind, []).append(each)
        if not self._kinds:
            raise ValueError(f"there are no examples longer than {COLUMNS} columns")
        shares = np.array([SHARES[kind] for kind in self._kinds])
        self._shares = shares / shares.sum()
        self._weights = {
            kind: np.cumsum([len(e.mel) for e in found]) for kind, found in self._kinds.items()
        }

    def drawn(self, step: int, count: int) -> Iterator[TrainingBatch]:
        """Yield `count` batches; what they are depends on `step` and not on earlier ones."""
        self._random = np.random.default_rng([self._seed, step])
        for _ in range(count):
            yield self._drawn()

    def _drawn(self) -> TrainingBatch:
        kinds = self._random.choice(list(self._kinds), self._size, p=self._shares)
        items = [self._item(kind) for kind in kinds]
        mel = torch.from_numpy(np.stack([item[0] for item in items]).astype(np.float32))
        return TrainingBatch(
            self._changed(mel),
            torch.from_numpy(np.stack([item[1] for item in items])),
            torch.from_numpy(np.stack([item[2] for item in items])),
        )

    def _item(
        self, kind: str
    ) -> tuple[NDArray[np.float16], NDArray[np.float32], NDArray[np.float32]]:
        weights = self._weights[kind]
        at = int(np.searchsorted(weights, self._random.integers(weights[-1]), side="right"))
        each = self._kinds[kind][at]
        first = int(self._random.integers(len(each.mel) - COLUMNS))
        parameters, visemes = ticks(each, first, COLUMNS // COLUMNS_A_TICK, self._ahead)
        return each.mel[first : first + COLUMNS], parameters, visemes

    def _changed(self, mel: torch.Tensor) -> torch.Tensor:
        """[B, T, 80] to [B, 80, T]: bands warped, blurred or sharpened, tilted, shifted, masked,
        cut off, noisy, and the contrast between moments changed."""
        random = self._random
        count = len(mel)
        mel = torch.bmm(mel, self._warps[random.integers(len(self._warps), size=count)])
        mel = _blurred(mel, random.uniform(-0.12, 0.28, (count, 1, 1)))
        contrast = torch.from_numpy(random.uniform(0.8, 1.25, (count, 1, 1)).astype(np.float32))
        middle = mel.mean(dim=(1, 2), keepdim=True)
        mel = (mel - middle) * contrast + middle
        bands = np.linspace(-1, 1, BANDS)
        tilt = random.normal(0, 0.16, (count, 1, 1)) * bands
        bow = random.normal(0, 0.13, (count, 1, 1)) * np.cos(bands * np.pi)
        shift = random.normal(0, 0.3, (count, 1, 1))
        moved = torch.from_numpy((tilt + bow + shift).astype(np.float32))
        mel = torch.clamp(mel + moved * (mel > _LOWEST + 0.02), min=_LOWEST)
        mel = mel + torch.from_numpy(random.normal(0, 0.05, mel.shape).astype(np.float32))
        for each in mel:
            if random.random() < 0.3:
                wide = int(random.integers(1, 12))
                low = int(random.integers(BANDS - wide))
                each[:, low : low + wide] = each[:, low : low + wide].mean()
            if random.random() < 0.15:
                each[:, int(random.integers(52, BANDS)) :] = _LOWEST
        return mel.transpose(1, 2).contiguous()


def _blurred(mel: torch.Tensor, share: NDArray[np.float64]) -> torch.Tensor:
    """Each band with a share of its neighbours; a negative share parts them."""
    part = torch.from_numpy(share.astype(np.float32))
    padded = nn.functional.pad(mel, (1, 1), mode="replicate")
    return (1 - 2 * part) * mel + part * (padded[..., :-2] + padded[..., 2:])


def ticks(
    each: Example, first: int, count: int, ahead: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Parameters float32 [count, 8] and visemes [count, 16] of the ticks from column `first`,
    `ahead` columns earlier; closures between their mean and their peak, so that a short one
    is not lost. Before the beginning stands the first column."""
    columns = np.arange(first, first + count * COLUMNS_A_TICK) - ahead
    columns = np.clip(columns, 0, len(each.parameters) - 1)
    rows = each.parameters[columns].reshape(count, COLUMNS_A_TICK, -1).astype(np.float32) / 255
    parameters = rows.mean(axis=1)
    parameters[:, _SHARP] = (parameters[:, _SHARP] + rows[:, :, _SHARP].max(axis=1)) / 2
    hot = np.eye(len(VISEMES), dtype=np.float32)[each.visemes[columns]]
    return parameters, hot.reshape(count, COLUMNS_A_TICK, -1).mean(axis=1)


def warps() -> torch.Tensor:
    """Matrices [11, 80, 80] that move mel columns as other throats would; for [T, 80] @ m."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (40.0, 7600.0))
    mels = np.linspace(low, high, BANDS + 2)[1:-1]
    hz = 700 * (10 ** (mels / 2595) - 1)
    found = []
    for factor in _WARPS:
        source = np.interp(2595 * np.log10(1 + hz * factor / 700), mels, np.arange(BANDS))
        below = np.minimum(source.astype(np.intp), BANDS - 2)
        matrix = np.zeros((BANDS, BANDS), np.float32)
        matrix[below, np.arange(BANDS)] = 1 - (source - below)
        matrix[below + 1, np.arange(BANDS)] += source - below
        found.append(matrix)
    return torch.from_numpy(np.stack(found))
