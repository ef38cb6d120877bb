"""One avatar's face as it is drawn: at rest, with a mouth and with raised brows laid on it.

In: mouth parameters and a brow level; out: an I420 face on the engine's canvas. Runs in
inference, one thread; owns the avatar's pictures (3 to 12 MB), already I420, so that drawing
is a pass over what moves.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import AvatarError
from data.i420 import i420_shape, planes
from models.face.atlas import Atlas

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
_STILL: Final = 1 / 64
"""A brow that rises by less than this, in parts of one level's step, stays where it is."""


class Drawing:
    """Draws one avatar's face; AvatarError when its mouth states are not of all kinds."""

    def __init__(self, atlas: FaceAtlas) -> None:
        try:
            self._atlas = Atlas(atlas.states)
        except ValueError as error:
            raise AvatarError(f"states: {error}") from error
        self._rest = np.zeros(i420_shape(*CANVAS), np.uint8)
        for plane, rest in zip(planes(self._rest), planes(atlas.rest), strict=True):
            plane[: rest.shape[0], : rest.shape[1]] = rest
        self._mouths = [planes(mouth) for mouth in atlas.mouths]
        self._mouth_at = atlas.mouth_at
        self._brows = [planes(brow) for brow in atlas.brows]
        self._brow_at = atlas.brow_at
        if self._brows:
            self._brows.insert(0, _cut(planes(self._rest), atlas.brow_at, self._brows[0]))

    def draw(self, mouth: NDArray[np.float32], brow: float, out: NDArray[np.uint8]) -> None:
        """Write the face of parameters [8] with brows raised by `brow`, 0..1, to `out`.

        out: uint8 [684, 324], written whole: 0 where the avatar needs no canvas.
        """
        np.copyto(out, self._rest)
        canvas = planes(out)
        if self._brows:
            self._draw_brows(brow, canvas)
        first, second, share = self._atlas.choose(mouth)
        there = _cut(canvas, self._mouth_at, self._mouths[0])
        _mix(self._mouths[first], self._mouths[second], share, there)

    def _draw_brows(self, brow: float, canvas: Planes) -> None:
        """Between two neighbouring levels, of which the lowest is the face at rest."""
        place = min(max(brow, 0.0), 1.0) * (len(self._brows) - 1)
        lower = min(int(place), len(self._brows) - 2)
        share = place - lower
        if place < _STILL:
            return
        there = _cut(canvas, self._brow_at, self._brows[0])
        _mix(self._brows[lower], self._brows[lower + 1], share, there)


def _cut(canvas: Planes, at: tuple[int, int], size: Planes) -> Planes:
    """The planes' parts of another picture's size at (x, y), views."""
    x, y = at
    luma, u, v = canvas
    rows, columns = size[0].shape
    half = slice(y // 2, (y + rows) // 2), slice(x // 2, (x + columns) // 2)
    return luma[y : y + rows, x : x + columns], u[half], v[half]


def _mix(first: Planes, second: Planes, share: float, into: Planes) -> None:
    """into = first + share * (second - first), rounded."""
    for one, other, plane in zip(first, second, into, strict=True):
        if share == 0:
            plane[:] = one
        else:
            cv2.addWeighted(one, 1 - share, other, share, 0, dst=plane)
