"""What encodes an avatar's faces for MuseTalk: the VAE, from the folder of weights.

In: the cache's folder. Out: a function from faces to latents. Called where an avatar is
made; the networks are loaded by the first call and freed with the function.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actors.avatars import weights_in
from data.making.errors import CannotMake


def latents_of(cache: Path) -> Callable[[NDArray[np.uint8]], Iterator[NDArray[np.float16]]]:
    """From BGR faces uint8 [N, 256, 256, 3] to latents float16 [n, 8, 32, 32], N in all.

    CannotMake without torch or without the VAE's weights.
    """
    if find_spec("torch") is None or find_spec("diffusers") is None:
        raise CannotMake("a MuseTalk avatar needs torch: pip install 'ringtalk[neural]'")
    from models.face.engine import EngineError  # noqa: PLC0415 - only MuseTalk's avatars need it
    from models.face.musetalk.encode import LatentEncoder  # noqa: PLC0415 - torch comes with it

    try:
        return LatentEncoder(weights_in(cache)).encode
    except EngineError as error:
        raise CannotMake(f"a MuseTalk avatar needs the VAE: {error}") from error
