"""The pictures of an action, of the size of the avatar that it is for.

In: another source's pictures. Out: the same, uint8 BGR, as often as they are asked for. Runs where
actions are made; owns nothing. Errors are `CannotMake`.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.errors import CannotMake
from data.making.source import FrameSource
from data.transparency import SourcePicture

_ASPECT: Final = 0.02
"""By which a picture's aspect may differ from the avatar's: no more than rounding makes."""


class Resized:
    """Another source's pictures at the size of an avatar's; see `FrameSource`."""

    def __init__(self, source: FrameSource, size: tuple[int, int], name: str) -> None:
        """size: width and height. name: the source's, for messages."""
        self._source = source
        self._size = size
        self._name = name

    @property
    def expected(self) -> int:
        """As many as the other source."""
        return self._source.expected

    def pictures(self) -> Iterator[SourcePicture]:
        """CannotMake for pictures of another aspect: what was cut off would be seen as a jump."""
        for picture in self._source.pictures():
            height, width = picture.seen.shape[:2]
            wanted = self._size[0] / self._size[1]
            if abs(width / height / wanted - 1) > _ASPECT:
                raise CannotMake(
                    f"{self._name}: its pictures are {width} x {height}, those of the avatar "
                    f"{self._size[0]} x {self._size[1]}; an action is recorded as the avatar was, "
                    "with the same camera at the same place"
                )
            clear = None if picture.clear is None else self._fit(picture.clear)
            yield SourcePicture(self._fit(picture.seen), clear)

    def _fit(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = picture.shape[:2]
        if (width, height) == self._size:
            return picture
        sample = cv2.INTER_AREA if width > self._size[0] else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(picture, self._size, interpolation=sample), np.uint8)
