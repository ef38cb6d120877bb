"""A mouth of one frame in the light of another, so that every state has the same surroundings.

In: two pictures of one face on one canvas, and where it is pasted. Out: the first with the other's
light. Pure. What differs around the mask is laid smoothly over all within it, the way a membrane
hangs in its frame. Source: Perez et al., "Poisson Image Editing" (2003); it is found on a pyramid
(Gortler et al., "The Lumigraph", 1996: pull-push).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_MOST: Final = 40.0
"""Levels by which a frame may be darker or lighter than another."""
_LEAST_SIDE: Final = 4
_SOFT: Final = 0.02
"""Standard deviation over which both are compared, of the canvas's longer side."""


def in_light_of(
    picture: NDArray[np.float32], other: NDArray[np.float32], border: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The picture, float32 BGR [h, w, 3], as light as the other around the mask. border: float32
    [h, w], how much each pixel counts: 0 within the mask, 1 outside of it."""
    soft = max(1.0, _SOFT * max(border.shape))
    off = np.clip(other - picture, -_MOST, _MOST) * border[..., None]
    weight = cv2.GaussianBlur(border, (0, 0), soft)
    spread = cv2.GaussianBlur(off, (0, 0), soft)
    known = np.concatenate([spread, weight[..., None]], axis=-1) * border[..., None]
    return np.asarray(picture + _membrane(np.asarray(known, np.float32)), np.float32)


def _membrane(known: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weighted values [h, w, 3 + 1] spread over all of the canvas, [h, w, 3]."""
    height, width = known.shape[:2]
    weight = known[..., 3:]
    values = known[..., :3] / np.maximum(weight, 1e-6)
    share = np.clip(weight, 0, 1)
    if min(height, width) <= _LEAST_SIDE:
        total = np.maximum(weight.sum(axis=(0, 1)), 1e-6)
        mean = known[..., :3].sum(axis=(0, 1)) / total
        return np.asarray(share * values + (1 - share) * mean, np.float32)
    size = ((width + 1) // 2, (height + 1) // 2)
    half = 4 * np.asarray(cv2.resize(known, size, interpolation=cv2.INTER_AREA), np.float32)
    scale = 1 / np.maximum(1.0, half[..., 3:])
    coarse = _membrane(np.asarray(half * scale, np.float32))
    up = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(share * values + (1 - share) * up, np.float32)
