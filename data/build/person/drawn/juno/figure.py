"""Juno, or a part of her, with a face that does what it is told.

In: a look and a box of the master; out: its picture. Pure.
"""

import numpy as np
from numpy.typing import NDArray

from data.build.person.drawn.canvas import Canvas
from data.build.person.drawn.juno.dress import draw_body, draw_collar_back
from data.build.person.drawn.juno.eyes import draw_brows, draw_eyes
from data.build.person.drawn.juno.face import draw_ear, draw_head, draw_nose, head_mask
from data.build.person.drawn.juno.hair import draw_back_hair, draw_fall, draw_hair
from data.build.person.drawn.juno.lips import PLACE, draw_mouth
from data.build.person.drawn.look import Look
from data.build.person.drawn.mouth import lips_of
from data.head import Box


def drawn_juno(look: Look, box: Box, scale: float = 1.0) -> NDArray[np.uint8]:
    """uint8 BGRA of a box of the master, at `scale` of its size."""
    canvas = Canvas(box, scale)
    drop = lips_of(look.mouth, PLACE).drop
    draw_back_hair(canvas)
    draw_collar_back(canvas)
    draw_body(canvas, drop)
    draw_fall(canvas)
    draw_head(canvas, drop)
    draw_nose(canvas)
    draw_mouth(canvas, look.mouth)
    draw_eyes(canvas, look.shut, look.gaze)
    draw_brows(canvas, look.rise)
    head = head_mask(canvas, drop)
    draw_hair(canvas, head)
    draw_ear(canvas, head)
    return canvas.picture()
