"""An open mouth shut with its own lips: before a photo is moved, or a frame is shown idle.

In: a picture and the face in it. Out: the picture with lips that touch, and its face. Pure but for
the landmark nets. Both inner edges are brought to the line where lips would meet, by two
warps, one of what is above it and one of what is below; the more the jaw hung, the more the chin
comes up. What was between the lips is gone; its teeth are kept for speaking.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.errors import CannotMake
from data.making.face_view import FaceView, view_of
from data.making.lip_edges import dark_gap, snapped
from data.making.lips import LIPS, Line, LipLines, heights
from data.making.mouth_warp import below_line, edge_points
from data.making.own_teeth import SeenTeeth, seen_teeth, teeth_colour
from data.making.plate import Plate
from data.making.sampling import pixels, rounded, sample, smooth

TOUCHING: Final = 0.06
"""Parts of the mouth's width by which the nets see lips apart that touch."""
_STILL_OPEN: Final = 0.12
"""Seen further apart than this after all, lips were not where the nets saw them."""
MOST_GAP: Final = 0.40
"""And from which shut lips would be smeared: a shout."""
_MEETS: Final = 0.35
"""Where lips meet, of the way from the upper one down."""
_FOLLOWS: Final = 0.6
"""How far the upper lip's outer edge comes down with the inner one."""
_INTO: Final = 0.022
"""How far inside a lip its edge is taken, in mouth widths: the last pixels are half teeth."""
_HANGS: Final = (0.12, 0.30)
"""Gaps between which the jaw is seen to hang, and so the chin comes up with the lip."""
_DARK_GAP: Final = 0.05
"""Mouth widths of dark between lips that are more than the line on which they meet."""
_DARK: Final = 0.30
_DARK_WIDE: Final = 0.011
_DARK_SOFT: Final = 0.7
"""How dark the line between the lips is, and half its width in mouth widths, or in pixels of the
picture, which shows nothing thinner."""
_SKIN: Final = 468
_SOFT: Final = 0.012
_CALM: Final = (0.65, 0.95)


@dataclass(frozen=True)
class ShutMouth:
    """picture, face: with the mouth shut. teeth: those that were seen, if any."""

    picture: NDArray[np.uint8]
    face: Face
    teeth: SeenTeeth | None


def shut_mouth(picture: NDArray[np.uint8], face: Face, finder: FaceFinder) -> ShutMouth:
    """Shut the mouth of a uint8 picture BGR [H, W, 3] or BGRA [H, W, 4]; as it is if it is shut.

    CannotMake if it is still open afterwards, as with what is no human mouth."""
    view = view_of(picture, face)
    parted = _parted(view)
    if parted is None:
        return ShutMouth(picture, face, None)
    drawn = view.put(picture, _shut(view, parted, 1.0))
    seen = finder.follow(np.ascontiguousarray(drawn[..., :3]), face)
    if seen is None or LipLines.of(seen.landmarks).gap > _STILL_OPEN:
        raise CannotMake(
            "the mouth is open and cannot be shut with its own lips, as they are not clearly seen; "
            "take a picture with the mouth shut"
        )
    return ShutMouth(drawn, seen, seen_teeth(picture, face))


def shut_picture(picture: NDArray[np.uint8], face: Face, share: float = 1.0) -> NDArray[np.uint8]:
    """The uint8 picture, BGR or BGRA, with the lips brought together; share: how far, 0 to 1."""
    view = view_of(picture, face)
    lips = snapped(np.ascontiguousarray(view.picture[..., :3]), LipLines.of(view.marks))
    return view.put(picture, _shut(view, lips, share))


def _parted(view: FaceView) -> LipLines | None:
    """The lips where they are apart: as the nets see them, or as teeth or a dark gap between them
    tell where the nets see them touch; else None."""
    colours = np.ascontiguousarray(view.picture[..., :3])
    lips = LipLines.of(view.marks)
    inner = snapped(colours, lips)
    if lips.gap > TOUCHING or teeth_colour(colours, inner) is not None:
        return inner
    dark = dark_gap(colours, lips)
    return dark if dark is not None and dark.gap > _DARK_GAP else None


def _shut(view: FaceView, lips: LipLines, part: float) -> NDArray[np.float32]:
    """The view with its mouth shut, or so far of the way, float32."""
    width, height = view.size
    meet = lips.upper_inner + _MEETS * (lips.lower_inner - lips.upper_inner)
    step = np.array([0.0, _INTO * lips.width])
    gap = np.clip((lips.lower_inner - lips.upper_inner)[:, 1:] / (4 * step[1]), 0, 1)
    ways = part * (meet - lips.upper_inner), part * (meet - lips.lower_inner)
    above = _field(view, lips, ways, (lips.upper_inner + ways[0], lips.upper_inner - gap * step))
    below = _field(view, lips, ways, (lips.lower_inner + ways[1], lips.lower_inner + gap * step))
    share = below_line(meet, width, height)[..., None]
    seen = view.picture.astype(np.float32)
    shape = seen.shape
    drawn = sample(seen, above) * (1 - share) + sample(seen, below) * share
    drawn = drawn.reshape(shape)
    soft = max(_DARK_WIDE * lips.width, _DARK_SOFT / view.scale)
    drawn[..., :3] *= 1 - part * _line(meet, soft, width, height)[..., None]
    return np.asarray(drawn, np.float32)


def _field(
    view: FaceView, lips: LipLines, ways: tuple[Line, Line], edge: tuple[Line, Line]
) -> NDArray[np.float32]:
    """Where each pixel comes from. ways: how the upper lip's and the lower lip's inner edges move.
    edge: where one of them goes to and where it is taken from."""
    width, height = view.size
    down, up = ways
    skin, motion = _skin(view.marks, lips, up)
    to = [
        edge[0],
        (lips.upper_outer + _FOLLOWS * down)[1:-1],
        (lips.lower_outer + up)[1:-1],
        skin + motion,
    ]
    source = [edge[1], lips.upper_outer[1:-1], lips.lower_outer[1:-1], skin]
    errors = (0.0, 0.25, 0.25, (_SOFT * lips.width) ** 2)
    soft = [np.full(len(each), error) for each, error in zip(to, errors, strict=True)]
    still = edge_points(view.marks, width, height)
    plate = Plate(
        np.concatenate([*to, still]),
        np.concatenate([*source, still]),
        np.concatenate([*soft, np.zeros(len(still))]),
    )
    here = pixels(width, height)
    tip, nose = view.marks[points.NOSE_TIP, 1], view.marks[points.NOSE_BOTTOM, 1]
    low = smooth((np.arange(height) - tip) / max(1.0, nose - tip))[:, None]
    window = (low * rounded(width, height, *_CALM)).astype(np.float32)[..., None]
    return np.asarray(here + window * (plate.field(width, height) - here), np.float32)


def _skin(
    marks: NDArray[np.float64], lips: LipLines, up: Line
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Landmarks of skin [K, 2] and how they move: below the mouth up with the lower lip, the chin
    only as far as the jaw hung."""
    nose, chin = marks[points.NOSE_BOTTOM, 1], marks[points.CHIN, 1]
    skin = np.array([n for n in range(_SKIN) if n not in LIPS and marks[n, 1] > nose])
    at = marks[skin]
    line = lips.lower_outer[:, 1].mean()
    low = np.clip((at[:, 1] - line) / max(1.0, chin - line), 0, 1)
    hangs = float(smooth(np.array((lips.gap - _HANGS[0]) / (_HANGS[1] - _HANGS[0]))))
    share = np.where(at[:, 1] > line, 1 - low * (1 - hangs), 0.0)
    near = np.clip(
        (at[:, 1] - lips.middle[:, 1].mean()) / max(1.0, line - lips.middle[:, 1].mean()), 0, 1
    )
    share = np.where(at[:, 1] > line, share, hangs * near)
    beside = np.abs(at[:, 0] - lips.middle[:, 0].mean()) / lips.width
    share *= smooth((1.15 - beside) / 0.7)
    motion = np.zeros_like(at)
    motion[:, 1] = share * float(up[4:7, 1].mean())
    return at, motion


def _line(meet: Line, soft: float, width: int, height: int) -> NDArray[np.float32]:
    """How much darker each pixel is for the line between the lips, 0 to 1; soft: half its width."""
    x = np.arange(width, dtype=np.float64)
    off = (np.arange(height)[:, None] - heights(meet, x)) / soft
    along = (x - meet[0, 0]) / max(1.0, meet[-1, 0] - meet[0, 0])
    inside = smooth(np.minimum(along, 1 - along) / 0.15)
    return np.asarray(_DARK * np.exp(-(off**2)) * inside, np.float32)
