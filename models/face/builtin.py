"""The built-in face engine: log-mel, a small causal network, an atlas of rendered mouths.

In: sound (in features), its log-mel windows (in inference); out: I420 faces and the idle
clip. No weights are fetched: everything lies in `data/builtin/`. Owns the network's session
and the atlas (5 MB) once `warm()` or `render()` ran; the feature stream needs neither.
"""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.engine import FaceSpec, FeatureSpec, require_clip
from models.face.mel import BANDS, COLUMNS, RIGHT_MS, MelStream

if TYPE_CHECKING:
    from models.face.renderer import Renderer

NAME: Final = "builtin"
FACE: Final = FaceSpec(width=216, height=214)
FACE_AT: Final = (148, 222)
"""The face's first pixel (x, y) in the head picture; even, so that chroma needs no shift."""


class BuiltinEngine:
    """See `FaceEngine`. Faces fit every idle frame: only the mouth and the chin are drawn."""

    name = NAME
    feature = FeatureSpec(kind="logmel80", shape=(BANDS, COLUMNS), right_ms=RIGHT_MS)
    face = FACE
    posed = False

    def __init__(self) -> None:
        self._renderer: Renderer | None = None
        self._bound: set[int] = set()
        self._numbers = count()

    def stream(self) -> MelStream:
        """A new session's stream; imports neither onnxruntime nor OpenCV."""
        return MelStream()

    def warm(self) -> None:
        """Load the network and the atlas and draw one face of silence; about 0.2 s."""
        features = np.zeros((1, *self.feature.shape), np.float32)
        out = np.empty((1, *self.face.shape), np.uint8)
        nobody = np.zeros(1, np.int32)
        self.render(features, nobody, nobody, out)

    def bind(self, clip: Clip) -> int:
        """A number for the avatar, of which nothing is kept: its faces are the engine's own."""
        require_clip(clip, self.name, self.face)
        number = next(self._numbers)
        self._bound.add(number)
        return number

    def free(self, avatar: int) -> None:
        """See `FaceEngine`."""
        self._bound.remove(avatar)

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Render B faces: features float32 [B, 80, 72], out uint8 [B, 321, 216].

        `avatars` and `poses` are not used. ValueError when the shapes do not fit.
        """
        if out.shape != (len(features), *self.face.shape):
            raise ValueError(f"{len(features)} faces need {self.face.shape} each: {out.shape}")
        if self._renderer is None:
            from models.face.renderer import Renderer  # noqa: PLC0415 - features has no need of it

            self._renderer = Renderer()
        self._renderer.render(features, out)

    def prepare(self, folder: Path) -> Clip:
        """Make the idle clip, 300 frames of 512 x 512 (118 MB), in about 2 s on one core."""
        from models.face.idle import idle_clip  # noqa: PLC0415 - only who prepares needs it

        idle_clip().save(folder)
        return Clip.load(folder)
