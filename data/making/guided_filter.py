"""A coarse mask brought onto the edges of the picture that it belongs to.

In: a colour picture and a mask of it. Out: a mask that is about a linear function of the colours
in every small window. Pure. Source: He, Sun and Tang, "Guided Image Filtering" (2010), for a guide
with three channels; worked out small and applied large as in "Fast Guided Filter" (2015).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]


def guided(
    guide: NDArray[np.uint8], mask: Plane, reach: int, scale: float, softness: float = 1e-4
) -> Plane:
    """float32 [H, W]; guide: uint8 BGR [H, W, 3]. mask: float32 [H, W]. reach: of a window, in
    pixels of the picture made smaller by `scale` (1 or less), in which the function is found.
    softness: variance of colours, 0 to 1, up to which there is no edge."""
    height, width = mask.shape
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(guide, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    wanted = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    slope, level = _fitted(np.asarray(small, np.float32), np.asarray(wanted, np.float32), reach,
                           softness)  # fmt: skip
    colours = guide.astype(np.float32) / np.float32(255)
    steep = cv2.resize(slope, (width, height), interpolation=cv2.INTER_LINEAR)
    base = cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray((colours * steep).sum(axis=2) + base, np.float32)


def _fitted(
    guide: NDArray[np.float32], mask: Plane, reach: int, softness: float
) -> tuple[NDArray[np.float32], Plane]:
    """The function of each pixel's windows: its slope [h, w, 3] and its level [h, w]."""
    window = (2 * reach + 1, 2 * reach + 1)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, window, borderType=cv2.BORDER_REFLECT), np.float32)

    middle, wanted = mean(guide), mean(mask)
    across = mean(guide * mask[..., None]) - middle * wanted[..., None]
    spread = np.empty((*mask.shape, 3, 3), np.float32)
    for one in range(3):
        for other in range(one, 3):
            both = mean(guide[..., one] * guide[..., other]) - middle[..., one] * middle[..., other]
            spread[..., one, other] = spread[..., other, one] = both
    spread += np.float32(softness) * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(spread, across[..., None])[..., 0]
    level = wanted - (slope * middle).sum(axis=2)
    return mean(np.ascontiguousarray(slope)), mean(level)
