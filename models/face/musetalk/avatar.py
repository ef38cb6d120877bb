"""An avatar's latents: checked, and brought to where the network runs.

In: the engine array `latents` of a prepared clip; out: a tensor [N, 8, 32, 32] on the
device, one row for each idle frame. Runs in inference, when an avatar is bound. Owns
nothing: the tensor is the engine's, and freed with it.
"""

import numpy as np
import torch

from data.clip import AvatarError, Clip
from models.face.musetalk.networks import Target
from models.face.musetalk.sizes import LATENT_CHANNELS, LATENT_SIDE, LATENTS


def read_latents(clip: Clip, target: Target) -> torch.Tensor:
    """The clip's latents on `target`; AvatarError when they are missing or do not fit."""
    if LATENTS not in clip.engine_arrays:
        raise AvatarError(f"the avatar {clip.name!r} has no {LATENTS}: create it again")
    array = clip.engine_arrays[LATENTS]
    wanted = (len(clip.frames), LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
    if array.shape != wanted or array.dtype not in (np.float16, np.float32):
        raise AvatarError(
            f"the avatar {clip.name!r} has {LATENTS} {array.dtype} {list(array.shape)}, wanted "
            f"float16 or float32 {list(wanted)}"
        )
    latents = torch.from_numpy(np.array(array)).to(target.device, target.dtype)
    if not torch.isfinite(latents).all():
        raise AvatarError(f"the avatar {clip.name!r}: not every number of {LATENTS} is finite")
    return latents
