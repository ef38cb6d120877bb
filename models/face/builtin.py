"""The built-in face engine: log-mel, a small causal network, an atlas of mouths and brows.

In: sound (in features), its log-mel windows (in inference); out: I420 faces, of the avatar that
each row is for. No weights are fetched: the network lies in `data/builtin/`. Owns the
network's session once `warm()` or `render()` ran, and the pictures of every bound avatar (3 to
12 MB) until it is freed; the feature stream needs neither.
"""

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import AvatarError, Clip
from models.face.engine import BUILTIN_ENGINE, FaceSpec, FeatureSpec, require_clip
from models.face.mel import BANDS, COLUMNS, RIGHT_MS, MelStream

if TYPE_CHECKING:
    from models.face.builtin_renderer import BuiltinRenderer
    from models.face.drawing import Drawing

FACE: Final = FaceSpec(*CANVAS)
"""A canvas for the largest face; what an avatar does not need of it is 0, and masked out."""


class BuiltinEngine:
    """See `FaceEngine`. Faces fit every idle frame: only mouth, chin and brows are drawn."""

    name = BUILTIN_ENGINE
    feature = FeatureSpec(kind="logmel80", shape=(BANDS, COLUMNS), right_ms=RIGHT_MS)
    face = FACE
    posed = False

    def __init__(self) -> None:
        self._renderer: BuiltinRenderer | None = None
        self._bound: dict[int, Drawing] = {}
        self._numbers = count()

    def stream(self) -> MelStream:
        """A new session's stream; imports neither onnxruntime nor OpenCV."""
        return MelStream()

    def warm(self) -> None:
        """Load the network and run it on silence; about 0.2 s."""
        self._loaded().hear(np.zeros((1, *self.feature.shape), np.float32))

    def bind(self, clip: Clip) -> int:
        """A number for the avatar, whose pictures are read into memory."""
        from models.face.drawing import Drawing  # noqa: PLC0415 - features has no need of it

        require_clip(clip, self.name, self.face)
        try:
            drawing = Drawing(FaceAtlas.of(clip))
        except ValueError as error:
            raise AvatarError(f"the avatar {clip.name!r}: {error}") from error
        number = next(self._numbers)
        self._bound[number] = drawing
        return number

    def free(self, avatar: int) -> None:
        """See `FaceEngine`."""
        del self._bound[avatar]

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Render B faces: features float32 [B, 80, 72], out uint8 [B, 684, 324].

        `poses` is not used. ValueError when the shapes do not fit, KeyError for an avatar that
        is not bound; then nothing is written.
        """
        if out.shape != (len(features), *self.face.shape) or len(avatars) != len(features):
            raise ValueError(
                f"{len(features)} faces need an avatar and {self.face.shape} each: "
                f"{len(avatars)} avatars, {out.shape}"
            )
        faces = [self._bound[int(avatar)] for avatar in avatars]
        self._loaded().render(features, faces, out)

    def prepare(self, folder: Path) -> Clip:
        """Make the first person's idle clip, 300 frames of 512 x 512, in some seconds."""
        from models.face.idle import prepare  # noqa: PLC0415 - only who prepares needs it

        return prepare(folder)

    def _loaded(self) -> "BuiltinRenderer":
        if self._renderer is None:
            from models.face.builtin_renderer import BuiltinRenderer  # noqa: PLC0415 - features has no need of it

            self._renderer = BuiltinRenderer()
        return self._renderer
