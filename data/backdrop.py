"""What stands behind a person of whom only the person was rendered.

In: a size and a colour; out: a picture. Pure; runs when a clip is prepared.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

DEFAULT: Final = (178, 168, 156)
"""BGR: a cool grey that suits every skin."""
_FALL: Final = 0.30
"""How much darker the corners are than the light behind the head."""
_SEED: Final = 0


def backdrop(shape: tuple[int, ...], colour: tuple[int, int, int] = DEFAULT) -> NDArray[np.uint8]:
    """BGR uint8 [H, W, 3]: `colour`, lit behind the head and darker to the corners.

    Grain of one grey level keeps the slope from showing as rings."""
    height, width = shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    away = np.hypot((x / width - 0.5) * 1.1, y / height - 0.36)
    light = 1.06 - _FALL * np.clip(away / 0.75, 0, 1) ** 1.6
    grain = np.random.default_rng(_SEED).uniform(-0.5, 0.5, (height, width, 1))
    picture = light[..., None] * np.array(colour, np.float32) + grain
    rounded: NDArray[np.uint8] = np.rint(picture).clip(0, 255).astype(np.uint8)
    return rounded
