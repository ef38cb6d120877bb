"""How opaque a harvested mouth is: all of the lower face, nothing of what is beside it.

In: a face at rest on the canvas. Out: float64 [h, w], 0 to 1. Pure. Beside the jaw lies background,
which moves against the head as it turns; below the chin lies the neck, into which the jaw drops.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.mouth_warp import Place
from data.making.sampling import rounded, smooth

_SOLID: Final = 0.74
_DROPS: Final = 0.20
"""Face widths below the chin that belong to a mouth: there the jaw drops to."""
_NECK: Final = 0.25
"""Face widths to both sides of the chin within which that is so."""
_NOSE: Final = 0.05
_LIP: Final = 0.75
"""Where it begins and where it is whole, of the way from the nose to the lip: nostrils are the
frame's own."""
_FADE: Final = 0.09
"""Face widths over which the mask fades within the face's outline."""


def mouth_mask(place: Place) -> NDArray[np.float64]:
    """The opacity of what is pasted."""
    height, width = place.picture.shape[:2]
    outline = place.marks[list(points.OVAL)]
    wide = float(np.ptp(outline[:, 0]))
    beside = np.abs(outline[:, 0] - place.marks[points.CHIN, 0]) / (_NECK * wide)
    low = outline[:, 1] > place.lips.middle[:, 1].mean()
    neck = outline + np.stack([np.zeros(len(outline)), _DROPS * wide * smooth(1.6 - beside)], 1)
    hull = cv2.convexHull(np.concatenate([outline, neck[low]]).astype(np.float32))
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, np.rint(hull).astype(np.int32), 1)
    # What lies beyond the canvas is no edge of the face.
    padded = np.pad(inside, 1, mode="edge")
    deep = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    nose = place.marks[points.NOSE_BOTTOM, 1]
    lip = place.lips.upper_outer[:, 1].min()
    below = (np.arange(height, dtype=np.float64)[:, None] - nose) / max(1.0, float(lip - nose))
    inward = np.asarray(deep, np.float64) / (_FADE * wide)
    share = smooth((below - _NOSE) / (_LIP - _NOSE)) * smooth(inward)
    return rounded(width, height, _SOLID, 1.0) * share
