"""Face crops to the latents that MuseTalk's network takes, when an avatar is made.

In: BGR faces; out: what the clip keeps as the engine array `latents`. Runs wherever an
avatar is made. Owns the VAE's encoding half and its memory.

Of every face the VAE encodes two pictures: one whose lower half is black, and the whole one
(MuseTalk, `get_latents_for_unet`). There a latent is drawn from the encoder's distribution;
here it is the distribution's mean, so that an avatar is the same each time it is made and
neighbouring frames do not flicker.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.face.musetalk.layout import find_vae
from models.face.musetalk.networks import read_vae
from models.face.musetalk.sizes import SIDE
from models.face.network import Target

AT_ONCE: Final = 8
"""Faces that are encoded as one batch."""


class LatentEncoder:
    """Loads the VAE from `weights` (`sd-vae/`); EngineError when it is not there."""

    def __init__(self, weights: Path, target: Target | None = None) -> None:
        self._target = target or Target.best()
        vae = read_vae(find_vae(weights))
        del vae.decoder, vae.post_quant_conv
        torch.nn.Module.to(vae, self._target.device, self._target.dtype)
        self._vae = vae.requires_grad_(False)
        self._scale = float(vae.config["scaling_factor"])

    def encode(self, faces: NDArray[np.uint8]) -> Iterator[NDArray[np.float16]]:
        """BGR uint8 [N, 256, 256, 3] to float16 [n, 8, 32, 32], batch by batch, N in all.

        ValueError for faces of another size.
        """
        if faces.dtype != np.uint8 or faces.shape[1:] != (SIDE, SIDE, 3):
            raise ValueError(f"faces are uint8 [N, {SIDE}, {SIDE}, 3], not {faces.shape}")
        for start in range(0, len(faces), AT_ONCE):
            yield self._encode(faces[start : start + AT_ONCE])

    def _encode(self, faces: NDArray[np.uint8]) -> NDArray[np.float16]:
        rgb = torch.from_numpy(faces[..., ::-1].copy()).permute(0, 3, 1, 2)
        whole = (rgb.to(self._target.device).float() / 127.5 - 1).to(self._target.dtype)
        upper = whole.clone()
        upper[:, :, SIDE // 2 :] = -1
        with torch.inference_mode():
            means = [self._vae.encode(part).latent_dist.mode() for part in (upper, whole)]
            latents = torch.cat(means, dim=1) * self._scale
        array: NDArray[np.float16] = latents.half().cpu().numpy()
        return array
