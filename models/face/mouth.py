"""From log-mel windows to the eight numbers that shape a mouth.

In: float32 [B, 80, 72] windows (models.face.mel). Out: float32 [B, 8] parameters in 0..1.
Runs in inference, in one thread; owns the network's weights.

The network is causal: its last output column speaks of the 40 ms that ended 80 ms before
its newest mel column, which is the tick that the window was cut for.
"""

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.face.causal import CausalNetwork
from models.face.mel import BANDS, COLUMNS

PARAMETERS: Final = ("jaw", "spread", "round", "close", "upl", "fv", "teeth", "tong")
"""Jaw open, lips spread, rounded, closed, upper lip up, lower lip under the teeth (f, v),
teeth shown, tongue up: rows 0-7 of the network's output, before the sigmoid."""

ROWS: Final = 24
"""Of the network's output."""
COLUMNS_A_TICK: Final = 4
"""Mel columns for each column of the output."""

SHUT_FROM: Final = 0.35
"""`close` from which lips are shut (0.41 of the network's own number): the lowest that costs less
than half a point of the best F1 of p, b, m on the validation voices of data.build.mouth, for a
missed closure is seen more than one too many."""
HELD_FROM: Final = 0.3
"""`close` from which lips that were shut a tick ago stay shut: halves one-tick openings."""

_CLOSE: Final = PARAMETERS.index("close")
_SILENCE_ROW: Final = 8
"""Rows 8-23 are viseme logits; the first is the one of silence."""

_LIKELY: Final = 1 / 16
"""Chance of speech from which the mouth is drawn as the network says: in silence and noise it says
nearly nothing already, and more of a gate than this would mute the ends of words."""

_GAIN: Final = np.array([1.25, 1.0, 1.0, 0.85, 1.0, 1.0, 1.0, 1.0], dtype=np.float32)
"""Training keeps jaw and rounding from being muted. The jaw is opened further because the
pictures are seen small; a tick of which the lips are shut a quarter is no closure."""


class MouthNet:
    """The mouth network, in the caller's thread.

    path: a file of `models.face.causal`, from [batch, 80, n] to [batch, 24, n / 4].
    """

    shape: Final = (ROWS, COLUMNS // COLUMNS_A_TICK)
    """Of what it says of one window."""

    def __init__(self, path: Path) -> None:
        self._network = CausalNetwork.load(path)

    def parameters(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mouth parameters float32 [B, 8] of windows float32 [B, 80, 72]; ValueError otherwise.

        Where the network hears silence, they fade to the mouth at rest (all zero).
        """
        columns = self.columns(mel)
        return mouths(columns[:, :, -2], columns[:, :, -1])

    def columns(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """All that the network says, float32 [B, 24, 18], one column for each 40 ms; see
        `parameters`. Column k speaks of mel columns 4 k - 8 to 4 k - 5."""
        return self.begin(mel)[0]

    def begin(self, mel: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`columns`, and what the network has to remember to go on with each row."""
        if mel.shape[1:] != (BANDS, COLUMNS):
            raise ValueError(f"mel windows are [batch, {BANDS}, {COLUMNS}], not {mel.shape}")
        return self._network.run(mel)

    def go_on(
        self, mel: NDArray[np.float32], contexts: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What it says [B, 24, n / 4] of mel columns [B, 80, n] that follow, and what it has to
        remember then."""
        return self._network.run(mel, contexts)


def mouths(
    before: NDArray[np.float32],
    now: NDArray[np.float32],
    shut_from: float = SHUT_FROM,
    held_from: float = HELD_FROM,
) -> NDArray[np.float32]:
    """Mouths float32 [B, 8] of the network's columns [B, 24], each with the one before it."""
    last, shape = _shape(before), _shape(now)
    held = (last[:, _CLOSE] >= shut_from) & (shape[:, _CLOSE] >= held_from)
    shape[held, _CLOSE] = np.maximum(shape[held, _CLOSE], shut_from)
    return shape * _speaking(speech(now)[:, None])


def speech(columns: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely somebody speaks, 0..1, [B, ...] of the network's columns [B, 24, ...]."""
    likely: NDArray[np.float32] = 1 - _softmax(columns[:, _SILENCE_ROW:])[:, 0]
    return likely


def _shape(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Parameters [B, 8] of one output column [B, 24]."""
    shape = 1 / (1 + np.exp(-rows[:, : len(PARAMETERS)]))
    wide: NDArray[np.float32] = np.minimum(shape * _GAIN, 1)
    return wide


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Along axis 1."""
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    share: NDArray[np.float32] = grown / grown.sum(axis=1, keepdims=True)
    return share


def _speaking(likely: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 where silence is certain, 1 where it is not, smooth between."""
    rise = np.clip(likely / _LIKELY, 0, 1)
    gate: NDArray[np.float32] = rise * rise * (3 - 2 * rise)
    return gate
