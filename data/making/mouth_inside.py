"""What is seen between parted lips: a rendered mouth's teeth and tongue in the photo's light.

In: a rendered state, the photo's lips in it. Out: the photo with its mouth filled. Pure. The
rendered inside is brought from its own lips to the photo's by a smooth warp, made as light and as
tinted as the photo is, and shaded under the upper lip.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.lips import LipLines, heights
from data.making.mouth_moves import MouthPose
from data.making.photo_light import Light
from data.making.plate import Plate
from data.making.sampling import sample, smooth

_INWARD: Final = 0.016
"""Mouth widths by which the rendered inside is cut smaller, so that none of its lips is seen."""
_SHADE: Final = 0.25
_SHADE_DEEP: Final = 0.045
"""How dark the upper lip's shadow is, and how far it goes, in mouth widths."""
_SMALL: Final = (0.08, 0.20)
"""Openings, in mouth widths, in which all flesh is lip, and from which it is mostly tongue."""
_TONGUE: Final = 0.4
"""How much of the photo's lips' colour the tongue takes on."""


def fill(
    picture: NDArray[np.float32], lips: LipLines, mouth: MouthPose, light: Light
) -> NDArray[np.float32]:
    """The picture, float32 BGR, with the rendered inside between `lips`; a shut mouth as it is."""
    if mouth.opening == 0:
        return picture
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float64)[:, None]
    x = np.arange(width, dtype=np.float64)
    top, bottom = heights(lips.upper_inner, x), heights(lips.lower_inner, x)
    inside = (x > lips.middle[0, 0]) & (x < lips.middle[-1, 0])
    share = np.clip(rows - top + 0.5, 0, 1) * np.clip(bottom - rows + 0.5, 0, 1)
    share *= inside * np.clip(bottom - top, 0, 1)
    large = float(smooth(np.array((lips.gap - _SMALL[0]) / (_SMALL[1] - _SMALL[0]))))
    seen = light.on(_rendered(lips, mouth, share > 0), 1 - large * (1 - _TONGUE))
    depth = np.maximum(rows - top, 0) / (_SHADE_DEEP * lips.width)
    seen *= (1 - _SHADE * np.exp(-depth))[..., None].astype(np.float32)
    opacity = share[..., None].astype(np.float32)
    filled: NDArray[np.float32] = picture + opacity * (np.clip(seen, 0, 255) - picture)
    return filled


def _rendered(lips: LipLines, mouth: MouthPose, wanted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The rendered state's picture warped from its own lips to the photo's, where it is wanted."""
    mine = mouth.inside
    gap = (mine.lower_inner - mine.upper_inner)[:, 1:]
    inward = np.minimum(_INWARD * mine.width, 0.3 * np.maximum(gap, 0))
    step = np.array([0.0, 1.0]) * inward
    to = np.concatenate([lips.upper_inner, lips.lower_inner[1:-1]])
    source = np.concatenate([mine.upper_inner + step, (mine.lower_inner - step)[1:-1]])
    seen = np.zeros((*wanted.shape, 3), np.float32)
    x, y, width, height = cv2.boundingRect(wanted.astype(np.uint8))
    if width == 0 or height == 0:
        return seen
    field = Plate(to - (x, y), source - mouth.at, 0.3).field(width, height)
    seen[y : y + height, x : x + width] = sample(mouth.picture, field, cv2.INTER_LINEAR)
    return seen
