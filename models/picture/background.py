"""Another background behind a person whose own one is baked into the frames.

In: how much background each pixel of each frame of a clip shows, the background that the
frames hold, and the one that is wanted. Out: finished I420 pictures, changed in place. What is
added is the difference of the two backgrounds in the share in which background is seen, so
nothing of the old one shines through at the hair's edge, where a pixel is both (compositing
after Porter and Duff, 1984: the person's part is the same in both pictures and cancels).
Runs in the compositor, once a picture; OpenCV, one thread. A Background owns two pictures and
as much scratch; the clip's mapped files stay files.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.backdrop import covered
from data.i420 import i420_from_bgr, planes

OPAQUE: Final = 255


@dataclass(frozen=True)
class _Change:
    """What one plane gains and loses where only background is seen: uint8 [h, w], None if
    nothing anywhere. A pixel does one of the two. OpenCV multiplies and saturates bytes three
    times as fast as it does the signed difference."""

    gain: NDArray[np.uint8] | None
    loss: NDArray[np.uint8] | None

    @classmethod
    def between(cls, old: NDArray[np.uint8], new: NDArray[np.uint8]) -> "_Change":
        return cls(_if_any(cv2.subtract(new, old)), _if_any(cv2.subtract(old, new)))

    def apply(
        self, plane: NDArray[np.uint8], share: NDArray[np.uint8], scratch: NDArray[np.uint8]
    ) -> None:
        if self.gain is not None:
            cv2.multiply(self.gain, share, dst=scratch, scale=1 / OPAQUE)
            cv2.add(plane, scratch, dst=plane)
        if self.loss is not None:
            cv2.multiply(self.loss, share, dst=scratch, scale=1 / OPAQUE)
            cv2.subtract(plane, scratch, dst=plane)


class Background:
    """One background for one clip. Sessions that want the same may share it, not two threads."""

    def __init__(
        self, clear: NDArray[np.uint8], behind: NDArray[np.uint8], wanted: NDArray[np.uint8]
    ) -> None:
        """clear: uint8 [N, H, W] and behind: I420 uint8 [H * 3 // 2, W], see `Clip`. wanted:
        I420 like `behind`. ValueError when they do not fit together."""
        old, new = planes(np.ascontiguousarray(behind)), planes(np.ascontiguousarray(wanted))
        if behind.shape != wanted.shape or clear.shape[1:] != old[0].shape:
            raise ValueError(
                f"a matte {clear.shape} and backgrounds {behind.shape}, {wanted.shape} do not fit"
            )
        self._clear = np.asarray(clear)
        self._changes = tuple(_Change.between(*pair) for pair in zip(old, new, strict=True))
        self._scratch = np.empty_like(old[0])
        self._half = np.empty_like(old[1])
        self._half_scratch = np.empty_like(old[1])

    def apply(self, out: NDArray[np.uint8], number: int) -> None:
        """Put it into `out`, a picture made on frame `number` of the clip: I420 uint8
        [H * 3 // 2, W], contiguous. Exact where no background is seen, else within one grey
        level; nothing is allocated. IndexError for a frame that is none."""
        luma, *chromas = planes(out)
        share = self._clear[number]
        self._changes[0].apply(luma, share, self._scratch)
        cv2.resize(share, self._half.shape[::-1], dst=self._half, interpolation=cv2.INTER_AREA)
        for plane, change in zip(chromas, self._changes[1:], strict=True):
            change.apply(plane, self._half, self._half_scratch)


def covering(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """BGR [h, w, 3] as I420 of this size: scaled to fill it, cut in the middle."""
    return i420_from_bgr(covered(picture, width, height))


def _if_any(plane: NDArray[np.uint8] | cv2.typing.MatLike) -> NDArray[np.uint8] | None:
    return np.asarray(plane, np.uint8) if np.any(plane) else None
