"""The mouth: from the eight parameters to lips, teeth and tongue.

In: a canvas and a mouth; out: the mouth upon it. Pure but for the canvas. Upper teeth stay
where the skull has them, lower teeth go with the jaw; both are seen only through the opening
between the lips, so a shut mouth shows nothing of its inside. Dominance follows speech: shut
lips hide the jaw's opening, rounding narrows it, f and v bring the lower lip to the teeth.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.paths import MIDDLE, Points, brush, oval, shifted, smooth

_LINE: Final = "#6e382b"
_DIMPLE: Final = "#c98a63"
_INSIDE: Final = Slope("#3f101c", "#842634", (0, 560), (0, 650))
_TEETH: Final = "#fffaf0"
_LOWER_TEETH: Final = "#f1e6d8"
_BETWEEN: Final = "#dccbba"
_TONGUE: Final = Slope("#f2908a", "#d8606c", (0, 585), (0, 665))
_TONGUE_LINE: Final = "#c14c5b"
_TONGUE_LIGHT: Final = "#fbb3aa"
_LIP: Final = Slope("#eeb090", "#e89a7e", (0, 560), (0, 600))
_UNDER: Final = "#e3b994"

_MEET: Final = 570.0
"""The row where the lips meet, in the middle."""
_BITE: Final = 588.0
"""The row of the upper teeth's edge."""


@dataclass(frozen=True)
class DrawnMouth:
    """How the mouth is held, each 0 to 1; the names of `states.json`."""

    jaw: float = 0.0
    spread: float = 0.0
    round: float = 0.0
    close: float = 0.0
    upl: float = 0.0
    fv: float = 0.0
    teeth: float = 0.0
    tong: float = 0.0


@dataclass(frozen=True)
class DrawnLips:
    """Where the lips are, pixels. drop: of the jaw; half: of the opening's width.

    corner, upper, lower: rows of the corners and of the opening's edges in the middle;
    roundness: 0 pointed corners, 1 an oval. full: how thick the lips are. tuck: how much of
    the lower lip is behind the teeth, 0 to 1."""

    drop: float
    half: float
    corner: float
    upper: float
    lower: float
    roundness: float
    full: float
    tuck: float

    @property
    def gap(self) -> float:
        """Between the lips, in the middle."""
        return self.lower - self.upper


def lips_of(m: DrawnMouth) -> DrawnLips:
    """The lips that a mouth has."""
    shut = float(smooth(m.close / 0.88))
    free = 1 - shut
    tuck = m.fv * free
    drop = 90 * m.jaw**0.9 * (1 - 0.25 * m.round) * (1 - 0.6 * shut) * (1 - 0.5 * tuck)
    parted = 23 * m.teeth * (1 - 0.5 * min(1.0, 2 * m.jaw)) + 11 * m.tong + 9 * m.round * m.jaw**0.3
    below = free * (drop + parted)
    below += tuck * (_BITE - 5 - _MEET - below)
    lift = free * (7 * m.upl + 4 * m.jaw + 5 * m.teeth + 4 * tuck)
    pout = 8 * m.round * free * (1 - tuck)
    half = 78 * (1 + 0.20 * m.spread - 0.54 * m.round) - 8 * m.jaw * (1 - m.round) - 10 * tuck
    smile = 13 + 6 * m.spread - 6 * m.round - 8 * tuck
    upper, lower = _MEET - lift + pout, _MEET + below + 1.3 * pout
    corner = _MEET - smile + 0.30 * below
    corner += 0.95 * m.round * free * ((upper + lower) / 2 - corner)
    return DrawnLips(
        drop=drop,
        half=half,
        corner=corner,
        upper=upper,
        lower=lower,
        roundness=float(np.clip(1.15 * m.round + 0.5 * m.jaw, 0, 1)),
        full=1 + 0.5 * m.round - 0.4 * shut * (1 - m.round),
        tuck=tuck,
    )


def _edge(lips: DrawnLips, row: float, out: float = 0.0) -> Points:
    """One edge of the opening, left to right, or a line `out` pixels beside it."""
    t = np.linspace(np.pi, 0, 61)
    bend = 1.8 - 0.8 * lips.roundness
    x = MIDDLE + (lips.half + abs(out) * 0.5) * np.cos(t)
    y = lips.corner + (row + out - lips.corner) * np.sin(t) ** bend
    return np.column_stack([x, y])


def opening(lips: DrawnLips) -> Points:
    """The outline of what is open between the lips."""
    top, bottom = _edge(lips, lips.upper), _edge(lips, lips.lower)
    return np.concatenate([top, np.maximum(bottom, top)[::-1]])


def draw_mouth(canvas: Canvas, mouth: DrawnMouth) -> None:
    """The lips and what is seen between them."""
    lips = lips_of(mouth)
    top, bottom = _edge(lips, lips.upper), _edge(lips, lips.lower)
    above = _edge(lips, lips.upper, -6 * lips.full - 3 * mouth.round)
    below = _edge(lips, lips.lower, 11 * lips.full * (1 + 0.35 * lips.tuck))
    under = _edge(lips, lips.lower, 13 + 11 * lips.full)[20:41]
    canvas.shade(canvas.mask(brush(under, 6), soft=0.8), _UNDER)
    canvas.shade(canvas.mask(np.concatenate([above, below[::-1]])), _LIP)
    if lips.gap > 0:
        thin = min(1.0, lips.gap / 6)
        canvas.shade(canvas.mask(brush(bottom, 3.5, (0.9, 0.9))), _LINE, 0.8 * thin)
        _inside(canvas, lips, mouth)
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


def _inside(canvas: Canvas, lips: DrawnLips, mouth: DrawnMouth) -> None:
    within = canvas.mask(opening(lips))
    canvas.shade(within, _INSIDE)
    jaw = _BITE + lips.drop * (1 - 0.8 * mouth.teeth * (1 - mouth.jaw))
    _lower_teeth(canvas, jaw, within)
    _tongue(canvas, lips, mouth, within)
    bite = opening(replace(lips, lower=lips.lower + 9 * lips.tuck))
    _upper_teeth(canvas, canvas.mask(bite) if lips.tuck > 0 else within, lips.tuck)
    under = canvas.mask(brush(_edge(lips, lips.upper, 4), 9, (1, 1)), soft=2)
    canvas.shade(under * within, "#3a0f18", 0.3 * min(1.0, lips.gap / 24))


def _tongue(canvas: Canvas, lips: DrawnLips, mouth: DrawnMouth, within: Mask) -> None:
    """It lies behind the lower lip, and goes up to the upper teeth for l, th and d."""
    low = min(_BITE + lips.drop + 10, max(lips.lower - 0.30 * lips.gap, _BITE + 8))
    tip = low + mouth.tong * (_BITE - 7 - low)
    broad = (52 - 10 * mouth.tong) * (1 - 0.35 * mouth.round)
    dome = oval(MIDDLE, tip + 26, broad, 26)[36:]
    floor = lips.lower + 60
    shape = np.concatenate([dome, [[MIDDLE + broad, floor], [MIDDLE - broad, floor]]])
    tongue = canvas.mask(shape) * within
    canvas.shade(canvas.mask(shifted(shape, 0, -5), soft=3) * within, "#2a0a12", 0.4)
    canvas.shade(tongue, _TONGUE)
    canvas.shade(canvas.mask(oval(MIDDLE - 16, tip + 10, 15, 4, 8), soft=2) * tongue, _TONGUE_LIGHT)
    crease = np.array([[MIDDLE, tip + row] for row in (12, 20, 28, 38)])
    canvas.shade(canvas.mask(brush(crease, 4)) * tongue, _TONGUE_LINE, 0.7)


def _upper_teeth(canvas: Canvas, within: Mask, tuck: float) -> None:
    across = np.linspace(-1, 1, 41)
    half = 68 - 12 * tuck
    edge = np.column_stack([MIDDLE + half * across, _BITE - 12 * across**2 - 6 * across**8])
    above = [[MIDDLE + half, 530], [MIDDLE - half, 530]]
    shadow = canvas.mask(np.concatenate([shifted(edge, 0, 4), above]), soft=1.5)
    canvas.shade(shadow * within, "#2a0a12", 0.4)
    teeth = canvas.mask(np.concatenate([edge, above])) * within
    canvas.shade(teeth, _TEETH)
    for x in (-43, -22, 0, 22, 43):
        bottom = _BITE - 12 * (x / 68) ** 2
        between = np.array([[MIDDLE + x, bottom + row] for row in (-10, -6, -2, 1)])
        canvas.shade(canvas.mask(brush(between, 2.4, (0.1, 0.9))) * teeth, _BETWEEN)


def _lower_teeth(canvas: Canvas, jaw: float, within: Mask) -> None:
    across = np.linspace(-1, 1, 41)
    edge = np.column_stack([MIDDLE + 52 * across, jaw + 1 - 5 * across**2 + 8 * across**8])
    below = [[MIDDLE + 52, jaw + 90], [MIDDLE - 52, jaw + 90]]
    teeth = canvas.mask(np.concatenate([edge, below])) * within
    canvas.shade(teeth, _LOWER_TEETH)
    for x in (-32, -16, 0, 16, 32):
        between = np.array([[MIDDLE + x, jaw + row] for row in (-4, 1, 5, 10)])
        canvas.shade(canvas.mask(brush(between, 2, (0.9, 0.2))) * teeth, _BETWEEN)
