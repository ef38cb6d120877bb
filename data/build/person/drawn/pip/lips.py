"""Pip's lips, with what is seen between them.

In: a canvas and a mouth; out: the mouth upon it. Pure but for the canvas.
"""

from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Slope
from data.build.person.drawn.inside import draw_inside
from data.build.person.drawn.mouth import DrawnMouth, MouthPlace, lip_edge, lips_of
from data.build.person.drawn.paths import MIDDLE, brush, oval

PLACE: Final = MouthPlace(meet=570.0, bite=588.0)
_LINE: Final = "#6e382b"
_DIMPLE: Final = "#c98a63"
_LIP: Final = Slope("#eeb090", "#e89a7e", (0, 560), (0, 600))
_UNDER: Final = "#e3b994"


def draw_mouth(canvas: Canvas, mouth: DrawnMouth) -> None:
    """The lips and what is seen between them."""
    lips = lips_of(mouth, PLACE)
    top, bottom = lip_edge(lips, lips.upper), lip_edge(lips, lips.lower)
    above = lip_edge(lips, lips.upper, -6 * lips.full - 3 * mouth.round)
    below = lip_edge(lips, lips.lower, 11 * lips.full * (1 + 0.35 * lips.tuck))
    under = lip_edge(lips, lips.lower, 13 + 11 * lips.full)[20:41]
    canvas.shade(canvas.mask(brush(under, 6), soft=0.8), _UNDER)
    canvas.shade(canvas.mask(np.concatenate([above, below[::-1]])), _LIP)
    if lips.gap > 0:
        thin = min(1.0, lips.gap / 6)
        canvas.shade(canvas.mask(brush(bottom, 3.5, (0.9, 0.9))), _LINE, 0.8 * thin)
        draw_inside(canvas, mouth, lips, PLACE)
    canvas.shade(canvas.mask(brush(top, 5, (0.8, 0.8))), _LINE)
    for side in (-1, 1):
        deep = 0.8 * (1 - mouth.round) * float(np.clip(1 - lips.gap / 30, 0, 1))
        _corner(canvas, MIDDLE + side * lips.half, lips.corner, side, deep)


def _corner(canvas: Canvas, x: float, y: float, side: int, deep: float) -> None:
    """The line's end, and the dimple that it makes in the cheek while the mouth smiles."""
    canvas.shade(canvas.mask(oval(x, y, 2.6, 2.6)), _LINE)
    t = np.linspace(-1, 1, 15)
    dimple = np.column_stack([x + side * (7 - 4 * t**2 - 2 * t), y - 2 + 9 * t])
    canvas.shade(canvas.mask(brush(dimple, 4.5, (0.1, 0.1))), _DIMPLE, deep)
