"""An avatar's latents, checked.

In: a prepared clip; out: its engine array `latents`, [N, 8, 32, 32], one row for each idle
frame. Runs in inference, when an avatar is bound. Owns nothing: the array is the clip's.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.clip import AvatarError, Clip
from models.face.musetalk.sizes import LATENT_CHANNELS, LATENT_SIDE, LATENTS


def read_latents(clip: Clip) -> NDArray[Any]:
    """The clip's latents; AvatarError when they are missing or do not fit."""
    if LATENTS not in clip.engine_arrays:
        raise AvatarError(f"the avatar {clip.name!r} has no {LATENTS}: create it again")
    array = clip.engine_arrays[LATENTS]
    wanted = (len(clip.frames), LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE)
    if array.shape != wanted or array.dtype not in (np.float16, np.float32):
        raise AvatarError(
            f"the avatar {clip.name!r} has {LATENTS} {array.dtype} {list(array.shape)}, wanted "
            f"float16 or float32 {list(wanted)}"
        )
    if not np.isfinite(array).all():
        raise AvatarError(f"the avatar {clip.name!r}: not every number of {LATENTS} is finite")
    return array
