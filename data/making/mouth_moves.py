"""How a rendered head moves its face in every mouth state, read off its pictures.

In: a `Head` and the landmark nets. Out: what its lips and its skin do in a state, in the head's
pixels. Runs where an avatar is made of a photo; a state takes 8 ms. The nets see lips that touch a
little apart, so what they see counts as an opening only from there on.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.head import SQUARE, Head
from data.landmarks.finder import Face, FaceFinder
from data.making.errors import CannotMake
from data.making.lip_edges import dark_gap, snapped
from data.making.lips import LipLines

_GREY: Final = 190
_LEAST: Final = 0.05
"""The gap, in mouth widths, that the net may see between lips that touch."""
_SHUT: Final = 1.15
_OPEN: Final = 2.0
"""Gaps, in those of the mouth at rest, up to which lips touch and from which the gap is real."""


@dataclass(frozen=True)
class MouthPose:
    """One state, in pixels of the head's square view. lips: float64 lines; where the lips touch,
    both inner edges are one line. inside: the lips whose inner edges bound what is seen between
    them in the picture. opening: 0 shut to 1. marks: the landmarks [478, 2]. picture: uint8 BGR,
    the mouth's box, whose first pixel is at `at` (x, y) of the view."""

    lips: LipLines
    inside: LipLines
    opening: float
    marks: NDArray[np.float64]
    picture: NDArray[np.uint8]
    at: tuple[int, int]


class Mouths:
    """The mouths of one head. states: their parameters, float32 [S, 8]. picture: uint8 BGR, its
    square view at rest before grey. rest: the mouth there. CannotMake if no face is seen in it."""

    def __init__(self, head: Head, finder: FaceFinder) -> None:
        self._head, self._finder = head, finder
        self.states = head.states
        view = head.framings[SQUARE]
        self._at = head.mouth_box.x - view.x, head.mouth_box.y - view.y
        self.picture = np.ascontiguousarray(view.of(rest_picture(head)))
        faces = finder.find(self.picture)
        if not faces:
            raise CannotMake("no face is seen in the rendered head that lends its mouth")
        self._face: Face = faces[0]
        self._closed = max(LipLines.of(self._face.landmarks).gap, _LEAST)
        self.rest = self._mouth(self._face.landmarks, self.picture)

    @property
    def widest_teeth(self) -> NDArray[np.uint8]:
        """The mouth that shows most of its teeth, uint8 BGR."""
        column = self._head.parameters.index("teeth")
        return np.asarray(self._head.mouths[int(self.states[:, column].argmax())], np.uint8)

    def state(self, number: int) -> MouthPose:
        """The mouth in the head's state of that number."""
        whole = self.picture.copy()
        box = self._head.mouth_box
        x, y = self._at
        whole[y : y + box.height, x : x + box.width] = self._head.mouths[number]
        face = self._finder.follow(whole, self._face)
        if face is None:
            raise CannotMake(f"mouth {number} of the rendered head is not seen as one")
        return self._mouth(face.landmarks, whole)

    def _mouth(self, marks: NDArray[np.float64], whole: NDArray[np.uint8]) -> MouthPose:
        seen = LipLines.of(marks)
        part = np.clip((seen.gap / self._closed - _SHUT) / (_OPEN - _SHUT), 0, 1)
        opening = float(part * part * (3 - 2 * part))
        x, y = self._at
        box = self._head.mouth_box
        picture = whole[y : y + box.height, x : x + box.width]
        dark = dark_gap(whole, seen) if opening == 0 else None
        if dark is not None:
            return MouthPose(dark, dark, 1.0, marks[:, :2], picture, self._at)
        middle, inside = seen.middle, snapped(whole, seen)
        lips = LipLines(
            seen.upper_outer,
            middle + opening * (seen.upper_inner - middle),
            middle + opening * (inside.lower_inner - middle),
            seen.lower_outer,
        )
        return MouthPose(lips, inside, opening, marks[:, :2], picture, self._at)


def rest_picture(head: Head) -> NDArray[np.uint8]:
    """The head at rest before grey, uint8 BGR."""
    share = head.opacity[..., None] / 255.0
    return np.rint(head.picture * share + _GREY * (1 - share)).astype(np.uint8)
