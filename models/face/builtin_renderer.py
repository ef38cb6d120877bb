"""The rendering half of the built-in engine: log-mel windows to I420 faces.

In: float32 [B, 80, 72] windows and what each row's avatar is drawn from; out: uint8
[B, 684, 324] faces. Runs in inference; owns the network and what it remembers of each session's
sound.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.head import builtin_folder
from models.face.brows import brow_levels
from models.face.drawing import Drawing
from models.face.heard_windows import HeardWindows
from models.face.mouth import MouthNet, mouths, speech


class BuiltinRenderer:
    """The network of `data/builtin/`, one for all avatars."""

    def __init__(self) -> None:
        self._heard = HeardWindows(MouthNet(builtin_folder() / "mouth.npz"))

    def hear(
        self, features: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mouth parameters [B, 8] and brow levels [B] of each window; one run of the network."""
        columns = self._heard.columns(features)
        shapes = mouths(columns[:, :, -2], columns[:, :, -1])
        return shapes, brow_levels(features, speech(columns))

    def render(
        self,
        features: NDArray[np.float32],
        faces: Sequence[Drawing],
        out: NDArray[np.uint8],
    ) -> None:
        """Write the face of each window to `out`."""
        shapes, brows = self.hear(features)
        for face, shape, brow, into in zip(faces, shapes, brows, out, strict=True):
            face.draw(shape, float(brow), into)
