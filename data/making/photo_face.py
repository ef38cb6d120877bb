"""A face in a photo as the pictures that the built-in engine draws from.

In: the photo, its face, a rendered head that lends its mouths. Out: a `FaceAtlas`, its mask on the
canvas and where it lies in the photo. Runs where an avatar is made; all of it is in memory, some
10 MB. Errors are `CannotMake` and name what was seen and what is allowed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.head import Head
from data.i420 import i420_from_bgr
from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.boxes import cut, placement
from data.making.brow_lift import LEVELS, Rows, brow_rows, raised, strip_top
from data.making.lips import LipLines
from data.making.mouth_inside import fill
from data.making.mouth_moves import Mouths
from data.making.mouth_warp import Place, Warp
from data.making.photo_checks import check_face
from data.making.photo_light import light_of
from data.making.progress import MakingStep, Tell
from data.making.sampling import rounded, smooth
from data.making.seam_line import seam_line

_BESIDE: Final = 0.46
_ABOVE_MOUTH: Final = 0.08
_BELOW_CHIN: Final = (0.15, 0.21)
"""Where the moving part ends, in face widths: from the middle, above the nose's lower end, below
the chin at least and at most."""
_SOLID: Final = 0.74
_BROW_FADE: Final = 0.12
_SIDE_FADE: Final = 0.05
"""Where the brows' strip fades, of its height and of its width."""


@dataclass(frozen=True)
class PhotoFace:
    """atlas, and mask uint8 [456, 324] on its canvas. onto: affine [2, 3] from the canvas to the
    photo. scale: photo pixels to one of the canvas, 1 or more. mouth: its width in the photo in
    pixels. box: x, y, width, height of the atlas in the photo."""

    atlas: FaceAtlas
    mask: NDArray[np.uint8]
    onto: NDArray[np.float64]
    scale: float
    mouth: float
    box: tuple[int, int, int, int]


def photo_face(
    photo: NDArray[np.uint8], face: Face, head: Head, finder: FaceFinder, tell: Tell
) -> PhotoFace:
    """The face of a uint8 BGR photo with the mouths of `head`; 40 ms a mouth. See `check_face`."""
    check_face(face, photo.shape)
    box = _box(face, photo.shape)
    x, y, width, height = box
    scale = max(1.0, width / CANVAS[0], height / CANVAS[1])
    size = (int(width / scale) & ~1, int(height / scale) & ~1)
    edges = np.array([x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5])
    onto = placement(edges, *size).astype(np.float64)
    place = _place(cut(photo, edges, *size), face, onto)
    mouth_top = _mouth_top(place.marks)
    rows = brow_rows(place)
    rows = (max(0, rows[0]) & ~1, min(rows[1], size[1]) & ~1)
    atlas = FaceAtlas(
        rest=i420_from_bgr(place.picture),
        mouths=_mouths(place, head, finder, mouth_top, tell),
        mouth_at=(0, mouth_top),
        states=head.states,
        brows=_brows(place, rows),
        brow_at=(0, rows[0]),
    )
    return PhotoFace(
        atlas, _mask(size, mouth_top, rows), onto, scale, LipLines.of(face.landmarks).width, box
    )


def _box(face: Face, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """x, y, width, height of the part of the photo from above the brows to below the chin."""
    marks, wide = face.landmarks[:, :2], face.width
    x0, _, x1, _ = face.box
    middle = (x0 + x1 + marks[points.CHIN, 0] + LipLines.of(marks).middle[:, 0].mean()) / 4
    top = strip_top(marks)
    left, right = int(middle - _BESIDE * wide), int(middle + _BESIDE * wide)
    left, up = max(0, left), max(0, int(top))
    chin = marks[points.CHIN, 1]
    least, most = (int(chin + part * wide) for part in _BELOW_CHIN)
    bottom = min(most, max(least, up + CANVAS[1]))  # as it is rather than drawn smaller
    right, bottom = min(shape[1], right), min(shape[0], bottom)
    return left, up, (right - left) & ~1, (bottom - up) & ~1


def _place(picture: NDArray[np.uint8], face: Face, onto: NDArray[np.float64]) -> Place:
    """The face in the cut picture, its lips shut on the line where they meet."""
    marks = (face.landmarks[:, :2] - onto[:, 2]) / np.array([onto[0, 0], onto[1, 1]])
    seen = LipLines.of(marks)
    middle = seen.middle
    # The dark line ends between the corners of the inner lips and those of the outer ones.
    middle[[0, -1]] = (middle[[0, -1]] + seen.upper_outer[[0, -1]]) / 2
    meet = seam_line(picture, middle)
    return Place(picture, marks, LipLines(seen.upper_outer, meet, meet, seen.lower_outer))


def _mouth_top(marks: NDArray[np.float64]) -> int:
    wide = float(np.ptp(marks[list(points.OVAL), 0]))
    return max(0, int(marks[points.NOSE_BOTTOM, 1] - _ABOVE_MOUTH * wide)) & ~1


def _mouths(
    place: Place, head: Head, finder: FaceFinder, top: int, tell: Tell
) -> NDArray[np.uint8]:
    """uint8 [S, mh * 3 // 2, mw]: the face from row `top` down in every state."""
    below = place.below(top)
    count = len(head.states)
    mouths = Mouths(head, finder)
    light = light_of(place.picture, place.marks, mouths.picture, mouths.rest.marks)
    warp = Warp(below, mouths.rest)
    drawn = []
    for number, state in enumerate(head.states):
        picture = below.picture
        if state.any():
            mouth = mouths.state(number)
            lips = warp.lips(mouth)
            moved = fill(warp.picture(mouth, lips), lips, mouth, light)
            picture = np.rint(moved).clip(0, 255).astype(np.uint8)
        drawn.append(i420_from_bgr(picture))
        tell(MakingStep.MOUTH, number + 1, count)
    return np.stack(drawn)


def _brows(place: Place, rows: Rows) -> NDArray[np.uint8]:
    """uint8 [R, h * 3 // 2, w]: the strip of those rows, brows raised."""
    return np.stack(
        [
            i420_from_bgr(
                np.rint(raised(place, (level + 1) / LEVELS, rows)).clip(0, 255).astype(np.uint8)
            )
            for level in range(LEVELS)
        ]
    )


def _mask(size: tuple[int, int], mouth_top: int, rows: Rows) -> NDArray[np.uint8]:
    """Opaque about the mouth and over the brows, 0 over the eyes and from the edges on."""
    width, height = size
    canvas = np.zeros((CANVAS[1], CANVAS[0]), np.float64)
    canvas[mouth_top:height, :width] = rounded(width, height - mouth_top, _SOLID, 1.0)
    strip = canvas[rows[0] : rows[1], :width]
    np.maximum(strip, _strip(width, rows[1] - rows[0]), out=strip)
    return np.rint(255 * canvas).astype(np.uint8)


def _strip(width: int, height: int) -> NDArray[np.float64]:
    y = (np.arange(height) + 0.5)[:, None] / height
    x = (np.arange(width) + 0.5) / width
    up = smooth(np.minimum(y, 1 - y) / _BROW_FADE)
    return up * smooth(np.minimum(x, 1 - x) / _SIDE_FADE)
