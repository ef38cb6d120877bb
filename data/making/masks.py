"""How opaque a drawn face is: the lower face, faded out before the crop's edge.

In: landmarks and boxes of every frame, or the masks of MuseTalk's folders. Out: one uint8
mask for the clip. Pure. The mask reaches beyond the jaw, so that a chin that drops stays
inside of it, and its fade lies on cheek and neck, not on the jaw's line.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points

_GROW: Final = 0.06
"""Parts of the face's width by which the mask is larger than the lower face."""
_FADE: Final = 0.035
"""Standard deviation of its fade, in parts of the width."""
_BORDER: Final = 0.1
"""Parts of the width in which it reaches 0 at the crop's edge."""
_LOWER: Final = 0.5
"""Where the drawn half of a crop begins that has no landmarks."""


def mask_of(
    landmarks: NDArray[np.float64], boxes: NDArray[np.float64], top: int, width: int, height: int
) -> NDArray[np.uint8]:
    """uint8 [height, width] from landmarks [N, 478, 3] and boxes [N, 4].

    top: the landmark at whose height the mask begins.
    """
    scale = np.array([width, height]) / (boxes[:, 2:] - boxes[:, :2])
    local = (landmarks[:, :, :2] - boxes[:, None, :2]) * scale[:, None]
    marks = local.mean(axis=0)
    outline = marks[list(points.OVAL)]
    outline = outline[outline[:, 1] > marks[top, 1]]
    left, right = outline[:, 0].min(), outline[:, 0].max()
    corners = np.array([[left, marks[top, 1]], [right, marks[top, 1]]])
    hull = cv2.convexHull(np.concatenate([outline, corners]).astype(np.float32))
    solid = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(solid, np.rint(hull).astype(np.int32), 255)
    grow = 2 * round(_GROW * width) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (grow, grow))
    grown = np.asarray(cv2.dilate(solid, kernel), np.uint8)
    grown[: max(0, round(marks[top, 1]))] = 0
    return faded(grown)


def lower_half(width: int, height: int) -> NDArray[np.uint8]:
    """The mask of a crop without landmarks: its lower half, rounded below."""
    solid = np.zeros((height, width), np.uint8)
    middle, axes = (width // 2, round(height * _LOWER)), (round(width * 0.46), round(height * 0.46))
    cv2.ellipse(solid, middle, axes, 0, 0, 180, 255, -1)
    return faded(solid)


def mean_mask(masks: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """One mask for all frames, uint8 [h, w], from one for each; 0 at the edge."""
    mean = np.mean(np.stack(masks), axis=0)
    return np.asarray(np.rint(mean * _edge(*mean.shape)), np.uint8)


def faded(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A solid mask with a soft outline, 0 at the crop's edge."""
    height, width = solid.shape
    soft = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), _FADE * width)
    return np.asarray(np.rint(soft * _edge(height, width)), np.uint8)


def _edge(height: int, width: int) -> NDArray[np.float32]:
    """float32 [height, width]: 0 at the edge, 1 inside, smooth between."""
    reach = _BORDER * width

    def ramp(length: int) -> NDArray[np.float64]:
        at = np.arange(length)
        rise = np.clip(np.minimum(at, length - 1 - at) / reach, 0, 1)
        return rise * rise * (3 - 2 * rise)

    return np.minimum(ramp(height)[:, None], ramp(width)[None]).astype(np.float32)
