"""One mouth cut out of a frame and laid on the canvas, its lips where a state wants them.

In: a frame, where the canvas lies in it, its landmarks. Out: the canvas, float32. Pure. The frame
is sampled once, through one smooth warp: lips go to where the state has them and take the chin with
them; towards the canvas's edge the face has the shape that it has at rest, so that every mouth
fits the same surroundings.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.lip_edges import snapped
from data.making.lips import LIPS, LipLines
from data.making.mouth_targets import as_array, gaps_of
from data.making.mouth_warp import Place, edge_points
from data.making.plate import Plate
from data.making.sampling import rounded, sample, smooth

_MESH: Final = 468
_CALM: Final = (0.5, 0.9)
"""Where the face begins to have its shape at rest and where it has it, of the half sides."""
_SNAPPED_FROM: Final = 0.08
"""Mouth widths of gap from which the lips' inner edges are looked for in the picture."""
_SOFT: Final = 0.015
"""How exactly landmarks of skin are known, in mouth widths."""
_LIPS_SOFT: Final = 0.006


@dataclass(frozen=True)
class FrameMouth:
    """A frame on the canvas. onto: affine [2, 3] from the canvas to the frame. marks: landmarks
    [478, 2] on the canvas. lips: those of the frame there, `mouth_targets.as_array`."""

    onto: NDArray[np.float64]
    marks: NDArray[np.float64]
    lips: NDArray[np.float64]


class MouthCutter:
    """place: the face at rest on the canvas. scale: pixels of a frame to one of the canvas."""

    def __init__(self, place: Place, scale: float) -> None:
        self._place = place
        self._scale = scale
        height, width = place.picture.shape[:2]
        self._size = width, height
        line = place.lips.middle[:, 1].mean()
        top = place.marks[points.NOSE_BOTTOM, 1]
        self._skin = np.array(
            [n for n in range(0, _MESH, 2) if n not in LIPS and place.marks[n, 1] > top]
        )
        at = np.clip(np.rint(place.marks[self._skin]).astype(int), 0, (width - 1, height - 1))
        window = rounded(width, height, *_CALM)
        inside = ((place.marks[self._skin] >= 0) & (place.marks[self._skin] < self._size)).all(1)
        self._free = (window[at[:, 1], at[:, 0]] * inside)[:, None]
        """How freely each landmark is where its frame has it, 0 to 1."""
        chin = place.marks[points.CHIN, 1]
        self._hangs = smooth((place.marks[self._skin, 1:] - line) / max(1.0, (chin - line) / 3))
        """How much each goes with the lower lip."""
        self._still = edge_points(place.marks, width, height)

    def cut(
        self, picture: NDArray[np.uint8], mouth: FrameMouth, wanted: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """The mouth of a uint8 BGR frame on the canvas, float32 BGR; wanted: its lips' lines."""
        if self._scale > 1:  # a sampler skips pixels: smooth first
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.5 * self._scale), np.uint8)
        lips = self._edges(picture, mouth)
        skin = mouth.marks[self._skin]
        rest = self._place.marks[self._skin]
        down = (wanted[3] - lips[3])[4:7].mean(axis=0)
        own = skin + self._hangs * down
        width = self._place.lips.width
        to = [wanted.reshape(-1, 2), rest + self._free * (own - rest), self._still]
        source = [lips.reshape(-1, 2), skin, self._still]
        errors = ((_LIPS_SOFT * width) ** 2, (_SOFT * width) ** 2, (3 * _SOFT * width) ** 2)
        soft = [np.full(len(each), error) for each, error in zip(to, errors, strict=True)]
        plate = Plate(np.concatenate(to), np.concatenate(source), np.concatenate(soft))
        field = plate.field(*self._size).astype(np.float64) @ mouth.onto[:, :2].T
        return sample(picture, (field + mouth.onto[:, 2]).astype(np.float32))

    def _edges(self, picture: NDArray[np.uint8], mouth: FrameMouth) -> NDArray[np.float64]:
        """The frame's lips, inner edges to the pixel where they are apart."""
        if gaps_of(mouth.lips) < _SNAPPED_FROM * self._place.lips.width:
            return mouth.lips
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(picture, mouth.onto, self._size, flags=flags)
        return as_array(snapped(np.asarray(seen, np.uint8), LipLines(*mouth.lips)))
