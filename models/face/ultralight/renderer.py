"""The rendering half of Ultralight: each avatar's rows through that avatar's own network.

In: HuBERT windows, avatars and their frames. Out: uint8 I420 faces. Runs in inference, in
the engine's thread; owns the bound avatars' networks (49 MB each) and faces.
"""

from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.face.gallery import Gallery
from models.face.network import Run, device_here, dtype_on, i420_faces, runner
from models.face.ultralight.network import Ultralight
from models.face.ultralight.sizes import SIDE, SOUND
from models.face.weights import WeightsError, find_weights, load_weights

_PAINTED: Final = (slice(5, 150), slice(5, 155))
"""Rows and columns that the network paints: the rectangle (5, 5, 150, 145) of training."""


class Renderer:
    """The networks of all bound avatars.

    folder: holds NAME.pth or NAME.safetensors of each avatar. widths: of every network.
    """

    def __init__(self, folder: Path, widths: tuple[int, ...]) -> None:
        self._folder = folder
        self._widths = widths
        self._device = device_here()
        self._dtype = dtype_on(self._device)
        self._networks: dict[int, Run] = {}
        self._gallery = Gallery(self._device)

    @torch.inference_mode()
    def bind(self, name: str, faces: NDArray[np.uint8]) -> int:
        """Load the network called `name`, run it once, take in faces [N, 160, 160, 3]."""
        network = self._load(name)
        blank = torch.zeros(1, SIDE, SIDE, 3, dtype=torch.uint8)
        self._faces(network, np.zeros((1, *SOUND), np.float32), blank)
        number = self._gallery.bind(faces)
        self._networks[number] = network
        return number

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        del self._networks[avatar]
        self._gallery.free(avatar)

    @torch.inference_mode()
    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Write the faces of B rows to `out`, uint8 [B, 240, 160]; a batch for each avatar."""
        made = []
        for avatar in np.unique(avatars).tolist():
            rows = np.flatnonzero(avatars == avatar)
            seen = self._gallery.rows([avatar] * len(rows), poses[rows].tolist())
            made.append((rows, self._faces(self._networks[avatar], features[rows], seen)))
        for rows, faces in made:
            out[rows] = faces.cpu().numpy()

    def _load(self, name: str) -> Run:
        if Path(name).name != name:
            raise WeightsError(f"{name!r} is no name of an avatar")
        with torch.device("meta"):
            network = Ultralight(self._widths)
        load_weights(network, find_weights(self._folder, name))
        return runner(network, self._device, (6, SIDE, SIDE), SOUND)

    def _faces(
        self, network: Run, features: NDArray[np.float32], seen: torch.Tensor
    ) -> torch.Tensor:
        """Windows and uint8 faces [B, 160, 160, 3] to I420 faces."""
        sound = torch.tensor(features).to(self._device, self._dtype)
        whole = seen.to(self._device).permute(0, 3, 1, 2).to(self._dtype) / 255
        masked = whole.clone()
        masked[:, :, *_PAINTED] = 0
        both = torch.cat([whole, masked], dim=1).contiguous(memory_format=torch.channels_last)
        return i420_faces(network(both, sound.contiguous(memory_format=torch.channels_last)))
