"""The person's own teeth, from a picture in which they are seen, for the mouths of another.

In: a picture of an open mouth and its face. Out: the colour of the teeth and, where a row of
them is seen, that row as it would lie in a picture of the face with its mouth shut. Pure. Upper
teeth stand still in the skull: eyes and nose say where, whatever the jaw does.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks.finder import Face
from data.making.face_fit import STEADY
from data.making.face_view import view_of
from data.making.lip_edges import snapped
from data.making.lip_motion import similarity
from data.making.lips import LipLines, curve, heights
from data.making.photo_light import redness
from data.making.sampling import sample, smooth

_PALER: Final = 0.35
"""Teeth are no redder than this part of the lips' redness."""
_LEAST: Final = 40
"""Pixels between the lips of which a colour is told."""
_LIGHT: Final = 0.55
"""How light, of the lightest, a pixel is that belongs to a tooth."""
_LEAST_HIGH: Final = 0.05
_LEAST_WIDE: Final = 0.35
"""Mouth widths of teeth, up and down and from side to side, that are worth using."""
_FADE: Final = 0.12
"""How far from its ends a row of teeth gives way to rendered ones, of its width."""


@dataclass(frozen=True)
class TeethRow:
    """picture: float32 BGR [h, w, 3], the teeth in their place. bottom, height: float64 [w], the
    row of each column where they end, and how many rows of them are seen. share: float64 [w], 1
    where there are teeth to 0 where there are none."""

    picture: NDArray[np.float32]
    bottom: NDArray[np.float64]
    height: NDArray[np.float64]
    share: NDArray[np.float64]

    def below(self, row: int) -> "TeethRow":
        """The same from that row on."""
        return TeethRow(self.picture[row:], self.bottom - row, self.height, self.share)

    def onto(self, top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float32]:
        """float32 BGR [h, w, 3] with teeth that begin at one row of each column and end at another:
        lower edge to lower edge, as high as they are, and stretched where more is wanted."""
        rows = np.arange(self.picture.shape[0], dtype=np.float64)[:, None]
        stretch = np.maximum(1, (bottom - top) / np.maximum(self.height, 1))
        source = self.bottom - (bottom - rows) / stretch
        x = np.broadcast_to(np.arange(self.picture.shape[1]), source.shape)
        at = np.stack([x, source], axis=-1).astype(np.float32)
        return sample(self.picture, at, cv2.INTER_LINEAR)


@dataclass(frozen=True)
class SeenTeeth:
    """Teeth between lips that are apart. picture: uint8 BGR [H, W, 3]. marks: landmarks [478, 2]
    there. colour: mean BGR of the lightest third."""

    picture: NDArray[np.uint8]
    marks: NDArray[np.float64]
    colour: NDArray[np.float64]

    def row(self, marks: NDArray[np.float64], width: int, height: int) -> TeethRow | None:
        """The row of teeth in a picture of that size; marks: landmarks [478, 2] there. None where
        too little of it is seen."""
        steady = list(STEADY)
        onto = similarity(self.marks[steady], marks[steady])
        if (scale := float(np.hypot(*onto[:, 0]))) < 1:
            picture = np.asarray(cv2.GaussianBlur(self.picture, (0, 0), 0.5 / scale), np.uint8)
        else:
            picture = self.picture
        how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
        flat = cv2.warpAffine(picture, onto, (width, height), flags=how)
        there = np.asarray(flat, np.uint8)
        lips = LipLines.of(self.marks @ onto[:, :2].T + onto[:, 2])
        return _row(there, snapped(there, lips), self.colour)


def seen_teeth(picture: NDArray[np.uint8], face: Face) -> SeenTeeth | None:
    """Those between the lips of a uint8 picture, BGR or BGRA; None where none are seen."""
    view = view_of(picture, face)
    colours = np.ascontiguousarray(view.picture[..., :3])
    light = teeth_colour(colours, snapped(colours, LipLines.of(view.marks)))
    if light is None:
        return None
    return SeenTeeth(np.ascontiguousarray(picture[..., :3]), face.landmarks[:, :2], light)


def teeth_colour(picture: NDArray[np.uint8], lips: LipLines) -> NDArray[np.float64] | None:
    """Mean BGR of the lightest third between the lips of a uint8 BGR picture; None where that is no
    teeth."""
    outline = np.concatenate([curve(lips.upper_inner), curve(lips.lower_inner)[::-1]])
    mask = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline).astype(np.int32)], 1)
    found = picture[cv2.erode(mask, np.ones((3, 3), np.uint8)) > 0].astype(np.float64)
    if len(found) < _LEAST:
        return None
    luma = found.mean(axis=1)
    light = found[luma >= np.quantile(luma, 0.66)].mean(axis=0)
    flesh = _flesh(picture, lips)
    pale = redness(light.astype(np.float32)) < _PALER * redness(flesh)
    return np.asarray(light, np.float64) if pale and light.mean() > flesh.mean() else None


def _flesh(picture: NDArray[np.uint8], lips: LipLines) -> NDArray[np.float32]:
    edges = np.concatenate([lips.lower_outer, lips.lower_inner])[None].astype(np.float32)
    return np.asarray(sample(picture, edges)[0].mean(axis=0), np.float32)


def _row(
    picture: NDArray[np.uint8], lips: LipLines, colour: NDArray[np.float64]
) -> TeethRow | None:
    height, width = picture.shape[:2]
    seen = picture.astype(np.float32)
    x = np.arange(width, dtype=np.float64)
    rows = np.arange(height)[:, None]
    top, end = heights(lips.upper_inner, x), heights(lips.lower_inner, x)
    most = (redness(_flesh(picture, lips)) * (1 + _PALER)) / 2
    teeth = (rows >= top + 1) & (rows < end - 1) & (redness(seen) < most)
    teeth &= seen.mean(axis=2) > _LIGHT * colour.mean()
    teeth &= (x > lips.middle[0, 0]) & (x < lips.middle[-1, 0])
    bottom, high = first_run(teeth)
    good = high > _LEAST_HIGH * lips.width
    if good.sum() < _LEAST_WIDE * lips.width:
        return None
    first, last = np.quantile(np.flatnonzero(good), (0.02, 0.98))
    fade = _FADE * (last - first)
    share = smooth(np.minimum(x - first, last - x) / max(1.0, fade))
    spread = max(3, round(0.04 * lips.width)) | 1
    return TeethRow(
        seen,
        _steady(np.interp(x, x[good], bottom[good]), spread),
        _steady(np.interp(x, x[good], high[good]), spread),
        share,
    )


def first_run(teeth: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The last row of the first run of true rows in each column, and how many rows it has."""
    begun = np.cumsum(teeth, axis=0)
    broken = np.cumsum(~teeth & (begun > 0), axis=0)
    first = teeth & (broken == 0)
    high = first.sum(axis=0).astype(np.float64)
    return first.argmax(axis=0) + high - 1, high


def _steady(line: NDArray[np.float64], spread: int) -> NDArray[np.float64]:
    padded = np.pad(line, spread // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, spread)
    return np.asarray(np.median(windows, axis=1), np.float64)
