"""What a mouth could be moved by without a network: loudness, or a regression on MFCCs.

In: examples. Out: parameters. A baseline owns its coefficients. Both see what the network sees:
120 ms before the tick's end and 80 ms after it.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.batches import ticks
from data.build.mouth.examples import Example
from data.build.mouth.metrics import Float, Tracked, f1, figures
from data.build.mouth.network import COLUMNS_A_TICK
from models.face.mel import BANDS

Describe = Callable[[Float], Float]
_COEFFICIENTS: Final = 13
_BEFORE, _AFTER = 12, 8
_RIDGE: Final = 1e-3
_THRESHOLDS: Final = tuple(n / 20 for n in range(3, 17))


def loudness(mel: Float) -> Float:
    """The mean of a column's bands, [n, 1]."""
    return np.asarray(mel.mean(axis=1, keepdims=True), np.float32)


def mfcc(mel: Float) -> Float:
    """Thirteen cepstral coefficients of each column, [n, 13] (DCT-II)."""
    angles = np.pi / BANDS * (np.arange(BANDS)[:, None] + 0.5) * np.arange(_COEFFICIENTS)
    return np.asarray(mel @ np.cos(angles) / BANDS, np.float32)


class Baseline:
    """Ridge regression from what `describe` gives to the eight parameters."""

    def __init__(self, describe: Describe, examples: Sequence[Example]) -> None:
        self._describe = describe
        rows = np.concatenate([self._rows(each) for each in examples])
        wanted = np.concatenate([ticks(each, 0, _count(each), 0)[0] for each in examples])
        square = rows.T @ rows + _RIDGE * len(rows) * np.eye(rows.shape[1])
        self._weights = np.linalg.solve(square, rows.T @ wanted)

    def tracked(self, each: Example) -> Tracked:
        """The example as this baseline would move the mouth."""
        parameters = np.clip(self._rows(each) @ self._weights, 0, 1).astype(np.float32)
        return Tracked(each, parameters, None)

    def shut_from(self, held: Sequence[Example]) -> float:
        """The threshold of `close` with the best F1 on `held`."""
        found = [self.tracked(each) for each in held]

        return max(_THRESHOLDS, key=lambda threshold: f1(figures(found, threshold)))

    def _rows(self, each: Example) -> NDArray[np.float64]:
        described = self._describe(each.mel.astype(np.float32))
        padded = np.pad(described, ((_BEFORE, _AFTER + COLUMNS_A_TICK), (0, 0)), "edge")
        windows = np.lib.stride_tricks.sliding_window_view(padded, _BEFORE + _AFTER, axis=0)
        picked = windows[COLUMNS_A_TICK::COLUMNS_A_TICK][: _count(each)]
        flat = picked.reshape(len(picked), -1).astype(np.float64)
        return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)


def _count(each: Example) -> int:
    return len(each.mel) // COLUMNS_A_TICK
