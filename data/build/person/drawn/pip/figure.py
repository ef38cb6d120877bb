"""Pip, or a part of him, with a face that does what it is told.

In: a look and a box of the master; out: its picture. Pure.
"""

import numpy as np
from numpy.typing import NDArray

from data.build.person.drawn.canvas import Canvas
from data.build.person.drawn.look import Look
from data.build.person.drawn.mouth import lips_of
from data.build.person.drawn.pip.dress import draw_body, draw_hood, draw_tail
from data.build.person.drawn.pip.eyes import draw_brows, draw_eyes
from data.build.person.drawn.pip.head import draw_ears, draw_hair, draw_head, draw_nose
from data.build.person.drawn.pip.lips import PLACE, draw_mouth
from data.head import Box


def drawn_pip(look: Look, box: Box, scale: float = 1.0) -> NDArray[np.uint8]:
    """uint8 BGRA of a box of the master, at `scale` of its size."""
    canvas = Canvas(box, scale)
    drop = lips_of(look.mouth, PLACE).drop
    draw_tail(canvas)
    draw_hood(canvas)
    draw_body(canvas, drop)
    draw_ears(canvas)
    draw_head(canvas, drop)
    draw_nose(canvas)
    draw_mouth(canvas, look.mouth)
    draw_eyes(canvas, look.shut, look.gaze)
    draw_hair(canvas)
    draw_brows(canvas, look.rise)
    return canvas.picture()
