"""The Wav2Lip engines, 96 and 256 px: mel windows and an avatar's faces to I420 faces.

In: float32 [B, 80, 16] windows; the avatar's own face in every idle frame. Out: that face
with its lower half painted anew. `render` and what goes with it runs in inference, on a GPU
in half precision where there is one; the stream in features needs numpy only. Owns the
network (36 or 54 million parameters) and the bound avatars' faces.

Avatar arrays: `faces` uint8 [N, s, s, 3], BGR, the face of each idle frame.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.batch import require_batch
from models.face.engine import FaceSpec, FeatureSpec, require_array, require_clip
from models.face.wav2lip.mel import BANDS, COLUMNS, Lead, Wav2LipMelStream, right_ms

if TYPE_CHECKING:
    from models.face.network_renderer import NetworkRenderer

FAMILY: Final = "wav2lip"
"""The engine that the clips of both sizes name."""
FACES: Final = "faces"


class Wav2LipEngine:
    """See `FaceEngine`.

    name: also of the weights' set. size: of a face, 96 or 256. weights: the folder in which they
    lie, as `name`.safetensors, `name`.pth or under another name. lead: where a tick's window
    begins.
    """

    posed = True

    def __init__(
        self, name: str, size: int, weights: Path, lead: Lead = Lead.TRAINED, *, narrow: int = 1
    ) -> None:
        self.name = name
        self.face = FaceSpec(size, size)
        self.feature = FeatureSpec(f"wav2lip-mel{int(lead)}", (BANDS, COLUMNS), right_ms(lead))
        self._weights = weights
        self._lead = lead
        self._narrow = narrow
        self._loaded: NetworkRenderer | None = None

    def stream(self) -> Wav2LipMelStream:
        """A new session's stream; imports no torch."""
        return Wav2LipMelStream(self._lead)

    def warm(self) -> None:
        """Load the weights and run the network; EngineError where there are none or wrong ones."""
        self._renderer().warm()

    def bind(self, clip: Clip) -> int:
        """See `FaceEngine`; AvatarError when the clip has no faces of the right shape."""
        require_clip(clip, FAMILY, self.face)
        shape = (len(clip.frames), self.face.height, self.face.width, 3)
        return self._renderer().bind(require_array(clip, FACES, np.uint8, shape))

    def free(self, avatar: int) -> None:
        """See `FaceEngine`."""
        self._renderer().free(avatar)

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Render B faces: features float32 [B, 80, 16]; ValueError when shapes do not fit."""
        require_batch(self.feature, self.face, features, out)
        if len(features):
            self._renderer().render(features, avatars, poses, out)

    def _renderer(self) -> "NetworkRenderer":
        if self._loaded is None:
            from models.face.wav2lip.renderer import (  # noqa: PLC0415 - torch comes with it
                make_renderer,
            )

            size = self.face.width
            self._loaded = make_renderer(self.name, size, self._weights, narrow=self._narrow)
        return self._loaded


def wav2lip_96(weights: Path) -> Wav2LipEngine:
    """Wav2Lip as first published: `wav2lip.pth`."""
    return Wav2LipEngine("wav2lip", 96, weights)


def wav2lip_256(weights: Path) -> Wav2LipEngine:
    """The variant of 256 px: `wav2lip256.pth`."""
    return Wav2LipEngine("wav2lip256", 256, weights)
