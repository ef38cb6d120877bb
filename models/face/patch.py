"""The face patch of the built-in head: its pictures in I420, and its feathered mask.

In: a head's pictures; out: one I420 face for each mouth state, all cut at one place, and
the opacity with which they are pasted. Runs once, when an engine loads or a clip is made.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.head import Head
from data.i420 import i420_from_yuv, yuv_from_bgr
from models.face.engine import FaceSpec

_SOLID: Final = 0.74
_ROUNDNESS: Final = 2.6
SOLID: Final = 255
"""Opacity of the head from which a pixel may be pasted: no background goes with a face."""


def state_faces(head: Head, at: tuple[int, int], face: FaceSpec) -> NDArray[np.uint8]:
    """uint8 [S, h * 3 // 2, w]: the face at `at` (x, y of the head picture) in every state.

    ValueError if a part of the mouth's box lies outside the face."""
    rows, columns = _inside(head, at, face)
    rest = yuv_from_bgr(head.picture[at[1] : at[1] + face.height, at[0] : at[0] + face.width])
    faces = np.empty((len(head.mouths), face.height * 3 // 2, face.width), np.uint8)
    for mouth, out in zip(head.mouths, faces, strict=True):
        drawn = rest.copy()
        drawn[rows, columns] = yuv_from_bgr(mouth)
        out[:] = i420_from_yuv(drawn)
    return faces


def face_mask(head: Head, at: tuple[int, int], face: FaceSpec) -> NDArray[np.uint8]:
    """uint8 [h, w]: opaque about the mouth, smooth on a rounded rectangle, 0 from the edge of
    the mouth's box on, so that eyes, hair and background stay the clip's."""
    rows, columns = _inside(head, at, face)
    x = np.abs(np.linspace(-1, 1, head.mouth_box.width))
    y = np.abs(np.linspace(-1, 1, head.mouth_box.height))[:, None]
    radius = (x**_ROUNDNESS + y**_ROUNDNESS) ** (1 / _ROUNDNESS)
    fall = np.clip((1 - radius) / (1 - _SOLID), 0, 1)
    mask = np.zeros((face.height, face.width), np.uint8)
    mask[rows, columns] = np.rint(255 * fall * fall * (3 - 2 * fall))
    mask[head.opacity[at[1] :, at[0] :][: face.height, : face.width] < SOLID] = 0
    return mask


def _inside(head: Head, at: tuple[int, int], face: FaceSpec) -> tuple[slice, slice]:
    """The rows and columns of the face that the mouth's box takes."""
    box = head.mouth_box
    x, y = box.x - at[0], box.y - at[1]
    if min(x, y) < 0 or x + box.width > face.width or y + box.height > face.height:
        raise ValueError(f"{box} is not inside the face {face} at {at}")
    return slice(y, y + box.height), slice(x, x + box.width)
