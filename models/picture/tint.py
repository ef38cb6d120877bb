"""Fit a face's colours to the picture that it is pasted on, steadily.

In: a face and a frame, I420, and the ring around the mask where both show the same. Out: a
table for each plane that brings the face's mean and contrast there to the frame's. Runs in the
compositor, for engines whose networks shift colours. A Tint belongs to one session and owns a
few numbers; a Ring is worked out once for each placement.

The mean is moved and the contrast scaled plane by plane (Reinhard et al. 2001, "Color Transfer
between Images", there in another colour space). A face that is only blurred, or whose samples lie
a little beside the frame's, keeps its contrast: see `_gain`. What differs by more than `_OUTLIER`
from the shift so far counts as that much: a jaw that drops, hair that moves are no change of light.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.i420 import planes

SAMPLES: Final = 384
"""Of each plane that are compared, at most."""
LEAST: Final = 32
"""Below so many samples inside of the picture nothing is matched."""
MOST_SHIFT: Final[NDArray[np.float32]] = np.array([24, 12, 12], np.float32)
"""Levels by which Y, U, V may be moved."""
MOST_GAIN: Final = 1.2
"""A contrast is scaled by 1 / MOST_GAIN to MOST_GAIN."""
_FLAT: Final = 4.0
"""Levels added to both contrasts, as noise adds: where all is flat, noise is no contrast."""
_OUTLIER: Final = 8.0
_FOLLOW: Final = 0.6
"""The share of what is new in each tick. So many samples hardly tremble by themselves, so a network
whose colours do is steadied by following it closely; less would leave the trembling, more would
add that of what was wrongly compared (perf/faces/flicker.py, `cast` and `same`)."""
_REACH: Final = 0.05
"""Parts of the face's width by which the ring reaches beyond the mask."""
_LEVELS: Final[NDArray[np.float32]] = np.arange(256, dtype=np.float32)


@dataclass(frozen=True)
class BorderSamples:
    """face, frame: intp [3, S], the flat indices of the same places in both I420 pictures, the
    Y, U and V planes' in turn."""

    face: NDArray[np.intp]
    frame: NDArray[np.intp]

    @property
    def nbytes(self) -> int:
        return self.face.nbytes + self.frame.nbytes


def ring_of(
    half_mask: NDArray[np.uint8], placement: NDArray[np.float32], picture: tuple[int, ...]
) -> BorderSamples | None:
    """The ring around the opaque part of a mask; None if too little of it is in the picture.

    half_mask: uint8 [h / 2, w / 2], at chroma's resolution. placement: float32 [2, 3], as in
    `Clip`. picture: the luma plane's height and width.
    """
    near = (half_mask > 0).astype(np.uint8)
    reach = 2 * max(1, round(_REACH * half_mask.shape[1])) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    near = np.asarray(cv2.dilate(near, disc), np.uint8)
    ring = (near > 0) & (half_mask < 128)
    ring[[0, -1]] = ring[:, [0, -1]] = False  # a network's outermost pixels are its worst
    here = np.stack(np.nonzero(ring))
    there, inside = onto_picture(here, placement, picture)
    here, there = here[:, inside], there[:, inside]
    if here.shape[1] < LEAST:
        return None
    chosen = np.linspace(0, here.shape[1] - 1, min(SAMPLES, here.shape[1])).astype(np.intp)
    height, width = half_mask.shape
    return BorderSamples(
        flat_indices(here[:, chosen], (2 * height, 2 * width)),
        flat_indices(there[:, chosen], picture),
    )


def onto_picture(
    here: NDArray[np.intp], placement: NDArray[np.float32], picture: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Rows and columns [2, S] of a face's chroma samples to those of the picture that it is pasted
    on, and which of them lie in it, bool [S]. picture: the luma plane's height and width."""
    x, y = placement.astype(np.float64) @ (
        2 * here[1] + 0.5,
        2 * here[0] + 0.5,
        np.ones(here.shape[1]),
    )
    there = np.rint((np.stack([y, x]) - 0.5) / 2).astype(np.intp)
    size = np.array([[picture[0] // 2], [picture[1] // 2]])
    inside: NDArray[np.bool_] = np.all((there >= 0) & (there < size), axis=0)
    return there, inside


def flat_indices(at: NDArray[np.intp], luma: tuple[int, ...]) -> NDArray[np.intp]:
    """Rows and columns [2, S] of chroma samples to indices into a whole I420 picture."""
    height, width = luma[0], luma[1]
    chroma = height * width + at[0] * (width // 2) + at[1]
    return np.stack([2 * at[0] * width + 2 * at[1], chroma, chroma + height * width // 4])


class Tint:
    """What has been found out in one session. Not for two threads at once."""

    def __init__(self) -> None:
        self._shift: NDArray[np.float32] | None = None
        self._gain: NDArray[np.float32] = np.ones(3, np.float32)

    def reset(self) -> None:
        """Forget everything: the next face is matched at once."""
        self._shift = None

    def tables(
        self, ring: BorderSamples, face: NDArray[np.uint8], frame: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """uint8 [3, 256], the new level for each of Y, U and V, for this face on this frame.

        face, frame: contiguous I420 pictures.
        """
        inner = face.reshape(-1)[ring.face].astype(np.float32)
        outer = frame.reshape(-1)[ring.frame].astype(np.float32)
        mean = inner.mean(axis=1, keepdims=True)
        gain = _gain(inner - mean, outer - outer.mean(axis=1, keepdims=True))
        self._follow(outer - inner, gain)
        assert self._shift is not None
        shift, gain = self._shift[:, None], self._gain[:, None]
        fitted = (_LEVELS - mean) * gain + (mean + shift)
        tables: NDArray[np.uint8] = np.rint(fitted).clip(0, 255).astype(np.uint8)
        return tables

    def fit(
        self,
        border: BorderSamples,
        face: NDArray[np.uint8],
        frame: NDArray[np.uint8],
        into: NDArray[np.uint8],
    ) -> None:
        """Write the face in the frame's colours to `into`, an I420 picture of its size."""
        tables = self.tables(border, face, frame)
        for plane, table, shown in zip(planes(face), tables, planes(into), strict=True):
            cv2.LUT(plane, table, dst=shown)

    def _follow(self, change: NDArray[np.float32], gain: NDArray[np.float32]) -> None:
        """Take in the difference at every sample [3, S] and the ratio of contrasts [3]."""
        first = self._shift is None
        before = np.median(change, axis=1) if self._shift is None else self._shift
        away = (change - before[:, None]).clip(-_OUTLIER, _OUTLIER).mean(axis=1)
        share = np.float32(1 if first else _FOLLOW)
        self._shift = (before + share * away).clip(-MOST_SHIFT, MOST_SHIFT)
        bounded = gain.clip(1 / MOST_GAIN, MOST_GAIN)
        self._gain = self._gain + share * (bounded - self._gain)


def _gain(inner: NDArray[np.float32], outer: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much each plane's contrast is scaled, [3], from samples less their mean [3, S].

    Between the slope of the frame's samples over the face's and the ratio of their deviations lies
    what the contrast can be: blur raises the second only, samples that do not belong together lower
    the first only. What is nearest to 1 is taken.
    """
    own = np.square(inner).mean(axis=1) + _FLAT**2
    slope = ((inner * outer).mean(axis=1) + _FLAT**2) / own
    ratio = np.sqrt((np.square(outer).mean(axis=1) + _FLAT**2) / own)
    return np.asarray(np.clip(1.0, slope, ratio), np.float32)
