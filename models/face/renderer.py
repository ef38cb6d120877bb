"""The rendering half of the built-in engine: log-mel windows to I420 faces.

In: float32 [B, 80, 72] windows; out: uint8 [B, 321, 216] faces. Runs in inference; owns the
network's session and the atlas of mouths (5 MB), freed with the object.
"""

import numpy as np
from numpy.typing import NDArray

from data.head import builtin_folder, load_head
from models.face.atlas import Atlas
from models.face.builtin import FACE, FACE_AT
from models.face.mouth import MouthNet
from models.face.patch import state_faces


class Renderer:
    """The network and the pictures of `data/builtin/`; AvatarError when a file is missing."""

    def __init__(self) -> None:
        head = load_head()
        self._net = MouthNet(builtin_folder() / "mouth.onnx")
        self._atlas = Atlas(head.states, state_faces(head, FACE_AT, FACE))

    def render(self, features: NDArray[np.float32], out: NDArray[np.uint8]) -> None:
        """Write the face of each window to `out`; one run of the network for all."""
        for parameters, face in zip(self._net.parameters(features), out, strict=True):
            self._atlas.draw(parameters, face)
