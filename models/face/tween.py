"""Pictures between pictures: what moves is moved, so that nothing is seen twice.

In: pictures of a thing that moves a little from one to the next. Out: more of them. Pure; runs
where a clip is prepared. Two pictures faded into each other show a brow twice; here each is
first warped towards the other along the optical flow (DIS, Kroeger et al. 2016).
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_MARGIN: Final = 24
"""Pixels added around a picture, so that the flow is known up to its edge."""


def tweened(pictures: NDArray[np.uint8], steps: int) -> NDArray[np.uint8]:
    """BGR [K + 1, h, w, 3] to [K * steps, h, w, 3]: from every picture to the next in `steps`
    even steps. The first is left out; each of the others is the last of its steps, as it was.
    """
    count = len(pictures) - 1
    made = np.empty((count * steps, *pictures.shape[1:]), np.uint8)
    for number in range(count):
        first, last = pictures[number], pictures[number + 1]
        there, back = _flow(first, last), _flow(last, first)
        for step in range(1, steps):
            share = step / steps
            made[number * steps + step - 1] = cv2.addWeighted(
                _warped(first, there, share),
                1 - share,
                _warped(last, back, 1 - share),
                share,
                0,
            )
        made[(number + 1) * steps - 1] = last
    return made


def _flow(first: NDArray[np.uint8], last: NDArray[np.uint8]) -> NDArray[np.float32]:
    """float32 [h, w, 2]: how far each pixel of `first` has moved in `last`, right and down."""
    before, after = _grey(first), _grey(last)
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    finder.setFinestScale(0)
    flow = finder.calc(before, after, np.zeros((*before.shape, 2), np.float32))
    return np.asarray(flow[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN], np.float32)


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Without colour, and with the margin."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    wider = cv2.copyMakeBorder(grey, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
    return np.asarray(wider, np.uint8)


def _warped(
    picture: NDArray[np.uint8], flow: NDArray[np.float32], share: float
) -> NDArray[np.uint8]:
    """The picture, moved by a share of the flow."""
    y, x = np.indices(picture.shape[:2], np.float32)
    moved = cv2.remap(
        picture,
        x - np.float32(share) * flow[..., 0],
        y - np.float32(share) * flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.uint8)
