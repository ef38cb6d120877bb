"""Outlines: from the few numbers of a drawing to points.

In: path texts in the manner of SVG (M, L, C, Z; absolute, pixels of the drawing). Out: float64
[N, 2] points, x and y. Pure; owns nothing.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]

MIDDLE: Final = 640.0
"""The column about which the character is drawn."""
_STEPS: Final = 20
"""Points of one curve."""
_TOKEN: Final = re.compile(r"[MLCZ]|-?\d+(?:\.\d+)?")
_NUMBERS: Final = {"M": 2, "L": 2, "C": 6, "Z": 0}


def path(text: str) -> Points:
    """The points of a path text; ValueError for one that says something else than M, L, C, Z."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"[\s,]", "", text):
        raise ValueError(f"{text!r}: a path is made of M, L, C, Z and numbers")
    points: list[Points] = []
    command, at = "M", 0
    while at < len(tokens):
        if tokens[at] in _NUMBERS:
            command, at = tokens[at], at + 1
        count = _NUMBERS[command]
        numbers = np.array([float(token) for token in tokens[at : at + count]]).reshape(-1, 2)
        at += count
        if command == "C":
            points.append(_cubic(points[-1][-1], numbers))
        elif count:
            points.append(numbers)
    return np.concatenate(points)


def _cubic(start: Points, rest: Points) -> Points:
    """A cubic Bezier curve without its first point."""
    t = np.linspace(0, 1, _STEPS + 1)[1:, None]
    first, second, end = rest
    return np.asarray(
        (1 - t) ** 3 * start
        + 3 * (1 - t) ** 2 * t * first
        + 3 * (1 - t) * t**2 * second
        + t**3 * end
    )


def mirrored(points: Points) -> Points:
    """The other side's, walked the other way."""
    return np.column_stack([2 * MIDDLE - points[::-1, 0], points[::-1, 1]])


def shifted(points: Points, x: float, y: float) -> Points:
    """So many pixels to the right and down."""
    return np.asarray(points + np.array([x, y]))


def whole(text: str) -> Points:
    """A closed outline from its right half, from the middle's top to the middle's bottom."""
    half = path(text)
    return np.concatenate([half, mirrored(half)])


def oval(x: float, y: float, across: float, high: float, turned: float = 0.0) -> Points:
    """An ellipse by its half axes, turned by degrees."""
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    angle = np.deg2rad(turned)
    flat = np.column_stack([across * np.cos(t), high * np.sin(t)])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(flat @ turn + (x, y))


def brush(points: Points, width: float, ends: Sequence[float] = (0.2, 0.2)) -> Points:
    """The outline of a stroke along points: full in its middle, `ends` of it at either end."""
    along = np.gradient(points, axis=0)
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    t = np.linspace(0, 1, len(points))
    belly = np.sin(np.pi * t) ** 0.7
    thin = np.where(t < 0.5, ends[0], ends[1])
    half = normal * (width / 2 * (thin + (1 - thin) * belly))[:, None]
    return np.concatenate([points + half, (points - half)[::-1]])


def smooth(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """0 up to 0, 1 from 1 on, and a soft step between."""
    share = np.clip(x, 0, 1)
    return np.asarray(share * share * (3 - 2 * share))
