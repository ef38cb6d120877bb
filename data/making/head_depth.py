"""How far in front of its axis each pixel of a head lies, so that a turn has parallax.

In: a face's landmarks. Out: a smooth depth for each pixel of the picture. Pure. The axis goes
through both ears: they stand still when the head turns a little, the nose moves most, and beyond
hair and chin the depth falls to nothing, so that what is around stands still.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points

_CELLS: Final = 64
"""Cells of the grid over a face's width."""
_NEAR: Final = 4.0
_FAR: Final = 14.0
"""Cells over which landmarks are smoothed, and where there are few of them."""
_MESH: Final = 468
_FALL: Final = 0.42
"""Face widths beyond the outline after which the depth is a third."""
_MOST: Final = 0.62
"""Face widths: the nets see some noses longer than any."""


def head_depth(marks: NDArray[np.float64], width: int, height: int) -> NDArray[np.float32]:
    """float32 [height, width], pixels in front of the ears; marks: landmarks [478, 3]."""
    wide = float(np.ptp(marks[list(points.OVAL), 0]))
    cell = max(1.0, wide / _CELLS)
    columns, rows = max(2, int(np.ceil(width / cell))), max(2, int(np.ceil(height / cell)))
    ears = (marks[points.LEFT_CHEEK] + marks[points.RIGHT_CHEEK]) / 2
    # A head that looks aside has its near ear in front of its far one: the axis stays between.
    deep = np.clip(ears[2] - marks[:_MESH, 2], -_MOST * wide, _MOST * wide)
    at = np.rint(marks[:_MESH, :2] / cell).astype(int)
    within = (at >= 0) & (at < (columns, rows))
    inside = within[:, 0] & within[:, 1]
    sums, counts = (np.zeros((rows, columns), np.float32) for _ in range(2))
    np.add.at(sums, (at[inside, 1], at[inside, 0]), deep[inside].astype(np.float32))
    np.add.at(counts, (at[inside, 1], at[inside, 0]), 1)
    near, far = (
        [cv2.GaussianBlur(each, (0, 0), spread) for each in (sums, counts)]
        for spread in (_NEAR, _FAR)
    )
    trust = 0.02 * counts.max(initial=1) / (2 * np.pi * _NEAR**2)
    level = (near[0] + trust * far[0] / np.maximum(far[1], 1e-6)) / (near[1] + trust)
    outline = np.rint(marks[list(points.OVAL), :2] / cell).astype(np.int32)
    beyond = np.ones((rows, columns), np.uint8)
    cv2.fillPoly(beyond, [outline], 0)
    away = cv2.distanceTransform(beyond, cv2.DIST_L2, 5) / (_FALL * _CELLS)
    seen = [at[ear] for ear in (points.LEFT_CHEEK, points.RIGHT_CHEEK) if inside[ear]]
    axis = float(np.mean([level[y, x] for x, y in seen])) if seen else 0.0
    small = ((level - axis) * np.exp(-(away**2))).astype(np.float32)
    smooth = cv2.GaussianBlur(small, (0, 0), _NEAR / 2)
    large = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32)
