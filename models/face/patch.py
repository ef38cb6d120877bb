"""The face patch of a built-in head: its pictures in I420, and its feathered mask.

In: a head's pictures; out: the atlas from which its face is drawn, where that lies in the head
picture, and the opacity with which it is pasted. Runs once, when a clip is made.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.head import Box, Head
from data.i420 import i420_from_bgr, i420_from_yuv, yuv_from_bgr
from models.face.tween import tweened

_SOLID: Final = 0.74
_ROUNDNESS: Final = 2.6
_BROW_EDGE: Final = 10
"""Pixels of a 512 x 512 view over which the brows fade into the forehead."""
_BROW_STEPS: Final = 4
"""From one of a head's brow pictures to the next, in a 512 x 512 view: steps of a pixel or two."""
SOLID: Final = 255
"""Opacity of the head from which a pixel may be pasted: no background goes with a face."""


def patch_box(head: Head) -> Box:
    """The part of the head picture that a face holds: mouth, chin and, if they move, brows."""
    parts = [head.mouth_box, *([head.brow_box] if len(head.brows) else [])]
    x, y = min(part.x for part in parts), min(part.y for part in parts)
    right = max(part.x + part.width for part in parts)
    bottom = max(part.y + part.height for part in parts)
    return Box(x, y, right - x, bottom - y)


def face_atlas(head: Head) -> FaceAtlas:
    """The face at `patch_box`, its mouths and its brows; AvatarError if it is too large."""
    patch = patch_box(head)
    return FaceAtlas(
        rest=i420_from_bgr(patch.of(head.picture)),
        mouths=_pictures(head.mouths),
        mouth_at=_at(head.mouth_box, patch),
        states=head.states,
        brows=_pictures(_raised(head)),
        brow_at=_at(head.brow_box, patch) if len(head.brows) else (0, 0),
    )


def face_mask(head: Head) -> NDArray[np.uint8]:
    """uint8 [456, 324], the canvas: opaque about the mouth and over brows that move, smooth to
    0 at the edges of their boxes, so that eyes, hair and background stay the clip's."""
    patch = patch_box(head)
    inner = np.zeros((patch.height, patch.width), np.uint8)
    _lay(_mouth_mask(head.mouth_box), inner, _at(head.mouth_box, patch))
    if len(head.brows):
        edge = round(_BROW_EDGE * head.scale)
        _lay(_brow_mask(head.brow_box, edge), inner, _at(head.brow_box, patch))
    inner[patch.of(head.opacity) < SOLID] = 0
    mask = np.zeros(CANVAS[::-1], np.uint8)
    mask[: patch.height, : patch.width] = inner
    return mask


def _raised(head: Head) -> NDArray[np.uint8]:
    """Brow pictures so close to each other that one faded into the next is seen once."""
    if not len(head.brows):
        return head.brows
    rest = head.brow_box.of(head.picture)
    return tweened(np.stack([rest, *head.brows]), max(round(_BROW_STEPS * head.scale), 1))


def _pictures(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 BGR [N, h, w, 3] to I420 [N, h * 3 // 2, w]."""
    if not len(pictures):
        return np.empty((0, 3, 2), np.uint8)
    height, width = pictures.shape[1:3]
    made = np.empty((len(pictures), height * 3 // 2, width), np.uint8)
    for picture, into in zip(pictures, made, strict=True):
        into[:] = i420_from_yuv(yuv_from_bgr(picture))
    return made


def _at(box: Box, patch: Box) -> tuple[int, int]:
    return box.x - patch.x, box.y - patch.y


def _lay(part: NDArray[np.uint8], mask: NDArray[np.uint8], at: tuple[int, int]) -> None:
    """Write the greater of both to the place (x, y) of `mask`."""
    there = mask[at[1] : at[1] + part.shape[0], at[0] : at[0] + part.shape[1]]
    np.maximum(there, part, out=there)


def _mouth_mask(box: Box) -> NDArray[np.uint8]:
    """A rounded rectangle."""
    x = np.abs(np.linspace(-1, 1, box.width))
    y = np.abs(np.linspace(-1, 1, box.height))[:, None]
    radius = (x**_ROUNDNESS + y**_ROUNDNESS) ** (1 / _ROUNDNESS)
    return _smooth((1 - radius) / (1 - _SOLID))


def _brow_mask(box: Box, edge: int) -> NDArray[np.uint8]:
    """A strip whose edges fade over `edge` pixels."""
    x = np.minimum(np.arange(box.width), np.arange(box.width)[::-1]) / edge
    y = np.minimum(np.arange(box.height), np.arange(box.height)[::-1])[:, None] / edge
    return _smooth(np.minimum(x, 1) * np.minimum(y, 1))


def _smooth(rise: NDArray[np.float64]) -> NDArray[np.uint8]:
    """0 to 255 where `rise` goes from 0 to 1, level at both ends."""
    fall = np.clip(rise, 0, 1)
    smooth: NDArray[np.uint8] = np.rint(255 * fall * fall * (3 - 2 * fall)).astype(np.uint8)
    return smooth
