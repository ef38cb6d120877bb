"""A face seen upright and large enough to work on: a part of a picture, turned and enlarged.

In: a picture and a face in it. Out: the part about brows, mouth and chin with the eyes level, its
landmarks, and the affine that puts it back. Pure. A mouth of thirty pixels is moved by fractions of
one, so what is small is worked on enlarged; what was enlarged is as soft as it was.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face
from data.making.brow_lift import strip_top
from data.making.lips import LipLines

WORKING_MOUTH: Final = 100.0
"""Pixels of mouth to which a smaller one is enlarged."""
_LEVEL: Final = 4.0
"""Degrees askew up to which a face is left as it stands: turning costs sharpness."""
_AWAY: Final = 0.3
"""Pixels by which a moving head is beside its pixels, both ways, as a mean."""
_FINE: Final = 1.0
_MOST_GAIN: Final = 1.5
"""Standard deviation of the detail that is made stronger, and how much at most."""
ABOVE_MOUTH: Final = 0.08
"""Where mouths begin, in face widths above the nose's lower end."""
_BESIDE: Final = 0.46
_BELOW_CHIN: Final = (0.15, 0.21)
"""Where the view ends, in face widths: from the middle, below the chin at least and at most."""


@dataclass(frozen=True)
class FaceView:
    """picture: uint8 [h, w, channels], both sides even. marks: float64 [478, 2] in it. onto:
    affine [2, 3] from its pixels to the whole picture's. scale: of these to one of the view's."""

    picture: NDArray[np.uint8]
    marks: NDArray[np.float64]
    onto: NDArray[np.float64]
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return int(self.picture.shape[1]), int(self.picture.shape[0])

    def bounds(self, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        """x, y, width, height about the view in a picture of that shape, rows first."""
        width, height = self.size
        corners = np.array([[0, width, width, 0], [0, 0, height, height], [1, 1, 1, 1]])
        at = self.onto @ corners
        x0, y0 = (int(max(0, low)) for low in np.floor(at.min(axis=1)))
        x1, y1 = np.ceil(at.max(axis=1))
        return x0, y0, max(1, int(min(shape[1], x1)) - x0), max(1, int(min(shape[0], y1)) - y0)

    def put(self, whole: NDArray[np.uint8], changed: NDArray[np.float32]) -> NDArray[np.uint8]:
        """A copy of the whole picture with what `changed` [h, w, channels] makes different."""
        added = changed - self.picture.astype(np.float32)
        x, y, width, height = self.bounds(whole.shape)
        onto = self.onto - np.array([[0, 0, x], [0, 0, y]])
        there = cv2.warpAffine(added, onto, (width, height), flags=cv2.INTER_LINEAR)
        there = np.asarray(there, np.float32).reshape(height, width, -1)
        drawn = whole.copy()
        part = drawn[y : y + height, x : x + width]
        part[:] = np.rint(part + there).clip(0, 255).astype(np.uint8)
        return drawn


def view_of(
    picture: NDArray[np.uint8], face: Face, most: tuple[int, int] | None = None
) -> FaceView:
    """The view of a face in a uint8 picture [H, W, channels]; beyond it its border repeats.

    most: width and height that it may have; without them a large face is shown as it is.
    """
    level, turn = _level(face)
    return _view(picture, level, turn, _box(level, most), most)


def mouth_view(picture: NDArray[np.uint8], face: Face, most: tuple[int, int]) -> FaceView:
    """The same of the lower face only, from below the nose on."""
    level, turn = _level(face)
    left, top, width, height = _box(level, None)
    bottom, wide = top + height, float(np.ptp(level[list(points.OVAL), 0]))
    top = int(level[points.NOSE_BOTTOM, 1] - ABOVE_MOUTH * wide)
    return _view(picture, level, turn, (left, top, width, (bottom - top) & ~1), most)


def _level(face: Face) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The landmarks [478, 2] with the eyes level, and the turn [2, 2] back to the picture."""
    roll = face.turn[2]
    angle = np.deg2rad(roll) if abs(roll) > _LEVEL else 0.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return face.landmarks[:, :2] @ turn, turn


def _view(
    picture: NDArray[np.uint8],
    level: NDArray[np.float64],
    turn: NDArray[np.float64],
    box: tuple[int, int, int, int],
    most: tuple[int, int] | None,
) -> FaceView:
    """The box of the levelled picture, made to fit."""
    x, y, width, height = box
    scale = min(1.0, LipLines.of(level).width / WORKING_MOUTH)
    if most is not None:
        scale = max(scale, width / most[0], height / most[1])
    size = int(width / scale) & ~1, int(height / scale) & ~1
    middle = turn @ np.array([x + (width - 1) / 2, y + (height - 1) / 2])
    linear = turn * scale
    onto = np.column_stack([linear, middle - linear @ ((np.array(size) - 1) / 2)])
    marks = (level @ turn.T - onto[:, 2]) @ np.linalg.inv(linear).T
    return FaceView(_seen(picture, onto, size, scale), marks, onto, scale)


def same_view(view: FaceView, picture: NDArray[np.uint8]) -> FaceView:
    """What the view shows of another picture."""
    return replace(view, picture=_seen(picture, view.onto, view.size, view.scale))


def sharpened(view: FaceView, whole: NDArray[np.uint8]) -> FaceView:
    """The view, sharper by as much as it becomes softer when it is put back as faces are: by a
    linear sampler, a fraction of a pixel away. What is gained is told by least squares."""
    x, y, width, height = view.bounds(whole.shape)
    here = np.array([[1.0, 0.0, _AWAY], [0.0, 1.0, _AWAY]])
    part = np.ascontiguousarray(whole[y : y + height, x : x + width])
    wanted = cv2.warpAffine(part, here, (width, height), flags=cv2.INTER_CUBIC).astype(np.float32)
    onto = view.onto + np.array([[0, 0, _AWAY - x], [0, 0, _AWAY - y]])
    seen = view.picture.astype(np.float32)
    fine = seen - cv2.GaussianBlur(seen, (0, 0), _FINE)
    back, detail = (
        cv2.warpAffine(each, onto, (width, height), flags=cv2.INTER_LINEAR) for each in (seen, fine)
    )
    inner = np.s_[height // 8 : -height // 8, width // 8 : -width // 8]
    gain = float(((wanted - back) * detail)[inner].sum() / max(1.0, np.square(detail)[inner].sum()))
    sharp = np.rint(seen + np.clip(gain, 0, _MOST_GAIN) * fine).clip(0, 255).astype(np.uint8)
    return replace(view, picture=sharp)


def _box(marks: NDArray[np.float64], most: tuple[int, int] | None) -> tuple[int, int, int, int]:
    """x, y, width, height from above the brows to below the chin."""
    outline = marks[list(points.OVAL), 0]
    x0, x1 = float(outline.min()), float(outline.max())
    wide = x1 - x0
    middle = (x0 + x1 + marks[points.CHIN, 0] + LipLines.of(marks).middle[:, 0].mean()) / 4
    left, right = int(middle - _BESIDE * wide), int(middle + _BESIDE * wide)
    top = int(strip_top(marks))
    least, best = (int(marks[points.CHIN, 1] + part * wide) for part in _BELOW_CHIN)
    # As it is rather than drawn smaller.
    bottom = best if most is None else min(best, max(least, top + most[1]))
    return left, top, (right - left) & ~1, (bottom - top) & ~1


def _seen(
    picture: NDArray[np.uint8], onto: NDArray[np.float64], size: tuple[int, int], scale: float
) -> NDArray[np.uint8]:
    if scale > 1:  # an affine sampler skips pixels: smooth first
        spread = 0.5 * float(np.sqrt(scale**2 - 1))
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), max(0.1, spread)), np.uint8)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    seen = cv2.warpAffine(picture, onto, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)
