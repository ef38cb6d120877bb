"""The frames of a clip on disk while it is made, each once, however often it is played.

In: pictures, one after another. Out: memory-mapped arrays: I420 frames, and where their background
is seen. Runs where avatars are made; owns files in the folder that it is given, which its maker
saves or removes. Half a minute of 1080p is 2.3 GB: too much for memory.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.i420 import i420_from_bgr, i420_shape
from data.storage import reserved
from data.transparency import SourcePicture, behind


def there_and_back(count: int, twice_at_ends: bool = False) -> NDArray[np.int64]:
    """The order of a loop that runs forward, then backward, over `count` frames.

    twice_at_ends: whether the first and the last frame are shown twice in a row, as
    LiveTalking does it.
    """
    forward = np.arange(count)
    back = forward[::-1] if twice_at_ends else forward[-2:0:-1]
    return np.concatenate([forward, back])


class Reel:
    """count: of the frames. folder: to write to. stage: what stands behind them, uint8 BGR
    [H, W, 3]; None for the built-in people's background."""

    def __init__(self, count: int, folder: Path, stage: NDArray[np.uint8] | None = None) -> None:
        self._folder = folder
        self._count = count
        self._stage = stage
        self._frames: NDArray[np.uint8] | None = None
        self._clear: NDArray[np.uint8] | None = None

    def put(self, place: int, picture: SourcePicture) -> None:
        """Keep a frame; an odd last row or column is cut."""
        height, width = picture.seen.shape[0] & ~1, picture.seen.shape[1] & ~1
        if self._frames is None:
            self._frames = self._array("frames", i420_shape(width, height))
        self._frames[place] = i420_from_bgr(picture.seen[:height, :width])
        if picture.clear is not None:
            if self._clear is None:
                self._clear = self._array("clear", (height, width))
            self._clear[place] = picture.clear[:height, :width]

    @property
    def frames(self) -> NDArray[np.uint8]:
        """uint8 [N, H * 3 // 2, W]; ValueError before the first frame."""
        if self._frames is None:
            raise ValueError("no frame was put into the reel")
        return self._frames

    @property
    def clear(self) -> NDArray[np.uint8] | None:
        """uint8 [N, H, W] as in `Clip`; None if no frame was transparent."""
        return self._clear

    @property
    def behind(self) -> NDArray[np.uint8] | None:
        """I420 uint8 [H * 3 // 2, W] as in `Clip`; None if no frame was transparent."""
        if self._clear is None:
            return None
        height, width = self._clear.shape[1:]
        if self._stage is None:
            return i420_from_bgr(behind(height, width))
        return i420_from_bgr(np.ascontiguousarray(self._stage[:height, :width]))

    def _array(self, name: str, shape: tuple[int, int]) -> NDArray[np.uint8]:
        return reserved(self._folder / f"{name}.npy", (self._count, *shape))
