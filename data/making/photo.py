"""A photo that lives: it breathes, sways a little and blinks, and ends where it began.

In: a photo and its landmarks. Out: the pictures of a loop of 8 s; what is transparent in the photo
moves with it, the background that is seen there does not. Runs where avatars are
made; owns the photo. The head moves about the neck; the motion fades out around it, so that the
background near it gives a little and the edge of the picture stays. All motions are sines
whose periods divide the loop. A blink draws the skin of the upper lid down over the eye; it is
left out for eyes that are small or nearly shut, where that would be seen.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.blink import lids_of
from data.transparency import SourcePicture, multiplied, over
from data.units import TICKS_PER_SECOND

FRAMES: Final = 8 * TICKS_PER_SECOND
_BREATHS: Final = 2
_BREATH: Final = 0.012
"""How far the shoulders rise, in face widths."""
_BLINKS: Final = (45, 128)
_SHUT: Final = (0.45, 1.0, 0.9, 0.5, 0.15)
"""How shut the eyes are, frame by frame of a blink."""
_COLOURS: Final = 3
_REACH: Final = 1.3
"""Face widths from the face's middle at which the head's motion is a third."""

# Each motion is a sum of (cycles in a loop, amplitude, phase in turns).
_TILT: Final = ((1, 0.45, 0.10), (2, 0.25, 0.63), (3, 0.10, 0.30))  # degrees
_SWAY: Final = ((1, 0.008, 0.35), (2, 0.005, 0.05))  # face widths
_NOD: Final = ((1, 0.004, 0.20), (2, 0.004, 0.75))  # face widths


class PhotoSource:
    """The loop of a photo; see `FrameSource`. It is played as it is, not backward."""

    def __init__(self, photo: NDArray[np.uint8], face: Face) -> None:
        """photo: uint8 BGR [H, W, 3], or BGRA [H, W, 4]."""
        self._alpha = np.ascontiguousarray(photo[..., 3]) if photo.shape[2] > _COLOURS else None
        self._photo = photo if self._alpha is None else multiplied(photo)
        self._lids = lids_of(face)
        self._width = face.width
        marks = face.landmarks
        neck = marks[points.CHIN, :2] + 0.35 * (
            marks[points.CHIN, :2] - marks[points.NOSE_BRIDGE, :2]
        )
        height, width = photo.shape[:2]
        self._x = np.arange(width, dtype=np.float32)[None].repeat(height, 0)
        self._y = np.arange(height, dtype=np.float32)[:, None].repeat(width, 1)
        self._from_neck = (self._x - np.float32(neck[0]), self._y - np.float32(neck[1]))
        self._head, self._body = self._shares(marks[points.NOSE_BRIDGE, :2], float(neck[1]))

    @property
    def blinks(self) -> bool:
        """Whether the eyes are large enough for a blink."""
        return bool(self._lids)

    @property
    def expected(self) -> int:
        """Of pictures."""
        return FRAMES

    def pictures(self) -> Iterator[SourcePicture]:
        """`FRAMES` pictures of the photo's size."""
        for number in range(FRAMES):
            yield self._picture(number)

    def motion(self, number: int, box: tuple[int, int, int, int]) -> NDArray[np.float64]:
        """Affine [2, 3] from the photo's pixels to frame `number`'s, inside a box x, y, width,
        height of the photo: the best one, a few tenths of a pixel off at its corners."""
        left, top, width, height = box
        rows, columns = slice(top, top + height, 4), slice(left, left + width, 4)
        x, y = self._sources(number)
        here = np.stack([self._x[rows, columns].ravel(), self._y[rows, columns].ravel()], axis=1)
        there = np.stack([x[rows, columns].ravel(), y[rows, columns].ravel()], axis=1)
        system = np.column_stack([there, np.ones(len(there))]).astype(np.float64)
        return np.asarray(np.linalg.lstsq(system, here.astype(np.float64))[0].T, np.float64)

    def _shares(
        self, middle: NDArray[np.float64], neck: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How much of the head's and of the breath's motion each pixel makes, 0 to 1."""
        away = np.hypot(self._x - np.float32(middle[0]), self._y - np.float32(middle[1]))
        head = np.exp(-((away / np.float32(_REACH * self._width)) ** 2))
        below = np.clip((self._y - np.float32(neck)) / np.float32(0.8 * self._width), 0, 1)
        wide = np.exp(-(((self._x - np.float32(middle[0])) / np.float32(3 * self._width)) ** 2))
        calm = _calm_edge(self._photo.shape[:2])
        return head * (1 - 0.7 * below) * calm, below * wide

    def _picture(self, number: int) -> SourcePicture:
        photo = self._photo
        shut = _shut(number)
        for lid in self._lids if shut else ():
            photo = lid.draw(photo, shut)
        sources = self._sources(number)
        moved = _moved(photo, sources)
        if self._alpha is None:
            return SourcePicture(moved)
        return over(moved, _moved(self._alpha, sources))

    def _sources(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """For every pixel of frame `number` the x and the y of the photo that it shows."""
        turn = np.float32(np.deg2rad(_waves(_TILT, number)))
        right = np.float32(_waves(_SWAY, number) * self._width)
        down = np.float32(_waves(_NOD, number) * self._width)
        rise = np.float32(_BREATH * self._width * _breath(number))
        x, y = self._from_neck
        return (
            self._x + self._head * (turn * y - right),
            self._y - self._head * (turn * x + down) + self._body * rise,
        )


def _moved(
    picture: NDArray[np.uint8], sources: tuple[NDArray[np.float32], NDArray[np.float32]]
) -> NDArray[np.uint8]:
    moved = cv2.remap(picture, *sources, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _waves(waves: tuple[tuple[int, float, float], ...], number: int) -> float:
    turn = number / FRAMES
    return float(sum(a * np.sin(2 * np.pi * (n * turn + phase)) for n, a, phase in waves))


def _breath(number: int) -> float:
    """0 breathed out, 1 breathed in."""
    return float(0.5 - 0.5 * np.cos(2 * np.pi * _BREATHS * number / FRAMES))


def _shut(number: int) -> float:
    for first in _BLINKS:
        if 0 <= number - first < len(_SHUT):
            return _SHUT[number - first]
    return 0.0


def _calm_edge(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """float32 [H, W]: 0 at the picture's edge, 1 inside."""
    reach = 0.06 * min(shape)

    def ramp(length: int) -> NDArray[np.float64]:
        at = np.arange(length)
        return np.clip(np.minimum(at, length - 1 - at) / reach, 0, 1)

    return np.minimum(ramp(shape[0])[:, None], ramp(shape[1])[None]).astype(np.float32)
