"""A canvas on which outlines are filled, antialiased, and parts of which can be drawn alone.

In: outlines in pixels of the drawing, which is a little larger than the master, and colours as
"#rrggbb". Out: BGRA. Owns its own pixels.
Every part is drawn with room about it, so that a mouth that is drawn alone is, pixel for
pixel, the one of the whole picture.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.build.person.drawn.paths import Points
from data.head import Box

Mask = NDArray[np.float32]
"""How much of each pixel of a canvas is covered, float32 [H, W], 0 to 1."""

_FINE: Final = 4
"""Samples a pixel, across and down."""
_SHIFT: Final = 4
_PARTS: Final = 1 << _SHIFT
"""Bits of a sample's fraction that OpenCV is given, and parts of a sample."""
SOFTEST: Final = 24.0
"""Blur of the softest edge; softer light is a `Slope`'s."""
SHOWN: Final = 0.9
"""Pixels of the master for one of the drawing's."""
_MOVED: Final = np.array([64, 6])
"""And how far to the right and down the drawing's first one lies in the master."""
_LEVELS: Final = 2
"""Colours are multiples of it: nobody sees it, and a third is saved without a loss."""
_ROOM: Final = 4 * int(SOFTEST)


@dataclass(frozen=True)
class Slope:
    """A colour that turns into another between two points (x, y), along their line."""

    first: str
    second: str
    start: tuple[float, float]
    end: tuple[float, float]


Colour = str | Slope


def rgb(colour: str) -> NDArray[np.float32]:
    """float32 [3], 0 to 255, of "#rrggbb"."""
    return np.frombuffer(bytes.fromhex(colour[1:]), np.uint8).astype(np.float32)


class Canvas:
    """What is seen of the master in `box`, drawn at `scale`; nothing at first."""

    def __init__(self, box: Box, scale: float = 1.0) -> None:
        self._unit = scale * SHOWN
        self._room = round(_ROOM * scale)
        corner = (np.array([box.x, box.y]) - _MOVED) * scale
        self._at = np.rint(corner).astype(np.int64) - self._room
        self._size = (round(box.height * scale), round(box.width * scale))
        shape = (self._size[0] + 2 * self._room, self._size[1] + 2 * self._room)
        self._colour = np.zeros((*shape, 3), np.float32)
        self._alpha = np.zeros(shape, np.float32)

    def mask(self, points: Points, soft: float = 0.0) -> Mask:
        """Where an outline covers the canvas; `soft`: the blur of its edge, up to SOFTEST."""
        if soft > SOFTEST:
            raise ValueError(f"an edge {soft} pixels soft; the softest is {SOFTEST}")
        cover = np.zeros(self._alpha.shape, np.float32)
        exact = np.rint(points * (self._unit * _FINE * _PARTS)).astype(np.int64)
        here = exact - self._at * (_FINE * _PARTS)
        limits = np.array(cover.shape[::-1])
        low = np.clip(here.min(axis=0) // (_FINE * _PARTS) - 1, 0, limits)
        high = np.clip(here.max(axis=0) // (_FINE * _PARTS) + 2, 0, limits)
        width, height = high - low
        if width <= 0 or height <= 0:
            return cover
        fine = np.zeros((height * _FINE, width * _FINE), np.uint8)
        corner = here - low * (_FINE * _PARTS) - _PARTS // 2
        cv2.fillPoly(fine, [corner.astype(np.int32)], 255, shift=_SHIFT)
        small = cv2.resize(fine, (int(width), int(height)), interpolation=cv2.INTER_AREA)
        cover[low[1] : high[1], low[0] : high[0]] = small.astype(np.float32) / 255
        if soft:
            cover = np.asarray(cv2.GaussianBlur(cover, (0, 0), soft * self._unit), np.float32)
        return cover

    def draw(self, points: Points, colour: Colour) -> None:
        """Lay an outline's colour over what is there."""
        self.fill(self.mask(points), colour)

    def fill(self, cover: Mask, colour: Colour, share: float = 1.0) -> None:
        """Lay a colour over what is there."""
        cover = cover * np.float32(share)
        self._alpha += cover * (1 - self._alpha)
        self._blend(cover, colour, None)

    def shade(self, cover: Mask, colour: Colour, share: float = 1.0) -> None:
        """Colour what is there; what is empty stays so."""
        self._blend(cover * np.float32(share), colour, self._alpha)

    def picture(self) -> NDArray[np.uint8]:
        """uint8 [H, W, 4], BGRA, of the box."""
        inner = (
            slice(self._room, self._room + self._size[0]),
            slice(self._room, self._room + self._size[1]),
        )
        alpha = self._alpha[inner]
        colour = self._colour[inner] / np.maximum(alpha, 1e-6)[..., None]
        even = np.rint(colour[..., ::-1] / _LEVELS) * _LEVELS
        seen = np.concatenate([even, np.rint(255 * alpha)[..., None]], axis=2)
        out: NDArray[np.uint8] = seen.clip(0, 255).astype(np.uint8)
        return out

    def _paint(self, colour: Colour, part: tuple[slice, slice]) -> NDArray[np.float32]:
        """float32 [3] or, for a slope, [h, w, 3] of a part of the canvas."""
        if isinstance(colour, str):
            return rgb(colour)
        start, end = (np.array(at) * self._unit for at in (colour.start, colour.end))
        along = end - start
        x = np.arange(part[1].start, part[1].stop) + (self._at[0] + 0.5)
        y = np.arange(part[0].start, part[0].stop)[:, None] + (self._at[1] + 0.5)
        x, y = (x - start[0]) * along[0], (y - start[1]) * along[1]
        t = np.clip((x + y) / (along @ along), 0, 1).astype(np.float32)[..., None]
        return np.asarray(rgb(colour.first) * (1 - t) + rgb(colour.second) * t, np.float32)

    def _blend(self, cover: Mask, colour: Colour, only: NDArray[np.float32] | None) -> None:
        rows = np.flatnonzero(cover.any(axis=1))
        columns = np.flatnonzero(cover.any(axis=0))
        if not len(rows):
            return
        part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        share = cover[part][..., None]
        new = share if only is None else share * only[part][..., None]
        there = self._colour[part]
        there *= 1 - share
        there += new * self._paint(colour, part)
