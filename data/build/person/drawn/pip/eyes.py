"""Eyes and brows: lids that shut, irises that look about, brows that rise.

In: a canvas, a closure, a gaze, a rise; out: both eyes upon it. Pure but for the canvas.
Outlines are those of the eye on the picture's right; the other one mirrors them.
"""

from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.paths import MIDDLE, Points, brush, mirrored, oval, path, shifted

_EYE: Final = (732.0, 424.0)
_DEGREE: Final = 1.7
"""Pixels that the iris goes for a degree: more than a real eye's, as in any drawing."""
_WHITE: Final = Slope("#e3d6d2", "#fffdf8", (0, 384), (0, 416))
_RIM: Final = "#6f3c12"
_IRIS: Final = Slope("#7a4414", "#e2982b", (0, 396), (0, 456))
_PUPIL: Final = "#2a1512"
_GLOW: Final = "#f9cf6a"
_LASH: Final = "#3b1d1a"
_LID: Final = Slope("#ec7d37", "#d9652a", (0, 384), (0, 462))
_CREASE_LINE: Final = "#b9501f"
_BROW: Final = Slope("#6a3427", "#4a221c", (0, 296), (0, 356))

_UPPER: Final = path("M 684 438 C 686 398 706 376 734 376 C 764 376 784 398 786 432")
_LOWER: Final = path("M 684 438 C 690 462 710 475 734 475 C 760 475 780 458 786 432")
_SHUT: Final = path("M 684 440 C 698 458 714 465 734 465 C 756 465 774 454 788 436")
"""Edges of the open eye, and the line along which it shuts."""
_REST: Final = 0.07
"""How much the lid hangs in an eye that is open: at 0 it is startled."""
_CREASE: Final = path("M 690 394 C 702 376 718 367 738 367 C 760 368 776 380 784 396")
_BROW_REST: Final = path("M 682 344 C 702 331 736 327 770 352")
_BROW_HIGH: Final = path("M 680 321 C 702 307 738 305 772 331")


def draw_eyes(canvas: Canvas, shut: float, gaze: tuple[float, float]) -> None:
    """Both eyes. shut: 0 to 1. gaze: degrees to the picture's right, and down."""
    lid = float(np.clip(shut + (_REST + 0.02 * gaze[1]) * (1 - shut), 0, 1))
    for side in (1, -1):
        _eye(canvas, lid, gaze, side)


def _sided(points: Points, side: int) -> Points:
    return points if side > 0 else mirrored(points)


def _eye(canvas: Canvas, shut: float, gaze: tuple[float, float], side: int) -> None:
    upper = _UPPER * (1 - shut) + _SHUT * shut
    lower = _LOWER * (1 - shut) + _SHUT * shut
    ball = canvas.mask(_sided(np.concatenate([shifted(_UPPER, 0, -2), _LOWER[::-1]]), side))
    canvas.shade(ball, _LID)
    if shut < 1:
        opened = canvas.mask(_sided(np.concatenate([upper, lower[::-1]]), side))
        canvas.shade(opened, _WHITE)
        _iris(canvas, gaze, side, opened)
        shadow = canvas.mask(_sided(brush(shifted(upper, 0, 5), 20, (0.8, 0.8)), side), soft=3)
        canvas.shade(shadow * opened, "#4b2a2a", 0.35)
    canvas.shade(canvas.mask(_sided(brush(lower[6:-2], 3, (0.3, 0.8)), side)), _LASH, 0.55)
    corner = upper[-1] + np.array([[7, -7 + 9 * shut], [13, -15 + 20 * shut]])
    lash = brush(np.concatenate([upper, corner]), 9.5, (0.35, 0.2))
    canvas.shade(canvas.mask(_sided(lash, side)), _LASH)
    crease = brush(shifted(_CREASE[4:-4], 0, 5 * shut), 3, (0.2, 0.2))
    canvas.shade(canvas.mask(_sided(crease, side)), _CREASE_LINE, 0.8 - 0.3 * shut)


def _iris(canvas: Canvas, gaze: tuple[float, float], side: int, opened: Mask) -> None:
    x = MIDDLE + side * (_EYE[0] - MIDDLE - 2) + _DEGREE * gaze[0]
    y = _EYE[1] + 2 + _DEGREE * gaze[1]
    for across, high, colour in ((36, 38, _RIM), (32.5, 34.5, _IRIS), (19, 21, _PUPIL)):
        canvas.shade(canvas.mask(oval(x, y, across, high)) * opened, colour)
    canvas.shade(canvas.mask(oval(x, y + 24, 19, 8), soft=3) * opened, _GLOW, 0.75)
    canvas.shade(canvas.mask(oval(x - 12, y - 14, 10.5, 10.5)) * opened, "#ffffff")
    canvas.shade(canvas.mask(oval(x + 13, y + 13, 5, 5)) * opened, "#ffffff", 0.9)


def draw_brows(canvas: Canvas, rise: float) -> None:
    """Both brows. rise: 0 at rest to 1."""
    few = _BROW_REST * (1 - rise) + _BROW_HIGH * rise
    t = np.linspace(0, 1, 80) ** 1.5
    known = np.linspace(0, 1, len(few))
    line = np.column_stack([np.interp(t, known, few[:, axis]) for axis in (0, 1)])
    along = np.gradient(line, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    end = np.clip(t / 0.16, 0, 1)
    half = normal * ((8.5 * (1 - t) ** 0.6 + 1.2) * np.sqrt(end * (2 - end)))[:, None]
    shape = np.concatenate([line + half, (line - half)[::-1]])
    for side in (1, -1):
        canvas.shade(canvas.mask(_sided(shape, side)), _BROW)
