"""A shirt lies over the skin, spans what is hollow and begins at the neckline."""

import numpy as np
from numpy.typing import NDArray

from data.build.person.dress import Faces, Points, covered, shirt

SIDE = 21


def chest(dent: float) -> tuple[Points, Faces]:
    """A wall that faces forward, from the neck down, with a dent in its middle."""
    x, y = np.meshgrid(np.linspace(-1, 1, SIDE), np.linspace(-1.2, -3.2, SIDE))
    z = -dent * np.exp(-(x**2 + (y + 2.4) ** 2) / 0.02)
    points = np.stack([x, y, z], axis=2).reshape(-1, 3)
    number = np.arange(SIDE * SIDE, dtype=np.int32).reshape(SIDE, SIDE)
    corners = (number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:])
    return points, np.stack(corners, axis=2).reshape(-1, 4)


def gap(points: Points, faces: Faces) -> NDArray[np.float64]:
    made = shirt(points, faces)
    inner: NDArray[np.float64] = (made.points - made.below)[made.worn > 0.1][:, 2]
    return inner


def test_cloth_is_nowhere_in_the_skin() -> None:
    for dent in (0.0, 0.3):
        assert gap(*chest(dent)).min() > 0.02


def test_cloth_spans_what_is_hollow() -> None:
    assert gap(*chest(0.3)).max() > 0.1 > gap(*chest(0.0)).max()


def test_only_skin_well_below_the_neckline_is_covered() -> None:
    points, faces = chest(0.0)
    hidden = covered(points, faces)
    highest = points[faces][..., 1].max(axis=1)
    assert hidden.any() and highest[hidden].max() < -2.0 < highest[~hidden].max()
    assert shirt(points, faces).worn.min() > -0.6
