"""How opaque a drawn face is: the lower face, faded out before the crop's edge.

In: landmarks and boxes of every frame, or the masks of MuseTalk's folders. Out: a uint8 mask for
the clip, or one for each frame where they differ. Pure. A mask reaches beyond the jaw, so that a
chin that drops stays inside of it, and its fade lies on cheek and neck, not on the jaw's line.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.boxes import STEADY_FRAMES, Crop, steady

_BESIDE: Final = 0.03
_BELOW: Final = 0.07
"""Parts of the face's width and height by which the mask is larger than the lower face: a jaw drops
far, and what lies beside a cheek is background."""
_FADE: Final = 0.035
"""Standard deviation of its fade, in parts of the width."""
_BORDER: Final = 0.1
_BOTTOM: Final = 0.06
"""Parts of the crop's side in which it reaches 0 at its edge; less at the bottom, where the chin of
MuseTalk's crop is, which would be seen twice if it were half drawn."""
_OUTLINE: Final = 37
"""Points of the outline of a crop that has no landmarks: about as many as MediaPipe's oval."""
_STILL: Final = 0.012
"""Parts of the width: an outline that moves less in its crop needs one mask only."""
_ALIKE: Final = 6.0
"""Levels: masks that differ less from their mean, on average where they differ most, are one."""
_OVER_TIME: Final = (1, 4, 6, 4, 1)
"""Weights of a frame's mask and its neighbours': a drawn mask trembles, and that is seen."""


def masks_of(
    landmarks: NDArray[np.float64], boxes: NDArray[np.float64], top: int, width: int, height: int
) -> NDArray[np.uint8]:
    """uint8 [height, width], or [N, height, width] if the face turns in its crop.

    landmarks: [N, 478, 3]. boxes: [N, 4]. top: the landmark at whose height the mask begins.
    """
    scale = np.array([width, height]) / (boxes[:, 2:] - boxes[:, :2])
    marks = landmarks[:, [*points.OVAL, top], :2]
    local = (marks - boxes[:, None, :2]) * scale[:, None]
    flat = steady(local.reshape(len(local), -1), STEADY_FRAMES).reshape(local.shape)
    if flat.std(axis=0).max() < _STILL * width:
        return _lower_face(local.mean(axis=0), width, height)
    return np.stack([_lower_face(each, width, height) for each in flat])


def _lower_face(marks: NDArray[np.float64], width: int, height: int) -> NDArray[np.uint8]:
    """uint8 [height, width] from the outline and, as the last, where the mask begins [37, 2]."""
    outline, top = marks[:-1], marks[-1, 1]
    outline = outline[outline[:, 1] > top]
    left, right = outline[:, 0].min(), outline[:, 0].max()
    corners = np.array([[left, top], [right, top]])
    hull = cv2.convexHull(np.concatenate([outline, corners]).astype(np.float32))
    solid = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(solid, np.rint(hull).astype(np.int32), 255)
    grow = (2 * round(_BESIDE * width) + 1, 2 * round(_BELOW * height) + 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, grow)
    grown = np.asarray(cv2.dilate(solid, kernel), np.uint8)
    grown[: max(0, round(top))] = 0
    return faded(grown)


def usual_mask(crop: Crop) -> NDArray[np.uint8]:
    """uint8 [size, size]: the mask of an engine's crop that comes without landmarks, as
    `masks_of` makes it of a usual face: of half an ellipse, from the cheeks to the chin, what is
    below the row where the drawn part begins."""
    cheeks, top, chin = (part * crop.size for part in crop.usual)
    middle = (crop.size - 1) / 2
    down = np.linspace(0, np.pi, _OUTLINE)
    reach = np.stack([np.cos(down) * crop.size / 2, np.sin(down) * (chin - cheeks)], axis=1)
    outline = np.concatenate([np.add(reach, (middle, cheeks + 1)), [[middle, top]]])
    return _lower_face(outline, crop.size, crop.size)


def one_mask(masks: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """The one mask [h, w] of a clip's frames [N, h, w], drawn one by one, 0 at the edge; None
    where they are not all about the same."""
    mean = np.asarray(np.mean(masks, axis=0, dtype=np.float32), np.float32)
    if _apart(masks, mean) >= _ALIKE:
        return None
    return np.asarray(np.rint(mean * _edge(*masks.shape[1:])), np.uint8)


def over_time(masks: NDArray[np.uint8], made: NDArray[np.uint8]) -> None:
    """Put the masks of a clip's frames [N, h, w], drawn one by one, into `made`: steady, and 0
    at the edge."""
    edge = _edge(*masks.shape[1:])
    reach = len(_OVER_TIME) // 2
    for number in range(len(masks)):
        near = np.clip(np.arange(number - reach, number + reach + 1), 0, len(masks) - 1)
        mixed = np.average(masks[near], axis=0, weights=_OVER_TIME)
        made[number] = np.rint(mixed * edge)


def _apart(masks: NDArray[np.uint8], mean: NDArray[np.float32]) -> float:
    """Levels by which the masks differ from their mean, in the 5 % of pixels that do most."""
    away = np.zeros_like(mean)
    for mask in masks:
        away += np.abs(mask - mean)
    away /= len(masks)
    return float(away[away >= np.quantile(away, 0.95)].mean())


def faded(solid: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A solid mask with a soft outline, 0 at the crop's edge."""
    height, width = solid.shape
    soft = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), _FADE * width)
    return np.asarray(np.rint(soft * _edge(height, width)), np.uint8)


def _edge(height: int, width: int) -> NDArray[np.float32]:
    """float32 [height, width]: 0 at the edge, 1 inside, smooth between."""
    rows, columns = np.arange(height), np.arange(width)
    sides = np.minimum(columns, columns[::-1]) / (_BORDER * width)
    ends = np.minimum(rows / (_BORDER * height), rows[::-1] / (_BOTTOM * height))
    return np.minimum(_smooth(ends)[:, None], _smooth(sides)).astype(np.float32)


def _smooth(rise: NDArray[np.float64]) -> NDArray[np.float64]:
    share = np.clip(rise, 0, 1)
    return share * share * (3 - 2 * share)
