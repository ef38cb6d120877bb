"""The brows of a photo, raised: the strip above the eyes warped upwards a little.

In: the face in a picture. Out: the strip's box and the strip at each level. Pure. The brows rise
whole, the skin above them is pushed together and the lids keep still.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.mouth_warp import Place
from data.making.plate import Plate
from data.making.sampling import pixels, sample, smooth

LEVELS: Final = 3
"""Pictures, evenly rising to the full rise."""
_RISE: Final = 0.025
"""How high brows rise at most, in parts of the face's height; the inner ends less."""
_INNER: Final = 0.7
_UPPER_EDGES: Final = ((70, 63, 105, 66, 107), (300, 293, 334, 296, 336))
_ABOVE: Final = 0.11
"""Parts of the face's height above the brows where the forehead holds still."""
_CALM: Final = 0.16
"""Parts of the picture's width, at each side, in which the motion fades out."""
_CLEAR: Final = 0.45
"""Where the strip ends, of the way from the lids up to the brows."""

Rows = tuple[int, int]


def brow_rows(place: Place) -> Rows:
    """First and last (exclusive) row of the strip that moves: above it nothing does, below it
    are the lids."""
    return int(np.floor(strip_top(place.marks))), int(np.ceil(_lid_line(place.marks)))


def strip_top(marks: NDArray[np.float64]) -> float:
    """The row where the forehead holds still; marks: [478, 2 or more]."""
    high = float(np.hypot(*(marks[points.FOREHEAD] - marks[points.CHIN])[:2]))
    return float(marks[[*_UPPER_EDGES[0], *_UPPER_EDGES[1]], 1].min() - _ABOVE * high)


def raised(place: Place, level: float, rows: Rows) -> NDArray[np.float32]:
    """The strip, float32 BGR [rows, width, 3], with the brows raised by `level` of 0..1."""
    marks = place.marks
    up = marks[points.FOREHEAD] - marks[points.CHIN]
    full = level * _RISE * up
    to, source = [], []
    for lower, upper in zip((points.LEFT_BROW, points.RIGHT_BROW), _UPPER_EDGES, strict=True):
        for line in (lower, upper):
            brow = marks[list(line)]
            share = _shares(len(line), lower is points.LEFT_BROW)
            source.append(brow)
            to.append(brow + share[:, None] * full)
    still = _still(marks, up)
    picture = place.picture.astype(np.float32)
    height, width = picture.shape[:2]
    plate = Plate(np.concatenate([*to, still]), np.concatenate([*source, still]))
    here = pixels(width, min(height, rows[1]))
    aside = np.minimum(np.arange(width), np.arange(width)[::-1]) / (_CALM * width)
    window = smooth(aside).astype(np.float32)[:, None]
    field = here + window * (plate.field(width, min(height, rows[1])) - here)
    return sample(picture, np.asarray(field[max(0, rows[0]) :], np.float32))


def _shares(count: int, inner_last: bool) -> NDArray[np.float64]:
    shares = np.linspace(1.0, _INNER, count)
    return shares if inner_last else shares[::-1]


def _lid_line(marks: NDArray[np.float64]) -> float:
    """The row between the lids and the brows where the strip ends."""
    lids = marks[[*points.LEFT_LIDS[0], *points.RIGHT_LIDS[0]], 1].min()
    brows = marks[[*points.LEFT_BROW, *points.RIGHT_BROW], 1].mean()
    return float(lids + _CLEAR * (brows - lids))


def _still(marks: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points that keep still: lids, nose, temples, the forehead's upper part."""
    fixed = [*points.LEFT_LIDS[0], *points.RIGHT_LIDS[0], points.BETWEEN_EYES, points.NOSE_BRIDGE,
             127, 356, 162, 389, 21, 251]  # fmt: skip
    brows = marks[[*_UPPER_EDGES[0], *_UPPER_EDGES[1]]]
    return np.concatenate([marks[fixed], brows + _ABOVE * up, brows + 2 * _ABOVE * up])
