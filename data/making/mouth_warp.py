"""A photo's mouth in the states of a rendered one: its own lips and skin, moved.

In: the face in the photo and the rendered mouths. Out: for each state the lips' new edges and
the photo with its lower face moved. Pure. Above and below the mouth's line two warps meet, so
lips may part where the photo shows them shut.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.lip_motion import LipMotion
from data.making.lips import LIPS, Line, LipLines, heights
from data.making.mouth_moves import MouthPose
from data.making.plate import Plate
from data.making.sampling import pixels, rounded, sample, smooth

_LINE: Final = 0.013
"""Half the thickness of the dark line between shut lips, in mouth widths: it is not theirs."""
_CALM: Final = (0.65, 0.95)
"""Where the motion begins to fade and where it has ended, of the picture's half sides."""
_MET: Final = 0.25
_SOFT: Final = 0.05
"""How exactly the lips' outer edges are met, in squared pixels, and the skin's landmarks, as their
error in mouth widths."""
_NOSE: Final = (points.NOSE_BOTTOM, 98, 327, 48, 278)
_MESH: Final = 468
"""Landmarks of the face; those after them are the irises'."""
_ANCHORS: Final = 12
"""Points that hold still, along each side of the picture."""
_BESIDE: Final = 0.8
"""How fast the line between the warps widens to a fade beside the mouth, pixels a pixel."""


@dataclass(frozen=True)
class Place:
    """A face in a picture. picture: uint8 BGR. marks: float64 [478, 2]. lips: shut, both inner
    edges on the line where they meet."""

    picture: NDArray[np.uint8]
    marks: NDArray[np.float64]
    lips: LipLines

    def below(self, row: int) -> "Place":
        """The same from that row on."""
        return Place(
            np.ascontiguousarray(self.picture[row:]),
            self.marks - (0, row),
            self.lips.shifted(-row),
        )


class Warp:
    """Brings the rendered states to one photo. rest: the rendered mouth at rest."""

    def __init__(self, place: Place, rest: MouthPose) -> None:
        self._place = place
        self._rest = rest.marks
        self._motion = LipMotion(rest, place.marks, place.lips)
        top, middle = rest.marks[points.NOSE_BOTTOM, 1], rest.lips.middle[:, 1].mean()
        self._skin = np.array([n for n in range(_MESH) if n not in LIPS and rest.marks[n, 1] > top])
        self._share = smooth((rest.marks[self._skin, 1:] - top) / (middle - top))
        height, width = place.picture.shape[:2]
        self._window = rounded(width, height, *_CALM).astype(np.float32)[..., None]
        self._still = edge_points(place.marks, width, height)

    def lips(self, mouth: MouthPose) -> LipLines:
        """The photo's lips in that state."""
        return self._motion.lips(mouth)

    def picture(self, mouth: MouthPose, lips: LipLines) -> NDArray[np.float32]:
        """The photo with the lower face moved, float32 BGR; what is between the lips is not
        meant to be seen."""
        mine = self._place.lips
        line = np.array([0.0, _LINE * mine.width * mouth.opening])
        above = self._field(mouth, lips, lips.upper_inner, mine.upper_inner - line)
        below = self._field(mouth, lips, lips.lower_inner, mine.lower_inner + line)
        height, width = self._place.picture.shape[:2]
        share = below_line(lips.middle, width, height)[..., None]
        seen = self._place.picture.astype(np.float32)
        drawn = sample(seen, above) * (1 - share) + sample(seen, below) * share
        return np.asarray(drawn, np.float32)

    def _field(
        self, mouth: MouthPose, lips: LipLines, edge: Line, from_edge: Line
    ) -> NDArray[np.float32]:
        """Where each pixel comes from, if the mouth's line moves as one of its edges."""
        mine, skin = self._place.lips, self._place.marks[self._skin]
        motion = self._motion.moved(self._share * (mouth.marks - self._rest)[self._skin])
        to = (edge, lips.upper_outer[1:-1], lips.lower_outer[1:-1], skin + motion)
        source = (from_edge, mine.upper_outer[1:-1], mine.lower_outer[1:-1], skin)
        errors = (0.0, _MET, _MET, (_SOFT * mine.width) ** 2)
        soft = [np.full(len(each), error) for each, error in zip(to, errors, strict=True)]
        plate = Plate(
            np.concatenate([*to, self._still]),
            np.concatenate([*source, self._still]),
            np.concatenate([*soft, np.zeros(len(self._still))]),
        )
        height, width = self._place.picture.shape[:2]
        here = pixels(width, height)
        return np.asarray(here + self._window * (plate.field(width, height) - here), np.float32)


def below_line(line: Line, width: int, height: int) -> NDArray[np.float32]:
    """float32 [height, width], 0 above the mouth's line, 1 below it; beside the mouth it fades."""
    x = np.arange(width, dtype=np.float64)
    beside = np.maximum(line[0, 0] - x, x - line[-1, 0])
    soft = 1 + _BESIDE * np.maximum(beside, 0)
    share = (np.arange(height)[:, None] - heights(line, x)) / soft + 0.5
    return np.asarray(np.clip(share, 0, 1), np.float32)


def edge_points(marks: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """What holds still, [K, 2]: the nose's lower end and points along the picture's edge."""
    return np.concatenate([marks[list(_NOSE)], _frame(width, height)])


def _frame(width: int, height: int) -> NDArray[np.float64]:
    """Points along a picture's edge, [4 * _ANCHORS, 2]."""
    right, bottom = width - 1.0, height - 1.0
    corners = np.array([[0, 0], [right, 0], [right, bottom], [0, bottom]])
    along = (np.arange(_ANCHORS) / _ANCHORS)[:, None]
    sides = [a + along * (b - a) for a, b in zip(corners, np.roll(corners, -1, 0), strict=True)]
    return np.concatenate(sides)
