"""The whole character, or a part of it, with a face that does what it is told.

In: a look and a box of the master; out: its picture. Pure.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.build.person.drawn.canvas import Canvas
from data.build.person.drawn.dress import draw_body, draw_hood, draw_tail
from data.build.person.drawn.eyes import draw_brows, draw_eyes
from data.build.person.drawn.head import draw_ears, draw_hair, draw_head, draw_nose
from data.build.person.drawn.mouth import DrawnMouth, draw_mouth, lips_of
from data.head import Box


@dataclass(frozen=True)
class Look:
    """What the face does. shut: the eyes, 0 to 1. gaze: degrees to the picture's right and
    down. rise: of the brows, 0 to 1."""

    mouth: DrawnMouth = field(default_factory=DrawnMouth)
    shut: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    rise: float = 0.0


def drawn(look: Look, box: Box, scale: float = 1.0) -> NDArray[np.uint8]:
    """uint8 BGRA of a box of the master, at `scale` of its size."""
    canvas = Canvas(box, scale)
    drop = lips_of(look.mouth).drop
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
