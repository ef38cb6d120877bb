"""Lips as four lines of eleven points, and how near to each other they are.

In: landmarks of a face. Out: lines from the picture's left corner of the mouth to its right one,
float64 [11, 2], in pixels. Pure. Eleven columns of one number belong together: what lies above
each other in a mouth at rest stays a pair in every other mouth.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = 11
UPPER_INNER: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LOWER_INNER: Final = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
UPPER_OUTER: Final = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LOWER_OUTER: Final = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
BETWEEN: Final = (
    76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306, 77, 90, 180, 85, 16, 315, 404, 320, 307,
    62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292, 96, 89, 179, 86, 15, 316, 403, 319, 325,
)  # fmt: skip
"""The landmarks on the lips between these lines."""
LIPS: Final = frozenset((*UPPER_INNER, *LOWER_INNER, *UPPER_OUTER, *LOWER_OUTER, *BETWEEN))

_MIDDLE: Final = slice(4, 7)

Line = NDArray[np.float64]


@dataclass(frozen=True)
class LipLines:
    """upper_outer, upper_inner, lower_inner, lower_outer: the edges of both lips."""

    upper_outer: Line
    upper_inner: Line
    lower_inner: Line
    lower_outer: Line

    @classmethod
    def of(cls, marks: NDArray[np.float64]) -> "LipLines":
        """Of landmarks [478, 2 or more]."""
        lines = (UPPER_OUTER, UPPER_INNER, LOWER_INNER, LOWER_OUTER)
        return cls(*(marks[list(line), :2].astype(np.float64) for line in lines))

    @property
    def width(self) -> float:
        """Pixels from corner to corner."""
        return float(np.hypot(*(self.upper_outer[-1] - self.upper_outer[0])))

    @property
    def gap(self) -> float:
        """How far the lips are apart in the middle, in parts of `width`. Lips that touch are
        seen up to 0.06 apart."""
        apart = np.hypot(*(self.lower_inner - self.upper_inner)[_MIDDLE].T)
        return float(apart.mean()) / self.width

    @property
    def thickness(self) -> float:
        """Pixels of the upper lip in the middle."""
        return float(np.hypot(*(self.upper_inner - self.upper_outer)[_MIDDLE].T).mean())

    def shifted(self, rows: float) -> "LipLines":
        """The same, so many pixels further down."""
        lines = (self.upper_outer, self.upper_inner, self.lower_inner, self.lower_outer)
        return LipLines(*(line + np.array([0.0, rows]) for line in lines))

    @property
    def middle(self) -> Line:
        """Half way between the lips."""
        return (self.upper_inner + self.lower_inner) / 2


def curve(line: Line, steps: int = 8) -> Line:
    """A smooth curve [(11 - 1) * steps + 1, 2] through a line's points (Catmull-Rom)."""
    ends = np.concatenate([2 * line[:1] - line[1:2], line, 2 * line[-1:] - line[-2:-1]])
    before, here, there, after = ends[:-3], ends[1:-2], ends[2:-1], ends[3:]
    t = (np.arange(steps) / steps)[None, :, None]
    p0, p1, p2, p3 = (each[:, None] for each in (before, here, there, after))
    bent = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    return np.concatenate([bent.reshape(-1, 2), line[-1:]])


def heights(line: Line, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line's y above each x; beyond its ends it goes on level."""
    bent = curve(line)
    order = np.argsort(bent[:, 0], kind="stable")
    return np.asarray(np.interp(x, bent[order, 0], bent[order, 1]), np.float64)
