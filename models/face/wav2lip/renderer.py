"""The rendering half of Wav2Lip: windows and an avatar's faces through the generator.

In: float32 [B, 80, 16] windows, avatars and their frames. Out: uint8 I420 faces. Runs in
inference, in the engine's thread; owns the network and the bound avatars' faces.
"""

from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.face.gallery import Gallery
from models.face.network import device_here, dtype_on, i420_faces, runner
from models.face.wav2lip.mel import BANDS, COLUMNS
from models.face.wav2lip.network import SIZE_96, SIZE_256, Wav2Lip
from models.face.weights import find_weights, load_weights

VARIANTS: Final = MappingProxyType({96: SIZE_96, 256: SIZE_256})
_SILENCE: Final = -4.0


class Renderer:
    """The generator of one size with the weights called `name` in `weights`.

    narrow: by how much every width is divided, 1 but in tests. WeightsError when the file
    is missing or for another network.
    """

    def __init__(self, name: str, size: int, weights: Path, *, narrow: int = 1) -> None:
        with torch.device("meta"):
            network = Wav2Lip(VARIANTS[size].narrowed(narrow))
        load_weights(network, find_weights(weights, name))
        self._size = size
        self._device = device_here()
        self._dtype = dtype_on(self._device)
        self._run = runner(network, self._device, (1, BANDS, COLUMNS), (6, size, size))
        self._gallery = Gallery(self._device)

    def bind(self, faces: NDArray[np.uint8]) -> int:
        """Take in the faces [N, s, s, 3] of an avatar; its number."""
        return self._gallery.bind(faces)

    def free(self, avatar: int) -> None:
        """Let go of an avatar; KeyError if it is not bound."""
        self._gallery.free(avatar)

    @torch.inference_mode()
    def warm(self) -> None:
        """One face of silence, so that the first real one is as fast as the rest."""
        mel = np.full((1, BANDS, COLUMNS), _SILENCE, np.float32)
        self._faces(mel, torch.zeros(1, self._size, self._size, 3, dtype=torch.uint8))

    @torch.inference_mode()
    def render(
        self,
        features: NDArray[np.float32],
        avatars: NDArray[np.int32],
        poses: NDArray[np.int32],
        out: NDArray[np.uint8],
    ) -> None:
        """Write the faces of B rows to `out`, uint8 [B, s * 3 // 2, s]."""
        seen = self._gallery.rows(avatars.tolist(), poses.tolist())
        out[:] = self._faces(features, seen).cpu().numpy()

    def _faces(self, features: NDArray[np.float32], seen: torch.Tensor) -> torch.Tensor:
        """Windows and uint8 faces [B, s, s, 3] to I420 faces."""
        mel = torch.tensor(features).to(self._device, self._dtype)[:, None]
        whole = seen.to(self._device).permute(0, 3, 1, 2).to(self._dtype) / 255
        masked = whole.clone()
        masked[:, :, self._size // 2 :] = 0
        both = torch.cat([masked, whole], dim=1).contiguous(memory_format=torch.channels_last)
        return i420_faces(self._run(mel, both))
