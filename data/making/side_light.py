"""How light falls off across a mouth, told by the skin beside it.

In: a photo's face. Out: a gain for each column of what is drawn between its lips. Pure. A face
lit from one side has darker teeth on the other; a rendered mouth is lit from the front.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.lips import LipLines
from data.making.sampling import sample

_BESIDE: Final = ((205, 187, 207, 216, 203), (425, 411, 427, 436, 423))
"""Landmarks of the skin left and right of mouth and nose."""
_MOST: Final = 0.6
"""How much darker or lighter one corner may be than the middle, as a logarithm."""


@dataclass(frozen=True)
class SideLight:
    """middle: the column of gain 1. slope: by how much its logarithm rises a pixel."""

    middle: float
    slope: float

    def gains(self, x: NDArray[np.float64]) -> NDArray[np.float32]:
        """float32 [N], of the columns x."""
        return np.exp(self.slope * (x - self.middle)).astype(np.float32)


def side_light_of(photo: NDArray[np.uint8], marks: NDArray[np.float64]) -> SideLight:
    """Of a uint8 BGR photo; marks: landmarks [478, 2] of its face."""
    lips = LipLines.of(marks)
    soft = cv2.GaussianBlur(photo, (0, 0), max(1.0, 0.04 * lips.width))
    grey = cv2.cvtColor(np.asarray(soft, np.uint8), cv2.COLOR_BGR2GRAY)
    places = [marks[list(side)] for side in _BESIDE]
    levels = [
        np.median(sample(np.asarray(grey, np.uint8), at[None].astype(np.float32))) for at in places
    ]
    apart = float(np.median(places[1][:, 0]) - np.median(places[0][:, 0]))
    rise = float(np.log((levels[1] + 8) / (levels[0] + 8)))
    most = 2 * _MOST / max(1.0, lips.width)
    slope = np.clip(rise / max(apart, lips.width / 2), -most, most)
    return SideLight(float(lips.middle[:, 0].mean()), float(slope))
