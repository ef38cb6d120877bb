"""The frames of a clip on disk while it is made, in the order in which they are played.

In: BGR pictures, one after another. Out: a memory-mapped I420 array. Runs where avatars are
made; owns a file in the folder that it is given, which its maker removes. Half a minute of
1080p, there and back, is 4.7 GB: too much for memory.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.i420 import i420_from_bgr, i420_shape


def there_and_back(count: int, twice_at_ends: bool = False) -> NDArray[np.int64]:
    """The order of a loop that runs forward, then backward, over `count` frames.

    twice_at_ends: whether the first and the last frame are shown twice in a row, as
    LiveTalking does it.
    """
    forward = np.arange(count)
    back = forward[::-1] if twice_at_ends else forward[-2:0:-1]
    return np.concatenate([forward, back])


class Reel:
    """order: int [L], the source frame at each place of the loop. folder: to write to."""

    def __init__(self, order: NDArray[np.int64], folder: Path) -> None:
        self._folder = folder
        self._order = order
        self._frames: NDArray[np.uint8] | None = None

    def put(self, number: int, picture: NDArray[np.uint8]) -> None:
        """Keep source frame `number`, uint8 BGR [H, W, 3]; an odd last row or column is cut."""
        height, width = picture.shape[0] & ~1, picture.shape[1] & ~1
        if self._frames is None:
            self._frames = np.lib.format.open_memmap(
                self._folder / "frames.npy",
                mode="w+",
                dtype=np.uint8,
                shape=(len(self._order), *i420_shape(width, height)),
            )
        converted = i420_from_bgr(picture[:height, :width])
        for place in np.flatnonzero(self._order == number):
            self._frames[place] = converted

    @property
    def frames(self) -> NDArray[np.uint8]:
        """uint8 [L, H * 3 // 2, W]; ValueError before the first frame."""
        if self._frames is None:
            raise ValueError("no frame was put into the reel")
        return self._frames
