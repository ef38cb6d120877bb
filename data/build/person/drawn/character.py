"""Somebody who is drawn: what draws them, and where their moving parts lie.

In and out: nothing; values. Boxes and framings are in pixels of the master picture.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.build.person.drawn.look import Look
from data.head import Box, Framing

Drawing = Callable[[Look, Box, float], NDArray[np.uint8]]
"""uint8 BGRA of a box of the master, at a scale of its size."""


@dataclass(frozen=True)
class Character:
    """One of them. mouth_box, lid_box, brow_box: where what moves lies, with room about it that
    does not; sides are multiples of 6 from the square's corner, so that two thirds are even.
    pivot: where the neck meets the body. shoulders: rows between which the head's motion turns
    into the body's. framings: what a picture shows, one to one but for the square."""

    name: str
    draw: Drawing
    mouth_box: Box
    lid_box: Box
    brow_box: Box
    pivot: tuple[float, float]
    shoulders: tuple[float, float]
    framings: Mapping[str, Framing]
