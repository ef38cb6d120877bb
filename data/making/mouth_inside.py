"""What is seen between parted lips: a rendered mouth's teeth and tongue in the photo's light.

In: a rendered state, the photo's lips in it. Out: the photo with its mouth filled. Pure. The
rendered inside is brought from its own lips to the photo's by a smooth warp, made as light and as
tinted as the photo is, and shaded under the upper lip.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.making.lips import LipLines, heights
from data.making.mouth_moves import MouthPose
from data.making.own_teeth import TeethRow, first_run
from data.making.photo_light import Light, is_tooth
from data.making.photo_texture import Texture
from data.making.plate import Plate
from data.making.sampling import sample, smooth
from data.making.side_light import SideLight

_INWARD: Final = 0.016
"""Mouth widths by which the rendered inside is cut smaller, so that none of its lips is seen."""
_SHADE: Final = 0.27
_SHADE_DEEP: Final = 0.045
"""How dark the upper lip's shadow is, and how far it goes, in mouth widths."""
_CORNER: Final = 0.55
_CORNER_FROM: Final = 0.35
"""How much darker it is in the corners, and from where on, of half the mouth's width."""
_SMALL: Final = (0.08, 0.20)
"""Openings, in mouth widths, in which all flesh is lip, and from which it is mostly tongue."""
_ROOM: Final = 8
_LOWER: Final = 0.85
"""How light lower teeth are, of the upper ones: they stand further back, in the lip's shadow."""
_OWN_SOFT: Final = 0.8
_OWN_LIGHT: Final = 1.12
"""Standard deviation, in pixels, of the edge of the person's own teeth, and how much lighter they
are made: they were seen in the lip's shadow, and get another."""
_TONGUE: Final = 0.4
"""How much of the photo's lips' colour the tongue takes on."""


@dataclass(frozen=True)
class Looks:
    """How a photo looks: its light, also from the side, its softness and grain, its own teeth."""

    light: Light
    side: SideLight
    texture: Texture
    teeth: TeethRow | None

    def below(self, row: int) -> "Looks":
        """The same from that row on."""
        teeth = None if self.teeth is None else self.teeth.below(row)
        return Looks(self.light, self.side, self.texture.below(row), teeth)


def fill(
    picture: NDArray[np.float32], lips: LipLines, mouth: MouthPose, looks: Looks
) -> NDArray[np.float32]:
    """The picture, float32 BGR, with the rendered inside between `lips`; a shut mouth as it is."""
    if mouth.opening == 0:
        return picture
    height, width = picture.shape[:2]
    rows = np.arange(height, dtype=np.float64)[:, None]
    x = np.arange(width, dtype=np.float64)
    top, bottom = heights(lips.upper_inner, x), heights(lips.lower_inner, x)
    inside = (x > lips.middle[0, 0]) & (x < lips.middle[-1, 0])
    share = np.clip(rows - top + 0.5, 0, 1) * np.clip(bottom - rows + 0.5, 0, 1)
    share *= inside * np.clip(bottom - top, 0, 1)
    large = float(smooth(np.array((lips.gap - _SMALL[0]) / (_SMALL[1] - _SMALL[0]))))
    rendered = _rendered(lips, mouth, share > 0)
    teeth = is_tooth(rendered) & (share > 0)
    upper, high = first_run(teeth)
    seen = looks.light.on(rendered, 1 - large * (1 - _TONGUE))
    seen[teeth & (rows > upper + 1)] *= np.float32(_LOWER)
    seen *= (_corners(lips, x) * looks.side.gains(x))[:, None]
    opacity = looks.texture.soften(share.astype(np.float32))[..., None]
    seen = looks.texture.soften(seen)
    if looks.texture.grain is not None:
        seen = seen + looks.texture.grain
    if looks.teeth is not None:
        run = (rows >= top) & (rows <= upper) & (high > 0)
        seen = _own(seen, run, (top, np.maximum(upper, top)), looks.teeth)
    depth = np.maximum(rows - top, 0) / (_SHADE_DEEP * lips.width)
    seen *= (1 - _SHADE * np.exp(-depth))[..., None].astype(np.float32)
    filled: NDArray[np.float32] = picture + opacity * (np.clip(seen, 0, 255) - picture)
    return filled


def _own(
    seen: NDArray[np.float32],
    run: NDArray[np.bool_],
    rows: tuple[NDArray[np.float64], NDArray[np.float64]],
    teeth: TeethRow,
) -> NDArray[np.float32]:
    """The inside with the person's own upper teeth where the rendered ones run, from a row of each
    column to another."""
    soft = cv2.GaussianBlur(run.astype(np.float32), (0, 0), _OWN_SOFT)
    part = (np.asarray(soft, np.float64) * teeth.share)[..., None].astype(np.float32)
    own = teeth.onto(*rows) * np.float32(_OWN_LIGHT)
    return np.asarray(seen + part * (own - seen), np.float32)


def _corners(lips: LipLines, x: NDArray[np.float64]) -> NDArray[np.float32]:
    """How light each column is: cheeks and lips shade what is near the corners."""
    middle = (lips.middle[0, 0] + lips.middle[-1, 0]) / 2
    half = max(1.0, (lips.middle[-1, 0] - lips.middle[0, 0]) / 2)
    away = np.abs(x - middle) / half
    return np.asarray(1 - _CORNER * smooth((away - _CORNER_FROM) / (1 - _CORNER_FROM)), np.float32)


def _rendered(lips: LipLines, mouth: MouthPose, wanted: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The rendered state's picture warped from its own lips to the photo's, where it is wanted."""
    mine = mouth.inside
    gap = (mine.lower_inner - mine.upper_inner)[:, 1:]
    inward = np.minimum(_INWARD * mine.width, 0.3 * np.maximum(gap, 0))
    step = np.array([0.0, 1.0]) * inward
    to = np.concatenate([lips.upper_inner, lips.lower_inner[1:-1]])
    source = np.concatenate([mine.upper_inner + step, (mine.lower_inner - step)[1:-1]])
    seen = np.zeros((*wanted.shape, 3), np.float32)
    x, y, width, height = cv2.boundingRect(wanted.astype(np.uint8))
    if width == 0 or height == 0:
        return seen
    x, y, width, height = _with_room(x, y, width, height, wanted.shape)
    field = Plate(to - (x, y), source - mouth.at, 0.3).field(width, height)
    seen[y : y + height, x : x + width] = sample(mouth.picture, field, cv2.INTER_LINEAR)
    return seen


def _with_room(
    x: int, y: int, width: int, height: int, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """The box and a few pixels around it, which a blur may reach."""
    left, top = max(0, x - _ROOM), max(0, y - _ROOM)
    right, bottom = min(shape[1], x + width + _ROOM), min(shape[0], y + height + _ROOM)
    return left, top, right - left, bottom - top
