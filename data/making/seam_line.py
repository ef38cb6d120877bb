"""Where shut lips meet, to the pixel: the dark line between them.

In: a picture and the line where landmarks have it. Out: the line on the darkest path from corner to
corner. Pure. Landmarks are two or three pixels off in a large face, and a mouth that opens
beside its own line shows that line on one of its lips.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.lips import Line, heights
from data.making.sampling import sample

_REACH: Final = 0.05
"""Parts of the mouth's width up to which the line may lie above or below the landmarks."""
_STRAY: Final = 14.0
"""Grey levels that a path gives for the whole reach."""
_STEP: Final = 5.0
"""And for every pixel up or down from one column to the next."""


def seam_line(picture: NDArray[np.uint8], middle: Line) -> Line:
    """The points of `middle` [11, 2] moved up or down onto the dark line; its ends stay.

    picture: uint8 BGR.
    """
    x = np.arange(int(np.ceil(middle[0, 0])), int(middle[-1, 0]) + 1)
    if len(x) < 3:
        return middle.copy()
    reach = max(1, round(_REACH * (middle[-1, 0] - middle[0, 0])))
    off = np.arange(-reach, reach + 1)
    guess = heights(middle, x.astype(np.float64))
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (0, 0), 1.0)
    at = np.stack(np.broadcast_arrays(x[:, None], guess[:, None] + off), -1).astype(np.float32)
    seen = sample(np.asarray(grey, np.uint8), at, cv2.INTER_LINEAR)
    near = np.minimum(np.arange(len(x)), np.arange(len(x))[::-1]) / (0.15 * len(x))
    stray = _STRAY / np.clip(near, 0.25, 1)[:, None]
    path = _cheapest(seen.astype(np.float64) + stray * (off / reach) ** 2) - reach
    smooth = np.convolve(np.pad(path, 4, mode="edge"), np.hanning(11)[1:-1] / 5, mode="valid")
    found = middle.copy()
    found[1:-1, 1] += np.interp(middle[1:-1, 0], x, smooth)
    return found


def _cheapest(cost: NDArray[np.float64]) -> NDArray[np.float64]:
    """The row of the cheapest path in each column; cost: [columns, rows]."""
    columns, rows = cost.shape
    best = cost.copy()
    came = np.zeros((columns, rows), np.int64)
    for column in range(1, columns):
        before = np.pad(best[column - 1], 1, constant_values=np.inf)
        ways = np.stack([before[:-2] + _STEP, before[1:-1], before[2:] + _STEP])
        came[column] = ways.argmin(axis=0) - 1
        best[column] += ways.min(axis=0)
    path = np.empty(columns)
    row = int(best[-1].argmin())
    for column in range(columns - 1, -1, -1):
        path[column] = row
        row += int(came[column, row])
    return path
