"""How an avatar looks while it speaks, in figures.

In: pictures of it, idle and in speech, tick by tick. Out: sharpness, seam, flicker. Pure but for
the landmark nets; holds two seconds of grey pictures about the face.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from actors.spoken_avatar import SpokenPicture
from data.clip import Clip
from data.i420 import planes
from data.landmarks.finder import Face, FaceFinder
from models.picture.paste_figures import INSIDE, flicker, seam, sharpness

_LOOK_EVERY: Final = 3
"""Ticks between those in which the face is looked for."""
_BESIDE: Final = 0.3
_ABOVE: Final = 1.6
"""How far about the mask is looked at, of its sides: the eyes lie above it."""


@dataclass(frozen=True)
class SpokenFigures:
    """sharpness_idle, sharpness: fine detail to coarser about the mouth to that about the eyes, at
    rest and in speech; None where no face is seen. seam_step: levels by which the picture jumps
    across the mask's edge. seam_idle: by which it does from one tick to the next at rest, where
    nothing is pasted: a head that moves. flicker_idle, flicker: levels, within the mask."""

    sharpness_idle: float | None
    sharpness: float | None
    seam_idle: float
    seam_step: float
    flicker_idle: float
    flicker: float

    def __str__(self) -> str:
        inside, rest = self.sharpness, self.sharpness_idle
        sharp = f"sharpness {inside / rest:.2f} of what it is at rest, " if inside and rest else ""
        return (
            f"{sharp}seam step {self.seam_step:.1f} ({self.seam_idle:.1f} from tick to tick at "
            f"rest), flicker {self.flicker:.1f} ({self.flicker_idle:.1f} at rest) grey levels"
        )


class SpokenTicks:
    """What was seen of one avatar."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._box = _box(clip)
        self._grey: tuple[list[NDArray[np.uint8]], list[NDArray[np.uint8]]] = ([], [])
        self._masks: list[NDArray[np.uint8]] = []
        self._faces: tuple[list[Face], list[Face]] = ([], [])
        self._looked: list[int] = []
        self._finder = FaceFinder()

    def add(self, shown: SpokenPicture) -> None:
        """One tick."""
        pictures = (shown.idle, shown.speaking)
        for grey, frame in zip(self._grey, pictures, strict=True):
            grey.append(planes(frame)[0][self._box].copy())
        self._masks.append(_mask(self._clip, shown.number)[self._box])
        if len(self._masks) % _LOOK_EVERY == 1:
            found = [self._finder.find(_bgr(frame, self._box)) for frame in pictures]
            if all(found):
                self._looked.append(len(self._masks) - 1)
                for faces, seen in zip(self._faces, found, strict=True):
                    faces.append(seen[0])

    def figures(self) -> SpokenFigures:
        """Of all ticks so far; ValueError for fewer than three."""
        idle, moved = (np.stack(grey).astype(np.float32) for grey in self._grey)
        masks = np.stack(self._masks)
        inside = masks >= INSIDE
        sharp = [
            round(sharpness([grey[n] for n in self._looked], faces), 3) if faces else None
            for grey, faces in zip((idle, moved), self._faces, strict=True)
        ]
        return SpokenFigures(
            sharp[0],
            sharp[1],
            round(seam(idle[:-1], idle[1:], masks[:-1])[1], 2),
            round(seam(idle, moved, masks)[1], 2),
            round(flicker(idle, inside), 2),
            round(flicker(moved, inside), 2),
        )


def _mask(clip: Clip, number: int) -> NDArray[np.uint8]:
    onto = clip.placements[number].astype(np.float64)
    there = cv2.warpAffine(clip.mask_of(number), onto, (clip.width, clip.height))
    return np.asarray(there, np.uint8)


def _box(clip: Clip) -> tuple[slice, slice]:
    """The part of the picture about the face, on even bounds, wherever the clip's loop has it."""
    corners = []
    for number in range(len(clip.frames)):
        rows, columns = np.nonzero(clip.mask_of(number))
        at = np.array([[columns.min(), columns.max()], [rows.min(), rows.max()], [1, 1]])
        corners.append(clip.placements[number].astype(np.float64) @ at)
    ends = np.concatenate(corners, axis=1)
    (x0, y0), (x1, y1) = ends.min(axis=1), ends.max(axis=1)
    wide, high = x1 - x0, y1 - y0
    left, right = x0 - _BESIDE * wide, x1 + _BESIDE * wide
    top, bottom = y0 - _ABOVE * high, y1 + _BESIDE * high
    return (
        slice(max(0, int(top)) & ~1, min(clip.height, int(bottom) + 1 & ~1)),
        slice(max(0, int(left)) & ~1, min(clip.width, int(right) + 1 & ~1)),
    )


def _bgr(frame: NDArray[np.uint8], box: tuple[slice, slice]) -> NDArray[np.uint8]:
    whole = cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_YUV2BGR_I420)
    return np.ascontiguousarray(np.asarray(whole, np.uint8)[box])
