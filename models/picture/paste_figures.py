"""Whether a pasted face is seen to be one: its flicker, its edge, its sharpness.

In: grey pictures without it and with it, masks as they lie in each. Out: figures. Pure. Temporal
high frequencies are what is left of a pixel after its neighbours in time: the second difference,
scaled so that white noise gives its standard deviation.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks.finder import Face
from data.making.lips import LIPS
from data.making.photo_texture import EYES, fineness

INSIDE: Final = 200
"""Mask levels from which a pixel is inside."""


def flicker(pictures: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Grey levels; where: bool [N, H, W], taken at the middle one of each three pictures."""
    second = pictures[2:] - 2 * pictures[1:-1] + pictures[:-2]
    return float(np.sqrt(np.square(second[where[1:-1]]).mean() / 6))


def seam(
    base: NDArray[np.float32], pasted: NDArray[np.float32], masks: NDArray[np.uint8]
) -> tuple[float, float]:
    """Mean slope across the mask's edge, pasted to base; and the mean step over it, in levels: how
    much of the mask's own shape is in what was added (least squares over each picture)."""
    slopes, steps = np.zeros(2), []
    for one, other, mask in zip(base, pasted, masks, strict=True):
        edge_x, edge_y = _slopes(mask.astype(np.float32) / 255)
        steep = np.hypot(edge_x, edge_y)
        edge = steep > 0.25 * steep.max(initial=1e-3)
        across = []
        for place, picture in enumerate((one, other)):
            x, y = _slopes(picture)
            across.append((x * edge_x + y * edge_y)[edge] / steep[edge])
            slopes[place] += np.abs(across[-1]).sum()
        added = ((across[1] - across[0]) * steep[edge]).sum()
        steps.append(abs(added) / np.square(steep[edge]).sum())
    return float((slopes[1] + 1) / (slopes[0] + 1)), float(np.mean(steps))


def _slopes(picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Levels per pixel along x and y."""
    x = cv2.Scharr(picture, cv2.CV_32F, 1, 0, scale=1 / 32)
    y = cv2.Scharr(picture, cv2.CV_32F, 0, 1, scale=1 / 32)
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def sharpness(pictures: list[NDArray[np.float32]], faces: list[Face]) -> float:
    """Fine detail to coarser about the mouth, to that about the eyes; the median of pictures."""
    mouth = (tuple(sorted(LIPS)),)
    pairs = [
        [fineness(picture, face.landmarks[:, :2], parts, 0.0) for parts in (mouth, EYES)]
        for picture, face in zip(pictures, faces, strict=True)
    ]
    mouths, eyes = np.median(np.array(pairs), axis=0)
    return float(mouths / max(float(eyes), 1e-3))
