"""A photo that lives: the head turns a little, the person breathes, blinks and looks about.

In: a photo as layers and its face. Out: the pictures of a loop of 8 s, which ends where it began.
Runs where avatars are made; owns the photo. A turn moves each pixel by how far it lies in front of
the ears (`head_depth`); what stands behind the person, if it is known, does not move at all, and
the picture's edge never does. All motions are sines whose periods divide the loop.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.blink import lids_of
from data.making.gaze import gazes_of
from data.making.head_depth import head_depth
from data.making.photo_layers import PhotoLayers
from data.transparency import SourcePicture
from data.units import TICKS_PER_SECOND

FRAMES: Final = 8 * TICKS_PER_SECOND
_BREATHS: Final = 2
_BREATH: Final = 0.012
"""How far the shoulders rise, in face widths."""
_BLINKS: Final = (45, 128)
_SHUT: Final = (0.45, 1.0, 0.9, 0.5, 0.15)
"""How shut the eyes are, frame by frame of a blink."""
_GLANCES: Final = ((62, 80, 0.07), (131, 152, -0.06))
"""When the eyes look aside and back again, and how far, in widths of an eye. They jump, as eyes
do, and the second time in a blink, as they often do."""
_REACH: Final = 1.3
"""Face widths from the face's middle at which the head's motion is a third."""

# Each motion is a sum of (cycles in a loop, amplitude, phase in turns).
_YAW: Final = ((1, 1.5, 0.15), (2, 0.7, 0.55), (3, 0.3, 0.85))  # degrees
_PITCH: Final = ((1, 0.8, 0.60), (2, 0.5, 0.20), (4, 0.15, 0.40))  # degrees
_TILT: Final = ((1, 0.45, 0.10), (2, 0.25, 0.63), (3, 0.10, 0.30))  # degrees
_SWAY: Final = ((1, 0.006, 0.15), (2, 0.003, 0.55))  # face widths, with the turn
_NOD: Final = ((1, 0.003, 0.60), (2, 0.002, 0.20))  # face widths, with the nod

_Part = tuple[slice, slice] | tuple[NDArray[np.int64], NDArray[np.int64]]
_Sources = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True)
class DrawnPart:
    """Where a face is drawn upon the pictures. spots: places of the photo [N, 2] there. share:
    float32 [H, W], 1 there, fading to 0 around."""

    spots: NDArray[np.float64]
    share: NDArray[np.float32]


class PhotoSource:
    """The loop of a photo; see `FrameSource`. It is played as it is, not backward."""

    def __init__(self, layers: PhotoLayers, face: Face, drawn: DrawnPart | None = None) -> None:
        """drawn: where a face will be drawn, which can only turn and stretch as a whole: the
        pictures do so there too."""
        self._layers, self._drawn = layers, drawn
        self._lids, self._gazes = lids_of(face), gazes_of(face)
        self._width = face.width
        marks = face.landmarks
        neck = marks[points.CHIN, :2] + 0.35 * (
            marks[points.CHIN, :2] - marks[points.NOSE_BRIDGE, :2]
        )
        height, width = layers.person.shape[:2]
        self._x = np.arange(width, dtype=np.float32)[None].repeat(height, 0)
        self._y = np.arange(height, dtype=np.float32)[:, None].repeat(width, 1)
        self._from_neck = (self._x - np.float32(neck[0]), self._y - np.float32(neck[1]))
        calm = _calm_edge((height, width))
        self._head, self._body = self._shares(marks[points.NOSE_BRIDGE, :2], float(neck[1]), calm)
        self._depth = head_depth(marks, width, height) * calm

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

    def motion(self, number: int, at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Affine [2, 3] from the photo's pixels to frame `number`'s: the best one for places [N, 2]
        of the photo."""
        height, width = self._x.shape
        x = np.clip(np.rint(at[:, 0]).astype(int), 0, width - 1)
        y = np.clip(np.rint(at[:, 1]).astype(int), 0, height - 1)
        here = np.stack([x, y], axis=1).astype(np.float64)
        there = np.stack(self._field(number, (y, x)), axis=1).astype(np.float64)
        system = np.column_stack([there, np.ones(len(there))])
        return np.asarray(np.linalg.lstsq(system, here)[0].T, np.float64)

    def _shares(
        self, middle: NDArray[np.float64], neck: float, calm: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How much of the head's and of the breath's motion each pixel makes, 0 to 1."""
        away = np.hypot(self._x - np.float32(middle[0]), self._y - np.float32(middle[1]))
        head = np.exp(-((away / np.float32(_REACH * self._width)) ** 2))
        below = np.clip((self._y - np.float32(neck)) / np.float32(0.8 * self._width), 0, 1)
        wide = np.exp(-(((self._x - np.float32(middle[0])) / np.float32(3 * self._width)) ** 2))
        return head * (1 - 0.7 * below) * calm, below * wide * calm

    def _picture(self, number: int) -> SourcePicture:
        person, alpha = self._layers.person, self._layers.alpha
        aside = _aside(number)
        for gaze in self._gazes if aside else ():
            person = gaze.draw(person, aside)
        shut = _shut(number)
        for lid in self._lids if shut else ():
            person = lid.draw(person, shut)
        sources = self._sources(number)
        moved = None if alpha is None else _moved(alpha, sources)
        return self._layers.together(_moved(person, sources), moved)

    def _sources(self, number: int) -> _Sources:
        """For every pixel of frame `number` the x and the y of the photo that it shows."""
        x, y = self._field(number)
        if self._drawn is None:
            return x, y
        whole = np.vstack([self.motion(number, self._drawn.spots), (0, 0, 1)])
        (a, b, right), (c, d, down) = np.linalg.inv(whole)[:2].astype(np.float32)
        share = self._drawn.share
        x += share * (a * self._x + b * self._y + right - x)
        y += share * (c * self._x + d * self._y + down - y)
        return x, y

    def _field(self, number: int, part: _Part = np.s_[:, :]) -> _Sources:
        """The same (or of a part of the pixels) without regard to what is drawn."""
        yaw, pitch, turn = (
            np.float32(np.deg2rad(_waves(waves, number))) for waves in (_YAW, _PITCH, _TILT)
        )
        right = np.float32(_waves(_SWAY, number) * self._width)
        down = np.float32(_waves(_NOD, number) * self._width)
        rise = np.float32(_BREATH * self._width * _breath(number))
        x, y = (away[part] for away in self._from_neck)
        head, body, depth = self._head[part], self._body[part], self._depth[part]
        return (
            self._x[part] + head * (turn * y - right) - yaw * depth,
            self._y[part] - head * (turn * x + down) + body * rise - pitch * depth,
        )


def _moved(picture: NDArray[np.uint8], sources: _Sources) -> NDArray[np.uint8]:
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


def _aside(number: int) -> float:
    """How far the eyes look to the right, in widths of an eye."""
    for first, end, far in _GLANCES:
        if first <= number < end:
            return far if first < number < end - 1 else far / 2
    return 0.0


def _calm_edge(shape: tuple[int, int]) -> NDArray[np.float32]:
    """float32 [H, W]: 0 at the picture's edge, 1 inside."""
    reach = 0.06 * min(shape)

    def ramp(length: int) -> NDArray[np.float64]:
        at = np.arange(length)
        return np.clip(np.minimum(at, length - 1 - at) / reach, 0, 1)

    return np.minimum(ramp(shape[0])[:, None], ramp(shape[1])[None]).astype(np.float32)
