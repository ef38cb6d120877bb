"""Juno's eyes and brows: lids that shut, irises that look about, brows that rise.

In: a canvas, a closure, a gaze, a rise; out: both eyes upon it. Pure but for the canvas.
Outlines are those of the eye on the picture's right; the other one mirrors them.
"""

from typing import Final

import numpy as np

from data.build.person.drawn.canvas import Canvas, Mask, Slope
from data.build.person.drawn.paths import (
    MIDDLE,
    Points,
    brush,
    mirrored,
    oval,
    path,
    shifted,
    smooth,
)

_EYE: Final = (719.0, 466.0)
_DEGREE: Final = 1.45
"""Pixels that the iris goes for a degree: more than a real eye's, as in any drawing."""
_WHITE: Final = Slope("#dccfd2", "#fffdf9", (0, 428), (0, 458))
_RIM: Final = "#3d2011"
_IRIS: Final = Slope("#4d2713", "#c07a34", (0, 438), (0, 492))
_PUPIL: Final = "#1d0f10"
_GLOW: Final = "#f0b45e"
_LASH: Final = "#2b1519"
_LID: Final = Slope("#efb088", "#e0936f", (0, 416), (0, 500))
_CREASE_LINE: Final = "#a9573f"
_BROW: Final = Slope("#55292a", "#3e1d22", (0, 376), (0, 410))

_UPPER: Final = path("M 671 481 C 674 450 694 427 722 426 C 749 425 765 442 771 468")
_LOWER: Final = path("M 671 481 C 682 498 702 505 724 504 C 747 503 763 490 771 468")
_SHUT: Final = path("M 671 482 C 686 495 706 501 726 500 C 747 499 762 489 774 473")
"""Edges of the open eye, and the line along which it shuts."""
_REST: Final = 0.09
"""How much the lid hangs in an eye that is open: at 0 it is startled."""
_CREASE: Final = path("M 675 450 C 683 426 703 413 726 412 C 749 411 765 423 774 443")
_BROW_REST: Final = path("M 668 399 C 694 381 734 373 778 399")
_BROW_HIGH: Final = path("M 665 377 C 692 356 734 350 780 377")


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
    lid = canvas.mask(_sided(np.concatenate([_CREASE, _LOWER[::-1]]), side), soft=2)
    canvas.shade(lid, _LID, 0.55)
    ball = canvas.mask(_sided(np.concatenate([shifted(_UPPER, 0, -2), _LOWER[::-1]]), side))
    canvas.shade(ball, _LID, 0.7)
    if shut < 1:
        opened = canvas.mask(_sided(np.concatenate([upper, lower[::-1]]), side))
        canvas.shade(opened, _WHITE)
        _iris(canvas, gaze, side, opened)
        shadow = canvas.mask(_sided(brush(shifted(upper, 0, 5), 18, (0.8, 0.8)), side), soft=3)
        canvas.shade(shadow * opened, "#3a1c26", 0.38)
    canvas.shade(canvas.mask(_sided(brush(lower[6:-2], 2.6, (0.2, 0.9)), side)), _LASH, 0.5)
    lashes = [canvas.mask(_sided(part, side)) for part in _lashes(upper, shut)]
    canvas.shade(np.maximum(*lashes), _LASH)
    crease = brush(shifted(_CREASE[3:-3], 0, 6 * shut), 2.8, (0.1, 0.2))
    canvas.shade(canvas.mask(_sided(crease, side)), _CREASE_LINE, 0.75 - 0.35 * shut)


def _lashes(upper: Points, shut: float) -> tuple[Points, Points]:
    """The lid's dark edge, thicker to its outer end, and the wing in which it ends."""
    t = np.linspace(0, 1, len(upper))
    thick = (2.5 + 6.5 * t**0.8) * (1 - 0.25 * shut) * (1 - 0.8 * smooth((t - 0.84) / 0.16))
    along = np.gradient(upper, axis=0)
    normal = np.column_stack([along[:, 1], -along[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    outer, inner = upper + normal * thick[:, None], upper - normal * 1.2
    first = outer[int(0.85 * len(outer)) - 1]
    tip = upper[-1] + np.array([17.0 - 4.0 * shut, -19.0 + 9.0 * shut])
    above = _bent(first, first * 0.35 + tip * 0.65 + (1.0 - 4.0 * shut, 6.0 - 2.0 * shut), tip)
    below = _bent(tip, upper[-1] + np.array([8.0, -3.0]), inner[-1])
    edge = np.concatenate([outer, inner[::-1]])
    return edge, np.concatenate([first[None], above, below, inner[: -len(inner) // 4 : -1]])


def _bent(start: Points, by: Points, end: Points) -> Points:
    """A quadratic curve, without its first point."""
    t = np.linspace(0, 1, 9)[1:, None]
    return np.asarray((1 - t) ** 2 * start + 2 * t * (1 - t) * by + t**2 * end)


def _iris(canvas: Canvas, gaze: tuple[float, float], side: int, opened: Mask) -> None:
    x = MIDDLE + side * (_EYE[0] - MIDDLE) + _DEGREE * gaze[0]
    y = _EYE[1] + _DEGREE * gaze[1]
    for across, high, colour in ((31, 33, _RIM), (27.5, 29.5, _IRIS), (14.5, 16, _PUPIL)):
        canvas.shade(canvas.mask(oval(x, y, across, high)) * opened, colour)
    canvas.shade(canvas.mask(oval(x, y + 19, 16, 7), soft=3) * opened, _GLOW, 0.8)
    canvas.shade(canvas.mask(oval(x - 10, y - 12, 8.8, 8.8)) * opened, "#ffffff")
    canvas.shade(canvas.mask(oval(x + 11, y + 11, 4.2, 4.2)) * opened, "#ffffff", 0.9)


def draw_brows(canvas: Canvas, rise: float) -> None:
    """Both brows. rise: 0 at rest to 1."""
    few = _BROW_REST * (1 - rise) + _BROW_HIGH * rise
    t = np.linspace(0, 1, 80) ** 1.5
    known = np.linspace(0, 1, len(few))
    line = np.column_stack([np.interp(t, known, few[:, axis]) for axis in (0, 1)])
    along = np.gradient(line, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    end = np.clip(t / 0.22, 0, 1)
    half = normal * ((6.8 * (1 - t) ** 0.6 + 0.9) * np.sqrt(end * (2 - end)))[:, None]
    shape = np.concatenate([line + half, (line - half)[::-1]])
    for side in (1, -1):
        canvas.shade(canvas.mask(_sided(shape, side)), _BROW)
