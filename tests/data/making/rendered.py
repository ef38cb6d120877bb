"""A photo whose every mouth is known: the head that lends its mouths, before grey, enlarged."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.head import SQUARE, Head, lending_head
from data.making.mouth_moves import rest_picture

SIDE: Final = 820
"""Of the photo; the mouth is some 125 pixels wide."""
REST: Final = 0
SHUT: Final = 1
OPEN: Final = 2
TEETH: Final = 3
TUCKED: Final = 4
"""The mouths of `few_mouths`."""


def few_mouths() -> Head:
    """The person with five mouths only: what makes a face takes less time."""
    head = lending_head()
    columns = [head.parameters.index(name) for name in ("close", "jaw", "teeth", "fv")]
    rest = int(np.abs(head.states).max(axis=1).argmin())
    chosen = [rest, *(int(head.states[:, column].argmax()) for column in columns)]
    return replace(head, mouths=head.mouths[chosen], states=head.states[chosen])


def photo_of(head: Head, state: int = REST) -> NDArray[np.uint8]:
    """The photo, uint8 BGR [SIDE, SIDE, 3], with a mouth of the head."""
    picture = rest_picture(head)
    head.mouth_box.of(picture)[:] = head.mouths[state]
    part = head.framings[SQUARE].of(picture)
    return np.asarray(cv2.resize(part, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC), np.uint8)
