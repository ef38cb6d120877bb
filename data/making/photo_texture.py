"""How soft and how grainy a photo is, so that what is drawn into it is no sharp sticker.

In: a photo's face and a rendered one. Out: the blur that makes the one as soft as the other, and
the photo's own grain. Pure. Softness is told by the fine detail about eyes and mouth against the
coarser; grain is what is left of flat skin after smoothing.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.making.lip_motion import FRAME, affine

EYES: Final = (
    (*points.LEFT_LIDS[0], *points.LEFT_LIDS[1]),
    (*points.RIGHT_LIDS[0], *points.RIGHT_LIDS[1]),
)
_BLURS: Final = (0.0, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0)
"""Standard deviations that are tried, pixels."""
_FINE: Final = 1.0
_COARSE: Final = 5.0
_GRAIN: Final = 1.5
"""Standard deviations of the blurs that part fine from coarse, and grain from skin."""
_AROUND: Final = 0.35
"""How far beyond an eye is looked at, of its width."""
_CHEEKS: Final = (50, 280, 205, 425, 101, 330)
_PATCH: Final = 0.09
"""Side of a patch of skin, in face widths."""
_LEAST_GRAIN: Final = 0.5
"""Grey levels below which there is none."""


@dataclass(frozen=True)
class Texture:
    """blur: standard deviation in pixels. grain: float32 [h, w, 3], as large as the face's picture,
    or None where there is none."""

    blur: float
    grain: NDArray[np.float32] | None

    def soften(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is sharp as the photo would show it."""
        if self.blur == 0:
            return picture
        soft = cv2.GaussianBlur(picture, (0, 0), self.blur, borderType=cv2.BORDER_REPLICATE)
        return np.asarray(soft, np.float32)

    def below(self, row: int) -> "Texture":
        """The same from that row on."""
        return Texture(self.blur, None if self.grain is None else self.grain[row:])


def texture_of(
    photo: NDArray[np.uint8],
    marks: NDArray[np.float64],
    rendered: NDArray[np.uint8],
    rest: NDArray[np.float64],
) -> Texture:
    """The photo's texture; marks, rest: landmarks [478, 2] of both faces."""
    height, width = photo.shape[:2]
    skin = _flattest(photo, marks)
    frame = list(FRAME)
    onto = affine(rest[frame], marks[frame])
    there = np.asarray(cv2.warpAffine(rendered, onto, (width, height)), np.uint8)
    seen, sharp = _grey(photo), _grey(there)
    noise = max(0.0, _variance(seen, skin) - _variance(sharp, skin))
    wanted = fineness(seen, marks, EYES, noise)
    blur = _BLURS[-1]
    for each in _BLURS:
        soft = cv2.GaussianBlur(sharp, (0, 0), each) if each else sharp
        if fineness(np.asarray(soft, np.float32), marks, EYES, 0.0) <= wanted:
            blur = each
            break
    patch = _fine(photo.astype(np.float32), _GRAIN)[skin]
    flat = not patch.size or float(patch.std()) < _LEAST_GRAIN
    return Texture(blur, None if flat else _tiled(patch, width, height))


def _fine(picture: NDArray[np.float32], reach: float) -> NDArray[np.float32]:
    """What a blur of that standard deviation takes away."""
    return np.asarray(picture - cv2.GaussianBlur(picture, (0, 0), reach), np.float32)


def _variance(grey: NDArray[np.float32], where: tuple[slice, slice]) -> float:
    part = _fine(grey, _FINE)[where]
    return float(np.square(part).mean()) if part.size else 0.0


def _grey(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)


def fineness(
    grey: NDArray[np.float32],
    marks: NDArray[np.float64],
    parts: tuple[tuple[int, ...], ...],
    noise: float,
) -> float:
    """Fine detail to coarser, of a float32 picture [H, W], about parts of a face, each a group of
    landmarks; noise: variance of grain, which is not counted."""
    fine = _fine(grey, _FINE)
    coarse = _fine(grey, _COARSE) - fine
    high, low = [], []
    for part in parts:
        box = _about(marks[list(part)], grey.shape)
        high.append(fine[box].ravel())
        low.append(coarse[box].ravel())
    upper = max(0.0, float(np.square(np.concatenate(high)).mean()) - noise)
    lower = float(np.square(np.concatenate(low)).mean())
    return float(np.sqrt(upper / max(lower, 1e-3)))


def _about(marks: NDArray[np.float64], shape: tuple[int, ...]) -> tuple[slice, slice]:
    (x0, y0), (x1, y1) = marks.min(axis=0), marks.max(axis=0)
    room = _AROUND * (x1 - x0)
    rows = slice(max(0, int(y0 - room)), max(1, min(shape[0], int(y1 + room))))
    return rows, slice(max(0, int(x0 - room)), max(1, min(shape[1], int(x1 + room))))


def _flattest(photo: NDArray[np.uint8], marks: NDArray[np.float64]) -> tuple[slice, slice]:
    """The patch of cheek that has least fine detail; empty if none is in the picture."""
    detail = _fine(_grey(photo), _GRAIN)
    side = max(4, int(_PATCH * np.ptp(marks[list(points.OVAL), 0])))
    best, least = (slice(0, 0), slice(0, 0)), np.inf
    for mark in _CHEEKS:
        x, y = (int(at) - side // 2 for at in marks[mark])
        if x < 0 or y < 0 or x + side > photo.shape[1] or y + side > photo.shape[0]:
            continue
        where = slice(y, y + side), slice(x, x + side)
        if (spread := float(detail[where].std())) < least:
            best, least = where, spread
    return best


def _tiled(patch: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """The patch, mirrored at its edges, over a whole picture."""
    pair = np.concatenate([patch, patch[::-1]])
    tile = np.concatenate([pair, pair[:, ::-1]], axis=1)
    rows, columns = -(-height // tile.shape[0]), -(-width // tile.shape[1])
    return np.ascontiguousarray(np.tile(tile, (rows, columns, 1))[:height, :width])
