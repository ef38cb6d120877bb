"""What stands behind a person of whom only the person was rendered.

In: a size and a colour, or a picture; out: a picture of that size. Pure; runs when a clip is
prepared, and in the compositor for a session that has another background.
"""

from typing import Final

import cv2
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


def covered(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """BGR [height, width, 3]: a BGR picture scaled to fill it, cut in the middle."""
    have_height, have_width = picture.shape[:2]
    scale = max(width / have_width, height / have_height)
    cut_width = min(have_width, max(1, round(width / scale)))
    cut_height = min(have_height, max(1, round(height / scale)))
    x, y = (have_width - cut_width) // 2, (have_height - cut_height) // 2
    cut = picture[y : y + cut_height, x : x + cut_width]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut, (width, height), interpolation=way), np.uint8)
