"""MuseTalk behind the engine interface: Whisper's tokens and an avatar's latents to faces.

In: sound (in features), its tokens with the avatar and the idle frame (in inference); out:
I420 faces of 256 x 256. Owns the Whisper encoder once a stream was made, the networks once
`warm()` or `render()` ran, and the latents of the avatars that are bound.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.clip import Clip
from models.face.batch import require_batch
from models.face.encoders.stream import EncodedStream
from models.face.encoders.whisper import CENTRED, WhisperEncoder
from models.face.encoders.window import Span
from models.face.engine import (
    EngineError,
    FaceSpec,
    FeatureSpec,
    require_clip,
    require_features,
)
from models.face.musetalk.avatar import read_latents
from models.face.musetalk.layout import V10, V15, Version, find_files, read_unet_config
from models.face.musetalk.sizes import SIDE

if TYPE_CHECKING:
    from models.face.network import Target
    from models.face.network_renderer import NetworkRenderer


class MuseTalkEngine:
    """See `FaceEngine`. A face fits only the idle frame whose latent it was made of.

    weights: the folder that holds `musetalkV15/` or `musetalk/`, `sd-vae/` and `whisper/`.
    span: the sound window; None for the one with the least delay. target: where the networks
    run; None for CUDA in fp16 where there is one. EngineError when files are missing or do
    not fit together.
    """

    face = FaceSpec(SIDE, SIDE)
    posed = True

    def __init__(
        self,
        weights: Path,
        version: Version = V15,
        span: Span | None = None,
        target: "Target | None" = None,
    ) -> None:
        self.name = version.engine
        self._files = find_files(weights, version)
        self._encoder = WhisperEncoder(self._files.whisper)
        self._span = span or CENTRED.smallest(self._encoder.tail)
        self.feature = FeatureSpec(
            kind=f"whisper-{CENTRED.before}-{CENTRED.after}",
            shape=self._encoder.shape(CENTRED),
            right_ms=self._span.right_ms,
        )
        wanted = read_unet_config(self._files.unet_config).get("cross_attention_dim")
        if wanted != self._encoder.width:
            raise EngineError(
                f"{self._files.unet_config}: cross attention of {wanted}, but {weights / 'whisper'}"
                f" gives {self._encoder.width}: another Whisper is needed (MuseTalk's is tiny)"
            )
        self._target = target
        self._loaded: NetworkRenderer | None = None

    def stream(self) -> EncodedStream:
        """A new session's stream; the first one loads Whisper."""
        return self._encoder.stream(CENTRED, self._span)

    def warm(self) -> None:
        """Load the networks and run every batch size once."""
        self._renderer().warm()

    def bind(self, clip: Clip) -> int:
        """See `FaceEngine`; the latents take 16 KB of the device's memory for each frame."""
        require_clip(clip, self.name, self.face)
        return self._renderer().bind(read_latents(clip))

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
        """Render B faces: features float32 [B, 50, 384], out uint8 [B, 384, 256].

        ValueError when the shapes do not fit or a pose is not of its avatar's clip; KeyError
        for an avatar that is not bound.
        """
        require_batch(self.feature, self.face, features, out)
        require_features(features)
        self._renderer().render(features, avatars, poses, out)

    def _renderer(self) -> "NetworkRenderer":
        if self._loaded is None:
            from models.face.musetalk.renderer import (  # noqa: PLC0415 - torch comes with it
                make_renderer,
            )
            from models.face.network import Target  # noqa: PLC0415 - as above

            target = self._target or Target.best()
            self._loaded = make_renderer(self._files, self.feature.shape[0], target)
        return self._loaded


def musetalk_15(weights: Path) -> MuseTalkEngine:
    """MuseTalk 1.5 from `musetalkV15/`, the engine `musetalk`."""
    return MuseTalkEngine(weights, V15)


def musetalk_10(weights: Path) -> MuseTalkEngine:
    """MuseTalk 1.0 from `musetalk/`, the engine `musetalk1`."""
    return MuseTalkEngine(weights, V10)
