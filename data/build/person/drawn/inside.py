"""What is seen between parted lips: the dark, teeth and tongue.

In: a canvas, a mouth, its lips and its place; out: its inside upon the canvas. Pure but for that.
Upper teeth stay where the skull has them, lower teeth go with the jaw, the tongue lies behind the
lower lip; all of it is seen only through the opening, so a shut mouth shows nothing of it.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.mouth import DrawnLips, DrawnMouth, MouthPlace, lip_edge, opening
from data.build.person.drawn.paths import MIDDLE, brush, oval, shifted

_TEETH: Final = "#fffaf0"
_LOWER_TEETH: Final = "#f1e6d8"
_BETWEEN: Final = "#dccbba"
_TONGUE_LINE: Final = "#c14c5b"
_TONGUE_LIGHT: Final = "#fbb3aa"


@dataclass(frozen=True)
class _Mouth:
    """A mouth that is being drawn. within: what its opening covers."""

    canvas: Canvas
    held: DrawnMouth
    lips: DrawnLips
    place: MouthPlace
    within: Mask


def draw_inside(canvas: Canvas, held: DrawnMouth, lips: DrawnLips, place: MouthPlace) -> None:
    """All that the opening shows."""
    meet, high = place.meet, place.high
    mouth = _Mouth(canvas, held, lips, place, canvas.mask(opening(lips)))
    dark = Slope("#3f101c", "#842634", (0, meet - 10 * high), (0, meet + 80 * high))
    canvas.shade(mouth.within, dark)
    _lower_teeth(mouth)
    _tongue(mouth)
    _upper_teeth(mouth)
    under = canvas.mask(
        brush(lip_edge(lips, lips.upper, 4 * high), 9 * high, (1, 1)), soft=2 * high
    )
    canvas.shade(under * mouth.within, "#3a0f18", 0.3 * min(1.0, lips.gap / 24))


def _tongue(mouth: _Mouth) -> None:
    """It lies behind the lower lip, and goes up to the upper teeth for l, th and d."""
    canvas, held, lips, place = mouth.canvas, mouth.held, mouth.lips, mouth.place
    bite, wide, high = place.bite, place.wide, place.high
    low = min(bite + lips.drop + 10 * high, max(lips.lower - 0.30 * lips.gap, bite + 8 * high))
    tip = low + held.tong * (bite - 7 * high - low)
    broad = (52 - 10 * held.tong) * (1 - 0.35 * held.round) * wide
    dome = oval(MIDDLE, tip + 26 * high, broad, 26 * high)[36:]
    floor = lips.lower + 60
    shape = np.concatenate([dome, [[MIDDLE + broad, floor], [MIDDLE - broad, floor]]])
    tongue = canvas.mask(shape) * mouth.within
    canvas.shade(canvas.mask(shifted(shape, 0, -5), soft=3) * mouth.within, "#2a0a12", 0.4)
    colour = Slope("#f2908a", "#d8606c", (0, place.meet + 15 * high), (0, place.meet + 95 * high))
    canvas.shade(tongue, colour)
    light = oval(MIDDLE - 16 * wide, tip + 10 * high, 15 * wide, 4 * high, 8)
    canvas.shade(canvas.mask(light, soft=2) * tongue, _TONGUE_LIGHT)
    crease = np.array([[MIDDLE, tip + row * high] for row in (12, 20, 28, 38)])
    canvas.shade(canvas.mask(brush(crease, 4)) * tongue, _TONGUE_LINE, 0.7)


def _upper_teeth(mouth: _Mouth) -> None:
    canvas, lips, place = mouth.canvas, mouth.lips, mouth.place
    bite, wide, high = place.bite, place.wide, place.high
    tucked = opening(replace(lips, lower=lips.lower + place.bitten * lips.tuck))
    within = canvas.mask(tucked) if lips.tuck > 0 else mouth.within
    across = np.linspace(-1, 1, 41)
    half = (place.arch - 12 * lips.tuck) * wide
    rows = bite - high * (12 * across**2 + 6 * across**8)
    edge = np.column_stack([MIDDLE + half * across, rows])
    above = [[MIDDLE + half, place.meet - 40], [MIDDLE - half, place.meet - 40]]
    shadow = canvas.mask(np.concatenate([shifted(edge, 0, 4 * high), above]), soft=1.5)
    canvas.shade(shadow * within, "#2a0a12", 0.4)
    teeth = canvas.mask(np.concatenate([edge, above])) * within
    canvas.shade(teeth, _TEETH)
    for x in (-43, -22, 0, 22, 43):
        bottom = bite - 12 * high * (x / 68) ** 2
        line = np.array([[MIDDLE + wide * x, bottom + row * high] for row in (-10, -6, -2, 1)])
        between = canvas.mask(brush(line, 2.4, (0.1, 0.9))) * teeth
        canvas.shade(between, _BETWEEN, place.lines)


def _lower_teeth(mouth: _Mouth) -> None:
    canvas, held, place = mouth.canvas, mouth.held, mouth.place
    wide, high = place.wide, place.high
    jaw = place.bite + mouth.lips.drop * (1 - 0.8 * held.teeth * (1 - held.jaw))
    across = np.linspace(-1, 1, 41)
    rows = jaw + high * (1 - 5 * across**2 + 8 * across**8)
    edge = np.column_stack([MIDDLE + 52 * wide * across, rows])
    below = [[MIDDLE + 52 * wide, jaw + 90], [MIDDLE - 52 * wide, jaw + 90]]
    teeth = canvas.mask(np.concatenate([edge, below])) * mouth.within
    canvas.shade(teeth, _LOWER_TEETH)
    for x in (-32, -16, 0, 16, 32):
        line = np.array([[MIDDLE + wide * x, jaw + high * row] for row in (-4, 1, 5, 10)])
        between = canvas.mask(brush(line, 2, (0.9, 0.2))) * teeth
        canvas.shade(between, _BETWEEN, place.lines)
