"""The lips' inner edges to the pixel: landmarks moved onto the strongest change of colour nearby.

In: a picture of an open mouth and its lips by landmarks. Out: its lips. Pure. A landmark that lies
two pixels into the lip lends a rim of it to whoever borrows the mouth's inside.
"""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.lips import Line, LipLines
from data.making.sampling import sample

_REACH: Final = 0.06
"""How far an edge is looked for, in mouth widths."""
_TRUST: Final = 0.028
"""Standard deviation of the landmarks, in mouth widths."""
_STEPS: Final = 41
_RED: Final = 1
_REDDER: Final = 0.3
_LEVEL: Final = 0.1
"""The channel of CIELAB that tells redness, and how much an edge counts beyond which it is redder
by more than this a step: from teeth to tongue, not from a lip to either."""
_DARK: Final = 0.5
"""Of the lips' grey level, below which it is dark between them."""
_DARK_LEAST: Final = 0.04
"""Mouth widths of dark in the middle that are no mere line."""
_DARK_REACH: Final = 0.08
_DARK_STEPS: Final = 65
_CENTRE: Final = slice(4, 7)


def snapped(picture: NDArray[np.uint8], lips: LipLines) -> LipLines:
    """The lips with inner edges that lie on edges of the uint8 BGR picture."""
    colours = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32)
    blurred = cv2.GaussianBlur(colours, (0, 0), max(0.6, 0.008 * lips.width))
    lab = np.asarray(blurred, np.float32)
    middle = lips.middle
    return replace(
        lips,
        upper_inner=_onto_edge(lab, lips.upper_inner, middle, lips.width),
        lower_inner=_onto_edge(lab, lips.lower_inner, middle, lips.width),
    )


def dark_gap(picture: NDArray[np.uint8], lips: LipLines) -> LipLines | None:
    """The lips with inner edges about the dark that is seen between them, or None where there is
    no more than the line of lips that touch. Small round openings are seen so, not by landmarks."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
    off = np.linspace(-_DARK_REACH, _DARK_REACH, _DARK_STEPS) * lips.width
    middle = lips.middle
    flesh = np.concatenate([lips.upper_outer + lips.upper_inner, lips.lower_outer + middle]) / 2
    bright = np.median(sample(grey, flesh[None].astype(np.float32), cv2.INTER_LINEAR))
    at = np.repeat(middle[:, None], _DARK_STEPS, axis=1)
    at[..., 1] += off
    dark = sample(grey, at.astype(np.float32), cv2.INTER_LINEAR) < _DARK * bright
    heights = dark.mean(axis=1) * 2 * _DARK_REACH
    if heights[_CENTRE].max() < _DARK_LEAST:
        return None
    centres = (dark * off).sum(axis=1) / np.maximum(dark.sum(axis=1), 1)
    upper, lower = middle.copy(), middle.copy()
    upper[1:-1, 1] += (centres - heights * lips.width / 2)[1:-1]
    lower[1:-1, 1] += (centres + heights * lips.width / 2)[1:-1]
    return replace(lips, upper_inner=upper, lower_inner=lower)


def _onto_edge(lab: NDArray[np.float32], line: Line, middle: Line, width: float) -> Line:
    """Each point of the line moved up or down, no further than to the middle."""
    off = np.linspace(-_REACH, _REACH, _STEPS) * width
    at = np.stack(
        [
            np.broadcast_to(line[:, :1], (len(line), _STEPS)),
            line[:, 1:] + off,
        ],
        axis=-1,
    ).astype(np.float32)
    seen = sample(lab, at, cv2.INTER_LINEAR).astype(np.float64)
    slope = np.gradient(seen, axis=1)
    inward = np.sign(middle[:, 1:] - line[:, 1:])
    change = np.linalg.norm(slope, axis=-1)
    change *= np.where(inward * slope[..., _RED] > _LEVEL, _REDDER, 1.0)
    change *= np.exp(-0.5 * (off / (_TRUST * width)) ** 2)
    beyond = (at[..., 1] - middle[:, 1:]) * np.sign(line[:, 1:] - middle[:, 1:] + 1e-9) < 0
    change[beyond] = 0
    best = off[change.argmax(axis=1)]
    calm = np.convolve(np.pad(best, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    moved = line.copy()
    moved[1:-1, 1] += calm[1:-1]
    return moved
