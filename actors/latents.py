"""What is needed to make an avatar for an engine; for MuseTalk the VAE that encodes its faces.

In: the cache's folder, a name, an engine's name. Out: an order for `data.making.make`, with a
function from faces to latents in it where the engine wants some. Called where an avatar is made;
the networks are loaded by the first call and freed with the function.
"""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from actors.avatars import weights_in
from actors.mouth_hearing import mouth_hearing
from data.making.boxes import STEADY_FRAMES
from data.making.errors import CannotMake
from data.making.make import AvatarOrder, needs_latents
from data.making.photo_layers import Background
from models.face.engine import BUILTIN_ENGINE


def order_of(
    cache: Path,
    name: str,
    engine: str,
    spread: float = STEADY_FRAMES,
    face: int | None = None,
    background: Background | None = None,
) -> AvatarOrder:
    """What `make_avatar` is given, whoever asks for the avatar. spread, face, background: see
    `AvatarOrder`.

    CannotMake as `latents_of`, ValueError for an engine for which no avatar is made.
    """
    encode = latents_of(cache) if needs_latents(engine) else None
    hearing = mouth_hearing() if engine == BUILTIN_ENGINE else None
    return AvatarOrder(
        name, engine, encode, spread, face=face, background=background, hearing=hearing
    )


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
        raise CannotMake(
            f"a MuseTalk avatar needs the VAE (ringtalk models pull musetalk): {error}"
        ) from error
