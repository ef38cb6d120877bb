"""Pictures looked at elsewhere, and shares that fade without a corner.

In: pictures, places, sizes. Out: float32 pictures, float64 shares 0 to 1. Pure.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_ROUNDNESS: Final = 2.6
"""Exponent of the rounded rectangle (a superellipse): 2 is an ellipse."""


def sample(
    picture: NDArray[np.uint8] | NDArray[np.float32],
    source: NDArray[np.float32],
    how: int = cv2.INTER_CUBIC,
) -> NDArray[np.float32]:
    """float32 [h, w, ...]: the picture where `source` [h, w, 2] says, x first; beyond its edge
    its border repeats."""
    x, y = np.ascontiguousarray(source[..., 0]), np.ascontiguousarray(source[..., 1])
    seen = cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32)


def pixels(width: int, height: int) -> NDArray[np.float32]:
    """Every pixel's own x and y, float32 [height, width, 2]."""
    axes = (np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.stack(np.meshgrid(*axes), axis=-1)


def smooth(part: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 up to 0, 1 from 1 on, without a corner at either."""
    inside: NDArray[np.float64] = np.clip(part, 0.0, 1.0)
    return inside * inside * (3 - 2 * inside)


def rounded(width: int, height: int, solid: float, end: float) -> NDArray[np.float64]:
    """float64 [height, width] on a rounded rectangle: 1 within `solid` of its half sides, 0 from
    `end` on, smooth between."""
    x = np.abs(np.linspace(-1, 1, width))
    y = np.abs(np.linspace(-1, 1, height))[:, None]
    radius = (x**_ROUNDNESS + y**_ROUNDNESS) ** (1 / _ROUNDNESS)
    return smooth((end - radius) / (end - solid))
