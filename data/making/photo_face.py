"""A face in a photo as the pictures that the built-in engine draws from.

In: the photo, its face, a rendered head that lends its mouths. Out: a `FaceAtlas`, its mask on the
canvas and where it lies in the photo. Runs where an avatar is made; all of it is in memory, some
10 MB. Errors are `CannotMake` and name what was seen and what is allowed.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.head import Head
from data.i420 import i420_from_bgr
from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.brow_lift import LEVELS, Rows, brow_rows, raised
from data.making.face_view import ABOVE_MOUTH, FaceView, sharpened, view_of
from data.making.lips import LipLines
from data.making.mouth_inside import Looks, fill
from data.making.mouth_moves import Mouths
from data.making.mouth_warp import Place, Warp
from data.making.own_teeth import SeenTeeth
from data.making.photo import DrawnPart
from data.making.photo_light import Rendered, light_of, rendered_teeth
from data.making.photo_texture import texture_of
from data.making.progress import MakingStep, Tell
from data.making.sampling import rounded, smooth
from data.making.seam_line import seam_line
from data.making.side_light import side_light_of

_SOLID: Final = 0.88
_DROP: Final = 0.14
_BEYOND: Final = 0.09
"""Face widths by which a chin may drop, and over which the mask ends beyond the outline."""
_SPOTS: Final = 6
_DRAWN: Final = 64
"""Every so many pixels, and from which level of the mask on, a face follows the head's motion."""
_TOUCHED: Final = 4
_AROUND: Final = 0.35
"""Levels of the mask up to which nothing is drawn, and mouth widths around what is drawn over which
it may turn as the head does."""
_BROW_FADE: Final = 0.12
_SIDE_FADE: Final = 0.05
"""Where the brows' strip fades, of its height and of its width."""


@dataclass(frozen=True)
class PhotoFace:
    """atlas, and mask uint8 [456, 324] on its canvas. onto: affine [2, 3] from the canvas to the
    photo. scale: photo pixels to one of the canvas, 1 or more. mouth: its width in the photo in
    pixels."""

    atlas: FaceAtlas
    mask: NDArray[np.uint8]
    onto: NDArray[np.float64]
    scale: float
    mouth: float

    @property
    def spots(self) -> NDArray[np.float64]:
        """Places of the photo [N, 2] on which the face is drawn."""
        y, x = np.nonzero(self.mask[::_SPOTS, ::_SPOTS] > _DRAWN)
        at = _SPOTS * np.stack([x, y], axis=1).astype(np.float64)
        return at @ self.onto[:, :2].T + self.onto[:, 2]

    def drawn_part(self, shape: tuple[int, ...]) -> DrawnPart:
        """Where it is drawn in the photo of that shape, rows first."""
        there = cv2.warpAffine(self.mask, self.onto, shape[1::-1], flags=cv2.INTER_LINEAR)
        away = cv2.distanceTransform((there <= _TOUCHED).astype(np.uint8), cv2.DIST_L2, 5)
        fade = _AROUND * self.mouth
        return DrawnPart(self.spots, smooth(1 - away.astype(np.float64) / fade).astype(np.float32))


def photo_face(
    photo: NDArray[np.uint8],
    face: Face,
    head: Head,
    finder: FaceFinder,
    tell: Tell,
    teeth: SeenTeeth | None = None,
    *,
    brows: bool = True,
) -> PhotoFace:
    """The face of a uint8 BGR photo, its mouth shut, with the mouths of `head`; 40 ms a mouth.

    teeth: the photo's own, where they were seen. brows: whether they rise; without them
    nothing above the mouth is drawn. See `check_face`."""
    view = sharpened(view_of(photo, face, CANVAS), photo)
    size = view.size
    place = placed(view)
    mouth_top = _mouth_top(place.marks)
    rows = brow_rows(place)
    mouths = Mouths(head, finder)
    looks = _looks(place, mouths, teeth)
    rows = (max(0, rows[0]) & ~1, min(rows[1], size[1]) & ~1)
    atlas = FaceAtlas(
        rest=i420_from_bgr(place.picture),
        mouths=_mouths(place, mouths, looks, mouth_top, tell),
        mouth_at=(0, mouth_top),
        states=head.states,
    )
    if brows:
        atlas = replace(atlas, brows=_brows(place, rows), brow_at=(0, rows[0]))
    return PhotoFace(
        atlas,
        _mask(view, mouth_top, rows if brows else (0, 0)),
        view.onto,
        view.scale,
        LipLines.of(face.landmarks).width,
    )


def placed(view: FaceView) -> Place:
    """The face of the view, its lips shut on the line where they meet."""
    seen = LipLines.of(view.marks)
    middle = seen.middle
    # The dark line ends between the corners of the inner lips and those of the outer ones.
    middle[[0, -1]] = (middle[[0, -1]] + seen.upper_outer[[0, -1]]) / 2
    meet = seam_line(view.picture, middle)
    return Place(view.picture, view.marks, LipLines(seen.upper_outer, meet, meet, seen.lower_outer))


def _mouth_top(marks: NDArray[np.float64]) -> int:
    wide = float(np.ptp(marks[list(points.OVAL), 0]))
    return max(0, int(marks[points.NOSE_BOTTOM, 1] - ABOVE_MOUTH * wide)) & ~1


def _looks(place: Place, mouths: Mouths, teeth: SeenTeeth | None) -> Looks:
    marks = mouths.rest.marks
    rendered = Rendered(mouths.picture, marks, rendered_teeth(mouths.widest_teeth))
    height, width = place.picture.shape[:2]
    return Looks(
        light_of(place.picture, place.marks, rendered, None if teeth is None else teeth.colour),
        side_light_of(place.picture, place.marks),
        texture_of(place.picture, place.marks, mouths.picture, marks),
        None if teeth is None else teeth.row(place.marks, width, height),
    )


def _mouths(place: Place, mouths: Mouths, looks: Looks, top: int, tell: Tell) -> NDArray[np.uint8]:
    """uint8 [S, mh * 3 // 2, mw]: the face from row `top` down in every state."""
    below = place.below(top)
    warp = Warp(below, mouths.rest)
    lower = looks.below(top)
    drawn = []
    for number, state in enumerate(mouths.states):
        picture = below.picture
        if state.any():
            mouth = mouths.state(number)
            lips = warp.lips(mouth)
            moved = fill(warp.picture(mouth, lips), lips, mouth, lower)
            picture = np.rint(moved).clip(0, 255).astype(np.uint8)
        drawn.append(i420_from_bgr(picture))
        tell(MakingStep.MOUTH, number + 1, len(mouths.states))
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


def _mask(view: FaceView, mouth_top: int, rows: Rows) -> NDArray[np.uint8]:
    """Opaque about the mouth and over the brows, if there are rows of them, else 0; nowhere far
    beyond the face's outline, as what is there moves otherwise."""
    width, height = view.size
    canvas = np.zeros((CANVAS[1], CANVAS[0]), np.float64)
    part = canvas[:height, :width]
    part[mouth_top:] = rounded(width, height - mouth_top, _SOLID, 1.0)
    if rows[1] > rows[0]:
        strip = part[rows[0] : rows[1]]
        np.maximum(strip, _strip(width, rows[1] - rows[0]), out=strip)
    part *= _within(view.marks, width, height)
    return np.rint(255 * canvas).astype(np.uint8)


def _within(marks: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """float64 [height, width]: 1 in the face, and in what a chin that drops reaches, to 0."""
    outline = marks[list(points.OVAL)]
    wide = float(np.ptp(outline[:, 0]))
    hull = cv2.convexHull(
        np.concatenate([outline, np.add(outline, (0, _DROP * wide))]).astype(np.float32)
    )
    solid = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(solid, np.rint(hull).astype(np.int32), 1)
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 5)
    return smooth(1 - np.asarray(away, np.float64) / (_BEYOND * wide))


def _strip(width: int, height: int) -> NDArray[np.float64]:
    y = (np.arange(height) + 0.5)[:, None] / height
    x = (np.arange(width) + 0.5) / width
    up = smooth(np.minimum(y, 1 - y) / _BROW_FADE)
    return up * smooth(np.minimum(x, 1 - x) / _SIDE_FADE)
