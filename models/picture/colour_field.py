"""Bring a face's colours to the picture's, place by place, as light falls on a head that turns.

In: a face and a frame, I420, and samples along the mask's edge where both show the same skin. Out:
the face, each plane moved by a smooth field. Runs in the compositor, for faces that are drawn: a
mouth was cut out in one light, and the head that wears it turns through others, one cheek lighter,
one darker. A ColourField belongs to one session and owns a small grid; a FieldBorder is worked out
once for each placement.

The field stands at the nodes of a grid over the face: the differences at the edge, each node's as
they are near it (a normalised convolution: Knutsson and Westin 1993), bilinear between nodes. Only
luma's: light falls off over a cheek, but its colour hardly does, and a collar's is another. What
differs by more than `_OUTLIER` from the field so far counts as that much: a jaw that drops, a
strand of hair are no change of light.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from data.i420 import planes
from models.picture.tint import LEAST, MOST_SHIFT, flat_indices, onto_picture

GRID: Final = (8, 10)
"""Rows and columns of nodes."""
SAMPLES: Final = 256
"""Along the edge, at most."""
_REACH: Final = 0.06
"""How far a difference reaches, as a standard deviation, of the face's width."""
_EDGE: Final = 0.35
"""Of what the steepest part of a mask's edge counts: from here on it is the edge."""
_OUTLIER: Final[NDArray[np.float32]] = np.array([[24], [8], [8]], np.float32)
_FOLLOW: Final = 0.6
"""The share of what is new in each tick, as of a Tint."""


@dataclass(frozen=True)
class FieldBorder:
    """face, frame: intp [3, S], the flat indices of the same places in both I420 pictures. spread:
    float32 [G, S], by how much each node is told by each sample, rows add up to 1. node: intp [S],
    the nearest to each sample."""

    face: NDArray[np.intp]
    frame: NDArray[np.intp]
    spread: NDArray[np.float32]
    node: NDArray[np.intp]

    @property
    def nbytes(self) -> int:
        return self.face.nbytes + self.frame.nbytes + self.spread.nbytes + self.node.nbytes


def border_of(
    half_mask: NDArray[np.uint8], placement: NDArray[np.float32], picture: tuple[int, ...]
) -> FieldBorder | None:
    """The edge of a mask; None if too little of it is in the picture.

    half_mask: uint8 [h / 2, w / 2], at chroma's resolution. placement: float32 [2, 3], as in
    `Clip`. picture: the luma plane's height and width.
    """
    opacity = half_mask.astype(np.float32) / 255
    edge = 4 * opacity * (1 - opacity)
    here = np.stack(np.nonzero(edge > _EDGE))
    there, inside = onto_picture(here, placement, picture)
    here, there = here[:, inside], there[:, inside]
    if here.shape[1] < LEAST:
        return None
    chosen = np.linspace(0, here.shape[1] - 1, min(SAMPLES, here.shape[1])).astype(np.intp)
    here, there = here[:, chosen], there[:, chosen]
    height, width = half_mask.shape
    spread, node = _spread(here, edge[here[0], here[1]], (height, width))
    return FieldBorder(
        flat_indices(here, (2 * height, 2 * width)), flat_indices(there, picture), spread, node
    )


def _spread(
    here: NDArray[np.intp], weight: NDArray[np.float32], shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    rows, columns = ((np.arange(n) + 0.5) * side / n for n, side in zip(GRID, shape, strict=True))
    nodes = np.stack(np.meshgrid(rows, columns, indexing="ij")).reshape(2, -1, 1)
    away = np.square(nodes - here[:, None]).sum(axis=0)
    near = np.exp((away.min(axis=1, keepdims=True) - away) / (2 * (_REACH * shape[1]) ** 2))
    near *= weight
    spread = (near / near.sum(axis=1, keepdims=True)).astype(np.float32)
    return spread, away.argmin(axis=0)


class ColourField:
    """What has been found out in one session. Not for two threads at once."""

    def __init__(self) -> None:
        self._field: NDArray[np.float32] | None = None

    def reset(self) -> None:
        """Forget everything: the next face is matched at once."""
        self._field = None

    def field(
        self, border: FieldBorder, face: NDArray[np.uint8], frame: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """float32 [3, *GRID]: the levels by which Y, U and V are moved, for this face on this
        frame. face, frame: contiguous I420 pictures."""
        inner = face.reshape(-1)[border.face].astype(np.float32)
        change = frame.reshape(-1)[border.frame].astype(np.float32) - inner
        if self._field is None:
            before = np.repeat(np.median(change, axis=1)[:, None], border.spread.shape[0], axis=1)
            share = np.float32(1)
        else:
            before, share = self._field, np.float32(_FOLLOW)
        away = (change - before[:, border.node]).clip(-_OUTLIER, _OUTLIER)
        near = away @ border.spread.T
        near[1:] = away[1:].mean(axis=1, keepdims=True)
        most = MOST_SHIFT[:, None]
        self._field = (before + share * near).clip(-most, most)
        return self._field.reshape(3, *GRID)

    def fit(
        self,
        border: FieldBorder,
        face: NDArray[np.uint8],
        frame: NDArray[np.uint8],
        into: NDArray[np.uint8],
    ) -> None:
        """Write the face in the frame's colours to `into`, an I420 picture of its size."""
        field = self.field(border, face, frame)
        for plane, moved, shown in zip(planes(face), field, planes(into), strict=True):
            size = plane.shape[1], plane.shape[0]
            smooth = cv2.resize(moved, size, interpolation=cv2.INTER_LINEAR)
            cv2.add(plane, smooth, dst=shown, dtype=cv2.CV_8U)
