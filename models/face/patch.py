"""The face patch of the built-in head: its pictures in I420, and its feathered mask.

In: a head's pictures; out: one I420 face for each mouth state, all cut at one place, and
the opacity with which they are pasted. Runs once, when an engine loads or a clip is made.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.head import Head
from data.i420 import i420_from_yuv, yuv_from_bgr
from models.face.engine import FaceSpec

_LIGHT_SIGMA: Final = 10.0
"""Pixels over which the light of two renders is compared."""
_SOLID: Final = 0.62
_ROUNDNESS: Final = 2.6


def state_faces(head: Head, at: tuple[int, int], face: FaceSpec) -> NDArray[np.uint8]:
    """uint8 [S, h * 3 // 2, w]: the face at `at` (x, y of the head picture) in every state.

    The states were rendered without hair, so a little more light falls on them: what the
    resting state differs from the head picture, blurred, is taken back from all of them.
    """
    box = head.mouth_box
    x, y = at[0] - box.x, at[1] - box.y
    inside = (slice(y, y + face.height), slice(x, x + face.width))
    rest = yuv_from_bgr(head.picture[box.y : box.y + box.height, box.x : box.x + box.width])
    light = cv2.GaussianBlur(rest - yuv_from_bgr(head.mouths[0]), (0, 0), _LIGHT_SIGMA)
    return np.stack(
        [i420_from_yuv(yuv_from_bgr(mouth[inside]) + light[inside]) for mouth in head.mouths]
    )


def face_mask(face: FaceSpec) -> NDArray[np.uint8]:
    """uint8 [h, w]: opaque in the middle, 0 at every edge, smooth on a rounded rectangle."""
    x = np.abs(np.linspace(-1, 1, face.width))
    y = np.abs(np.linspace(-1, 1, face.height))[:, None]
    radius = (x**_ROUNDNESS + y**_ROUNDNESS) ** (1 / _ROUNDNESS)
    fall = np.clip((1 - radius) / (1 - _SOLID), 0, 1)
    mask: NDArray[np.uint8] = np.rint(255 * fall * fall * (3 - 2 * fall)).astype(np.uint8)
    return mask
