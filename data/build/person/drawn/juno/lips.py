"""Juno's lips, with what is seen between them.

In: a canvas and a mouth; out: the mouth upon it. Pure but for the canvas.
"""

from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Slope
from data.build.person.drawn.inside import draw_inside
from data.build.person.drawn.mouth import DrawnLips, DrawnMouth, MouthPlace, lip_edge, lips_of
from data.build.person.drawn.paths import MIDDLE, Points, brush, oval

PLACE: Final = MouthPlace(
    meet=620.0, bite=632.0, wide=0.8, high=0.68, smile=9.0, bitten=3.0, lines=0.45, arch=84.0
)
_LINE: Final = "#7e2f35"
_UPPER_LIP: Final = Slope("#c9565a", "#b84a52", (0, 600), (0, 624))
_LOWER_LIP: Final = Slope("#dd6f6c", "#cf5f63", (0, 620), (0, 650))
_SHINE: Final = "#f4a79a"
_UNDER: Final = "#cd7d5d"
_UPPER_FULL: Final = 13.0
_LOWER_FULL: Final = 16.0
"""How thick the lips are at rest, pixels."""


def _upper_line(lips: DrawnLips, mouth: DrawnMouth) -> Points:
    """The upper lip's outline, with its bow."""
    edge = lip_edge(lips, lips.upper)
    x = (edge[:, 0] - MIDDLE) / lips.half
    bow = np.maximum(1 - np.abs(x) ** 1.7, 0) ** 0.9 * (
        1 - 0.26 * (1 - 0.6 * mouth.round) * np.exp(-((x / 0.17) ** 2))
    )
    thick = _UPPER_FULL * lips.full * (1 + 0.1 * mouth.round)
    return np.asarray(edge - np.column_stack([0 * x, thick * bow]))


def _lower_line(lips: DrawnLips) -> Points:
    edge = lip_edge(lips, lips.lower)
    x = (edge[:, 0] - MIDDLE) / lips.half
    thick = _LOWER_FULL * lips.full * (1 - 0.1 * lips.tuck)
    return np.asarray(edge + np.column_stack([0 * x, thick * np.maximum(1 - np.abs(x) ** 2.2, 0)]))


def draw_mouth(canvas: Canvas, mouth: DrawnMouth) -> None:
    """The lips and what is seen between them."""
    lips = lips_of(mouth, PLACE)
    top, bottom = lip_edge(lips, lips.upper), lip_edge(lips, lips.lower)
    bottom = np.maximum(bottom, top)
    above, below = _upper_line(lips, mouth), _lower_line(lips)
    under = below[18:43] + np.array([0.0, 9.0])
    canvas.shade(canvas.mask(brush(under, 7), soft=1.6), _UNDER, 0.8)
    canvas.shade(canvas.mask(np.concatenate([bottom, below[::-1]])), _LOWER_LIP)
    canvas.shade(canvas.mask(np.concatenate([above, top[::-1]])), _UPPER_LIP)
    shine = (0.5 * bottom + 0.5 * below)[17:37]
    canvas.shade(canvas.mask(brush(shine, 4.5), soft=1.0), _SHINE, 0.8 * (1 - 0.5 * lips.tuck))
    if lips.gap > 0:
        draw_inside(canvas, mouth, lips, PLACE)
    thin = 1 - 0.45 * min(1.0, max(lips.gap, 0) / 12)
    canvas.shade(canvas.mask(brush(top, 3.6, (0.35, 0.35))), _LINE, thin)
    for side in (-1, 1):
        deep = 0.8 * (1 - mouth.round) * float(np.clip(1 - lips.gap / 30, 0, 1))
        _corner(canvas, MIDDLE + side * lips.half, lips.corner, side, deep)


def _corner(canvas: Canvas, x: float, y: float, side: int, deep: float) -> None:
    """The line's end, and the dimple that it makes in the cheek while the mouth smiles."""
    canvas.shade(canvas.mask(oval(x, y, 2.2, 2.2)), _LINE, deep)
    t = np.linspace(-1, 1, 15)
    dimple = np.column_stack([x + side * (6 - 3 * t**2 - 1.5 * t), y - 2 + 7 * t])
    canvas.shade(canvas.mask(brush(dimple, 3.4, (0.1, 0.1))), "#b9664b", deep)
