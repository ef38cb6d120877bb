"""The rendering half of Ultralight: each avatar's rows through that avatar's own network.

In: HuBERT windows, avatars and their frames. Out: uint8 I420 faces. Runs in inference, in
the engine's thread; owns the bound avatars' networks (49 MB each) and faces.
"""

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.face.cuda import Cuda
from models.face.exported import exported_runner
from models.face.gallery import Gallery
from models.face.network import Target, placed
from models.face.runner import BUCKETS, BucketRunner, Runner
from models.face.ultralight.network import ROW, Ultralight, UltralightFaces, folded
from models.face.ultralight.weights import load_ultralight
from models.face.weights import WeightsError, find_weights

_BUCKETS: Final = BUCKETS[:4]
"""Of one avatar: its network has to be captured when it is bound, and few share it."""


class Renderer:
    """The networks of all bound avatars.

    folder: holds NAME.pth or NAME.safetensors of each avatar. exported: where their exports
    are kept. widths: of every network.
    """

    def __init__(self, folder: Path, exported: Path, widths: tuple[int, ...]) -> None:
        self._folder = folder
        self._exported = exported
        self._widths = widths
        self._target = Target.best()
        self._cuda = Cuda(self._target.device) if self._target.on_cuda else None
        self._runners: dict[int, Runner] = {}
        self._gallery = Gallery(self._target.device, ROW.dtype)

    def bind(self, name: str, faces: NDArray[np.uint8]) -> int:
        """Load the network called `name`, run it once, take in faces [N, 160, 160, 3]."""
        if Path(name).name != name:
            raise WeightsError(f"{name!r} is no name of an avatar")
        runner = self._runner(find_weights(self._folder, name))
        runner.warm()
        number = self._gallery.bind(faces)
        self._runners[number] = runner
        return number

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        del self._runners[avatar]
        self._gallery.free(avatar)

    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Write the faces of B rows to `out`, uint8 [B, 240, 160]; a batch for each avatar."""
        seen = self._gallery.rows(avatars.tolist(), poses.tolist())
        for avatar in np.unique(avatars).tolist():
            rows = np.flatnonzero(avatars == avatar)
            faces = np.empty((len(rows), *ROW.face), np.uint8)
            self._runners[avatar].run([seen[row] for row in rows], features[rows], faces)
            out[rows] = faces

    def _runner(self, weights: Path) -> Runner:
        def load() -> UltralightFaces:
            with torch.device("meta"):
                network = Ultralight(self._widths)
            load_ultralight(network, weights)
            return folded(network)

        if self._cuda is None:
            return exported_runner(load, ROW, weights, self._exported)
        return BucketRunner(placed(load(), self._target), ROW, self._cuda, _BUCKETS)
