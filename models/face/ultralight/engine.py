"""The Ultralight engine: HuBERT features and an avatar's faces to I420 faces of 160 px.

In: float32 [B, 16, 32, 32], sixteen rows of HuBERT large around each tick; the avatar's own
face in every idle frame. Out: that face with the rectangle around its mouth painted anew.
Each avatar has a network of its own, trained on that person: `ultralight/NAME.pth` (published
as the avatar's `ultralight.pth`) in the folder of weights. HuBERT lies in
`hubert-large-ls960-ft/` beside it. Owns the encoder once a stream was made (in features), and
the bound avatars' networks and faces (in inference).

Avatar arrays: `faces` uint8 [N, 160, 160, 3], BGR; or [N, 168, 168, 3] as published, whose
border of 4 pixels is not seen by the network and not rendered.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.batch import require_batch
from models.face.encoders.hubert import AROUND, HubertEncoder
from models.face.encoders.stream import EncodedStream
from models.face.encoders.window import Span
from models.face.engine import (
    FaceSpec,
    FeatureSpec,
    require_array,
    require_clip,
    require_features,
)
from models.face.ultralight.sizes import NAME, SIDE, SOUND, WIDTHS

if TYPE_CHECKING:
    from models.face.ultralight.renderer import UltralightRenderer

HUBERT: Final = "hubert-large-ls960-ft"
BORDER: Final = 4
SPAN: Final = AROUND.smallest(HubertEncoder.tail)


class UltralightEngine:
    """See `FaceEngine`.

    weights: the folder that holds `ultralight/` and `hubert-large-ls960-ft/`. span: the sound
    window; the default has the least delay. widths: of the networks; others only in tests.
    builds: whether a process may make networks ready for the processor (see `UltralightRenderer`).
    """

    name = NAME
    face = FaceSpec(SIDE, SIDE)
    posed = True

    def __init__(
        self,
        weights: Path,
        span: Span = SPAN,
        widths: tuple[int, ...] = WIDTHS,
        *,
        builds: bool = True,
    ) -> None:
        kind = f"hubert-{AROUND.before}-{AROUND.after}"
        self.feature = FeatureSpec(kind, SOUND, span.right_ms)
        self._weights = weights
        self._span = span
        self._widths = widths
        self._builds = builds
        self._encoder: HubertEncoder | None = None
        self._loaded: UltralightRenderer | None = None

    def stream(self) -> EncodedStream:
        """A new session's stream; the first one loads HuBERT. EncoderError without its files."""
        if self._encoder is None:
            self._encoder = HubertEncoder(self._weights / HUBERT)
        return self._encoder.stream(SOUND, self._span)

    def warm(self) -> None:
        """Make ready what all avatars share; a network comes with its avatar in `bind`."""
        self._renderer()

    def bind(self, clip: Clip) -> int:
        """See `FaceEngine`; loads the avatar's network and runs it once.

        AvatarError when the clip has no faces of the right shape, WeightsError when the
        network of that name is missing or another one.
        """
        require_clip(clip, self.name, self.face)
        count, whole = len(clip.frames), SIDE + 2 * BORDER
        shapes = (count, SIDE, SIDE, 3), (count, whole, whole, 3)
        faces = require_array(clip, "faces", np.uint8, *shapes)
        if faces.shape[1] == whole:
            faces = faces[:, BORDER:-BORDER, BORDER:-BORDER]
        return self._renderer().bind(clip.name, faces)

    def free(self, avatar: int) -> None:
        """See `FaceEngine`."""
        self._renderer().free(avatar)

    def take_over(self, seconds: float) -> None:
        """Wait at most so long for what makes networks ready; calls never do."""
        self._renderer().take_over(seconds)

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Render B faces: features float32 [B, 16, 32, 32]; ValueError when shapes do not fit."""
        require_batch(self.feature, self.face, features, out)
        require_features(features)
        self._renderer().render(features, avatars, poses, out)

    def _renderer(self) -> "UltralightRenderer":
        if self._loaded is None:
            from models.face.ultralight.renderer import (  # noqa: PLC0415 - torch comes with it
                UltralightFiles,
                UltralightRenderer,
            )

            files = UltralightFiles(self._weights, self._weights / NAME, self._weights / HUBERT)
            self._loaded = UltralightRenderer(files, self._widths, builds=self._builds)
        return self._loaded
