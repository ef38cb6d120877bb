"""A picture with its matte below it, in one picture.

In: an I420 picture of a person in front of black, and how clear each of its pixels is. Out: an I420
picture twice as high, whose lower half is grey: black where nothing is, white where the person is.
Colours in front of black are multiplied by their opacity already (Porter and Duff 1984), as a
page's canvas wants them. Codecs know no alpha that browsers play from a call; a grey half is coded
as any picture. Runs in the compositor, once a picture; a PackedMatte owns one picture.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.i420 import i420_shape, planes

_BLACK: Final = 16
_WHITE: Final = 235
_GREY: Final = 128


class PackedMatte:
    """Of pictures of one size. Not for two threads at once."""

    def __init__(self, width: int, height: int) -> None:
        self.upper = np.empty(i420_shape(width, height), np.uint8)
        """I420, what `pack` puts above."""
        levels = np.arange(256)
        opaque = _WHITE - levels * (_WHITE - _BLACK) / 255
        self._levels = np.rint(opaque).astype(np.uint8)

    def pack(
        self,
        into: NDArray[np.uint8],
        clear: NDArray[np.uint8],
        mark: NDArray[np.uint8] | None = None,
    ) -> None:
        """Write `upper` and its matte to `into`, I420 of twice the height. clear: uint8 [H, W], 255
        where only background is. mark: uint8 [H, W], how opaque what lies over all of it is."""
        height = clear.shape[0]
        whole, part = planes(into), planes(self.upper)
        for plane, upper in zip(whole, part, strict=True):
            plane[: upper.shape[0]] = upper
        lower = whole[0][height:]
        cv2.LUT(clear, self._levels, dst=lower)
        if mark is not None:
            cv2.max(lower, mark, dst=lower)
        for plane in whole[1:]:
            plane[height // 2 :] = _GREY
