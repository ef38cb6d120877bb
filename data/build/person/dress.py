"""A shirt: the body's own surface, smoothed and a little further out, below a round neckline.

In: a body's skin at rest, y up, z forward. Out: arrays. Pure.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Faces = NDArray[np.int32]

_NECKLINE: Final = -1.74
_NECK_SLOPE: Final = 0.42
"""Where the collar lies: at this height below the eyes, lower in front."""
_ROUNDS: Final = 14
"""Of smoothing, so that cloth spans what is hollow."""
_ROOM: Final = 0.035
_COLLAR: Final = 0.025
"""How far cloth is from the skin, and its collar besides."""
_CHEST: Final = 0.9
_ARMS: Final = 1.15
"""Further below the collar and nearer the middle, cloth hangs and shows nothing smaller than"""
_SPAN: Final = 0.28
_HIDDEN: Final = 0.30
"""Skin this far below the collar is seen by nobody and is left out."""


@dataclass(frozen=True)
class Shirt:
    """points: float64 [N, 3]. faces: int32 [F, 4]. worn: float64 [N], cloth where above 0.

    below: float64 [N, 3], the skin below each point: where the weave is."""

    points: Points
    faces: Faces
    worn: NDArray[np.float64]
    below: Points


def _depth(points: Points) -> NDArray[np.float64]:
    """How far below the collar's edge."""
    depth: NDArray[np.float64] = _NECKLINE - _NECK_SLOPE * points[:, 2] - points[:, 1]
    return depth


def covered(points: Points, faces: Faces) -> NDArray[np.bool_]:
    """Which faces a shirt hides."""
    least = _depth(points)[faces].min(axis=1)
    return np.asarray(least > _HIDDEN)


def shirt(points: Points, faces: Faces) -> Shirt:
    """Over the skin that `faces` are; it hangs down as far as they do."""
    depth = _depth(points)
    chosen = faces[(depth > -0.5)[faces].all(axis=1)]
    kept, numbers = np.unique(chosen, return_inverse=True)
    quads = numbers.reshape(chosen.shape).astype(np.int32)
    worn, below = depth[kept], points[kept]
    free = np.clip((worn - 0.12) / 0.3, 0, 1)[:, None]
    out = _normals(below, quads)
    cloth = below + _ROOM * out
    for _ in range(_ROUNDS):
        cloth += free * (_neighbours(cloth, quads) - cloth)
        inside = _ROOM - ((cloth - below) * out).sum(axis=1)
        cloth += np.clip(inside, 0, None)[:, None] * out
    hangs = np.clip((worn - _CHEST) / 0.5, 0, 1)
    hangs *= np.clip((_ARMS - np.abs(below[:, 0])) / 0.2, 0, 1)
    cloth += hangs[:, None] * (_spanned(cloth, quads, hangs > 0) - cloth)
    cloth += _normals(cloth, quads) * (_COLLAR * (worn < 0.09))[:, None]
    return Shirt(cloth, quads, worn, below)


def _neighbours(points: Points, faces: Faces) -> Points:
    """The middle of every vertex's neighbours along edges."""
    total, count = np.zeros_like(points), np.zeros(len(points))
    for one, other in ((0, 1), (1, 2), (2, 3), (3, 0)):
        for here, there in ((one, other), (other, one)):
            np.add.at(total, faces[:, here], points[faces[:, there]])
            np.add.at(count, faces[:, here], 1)
    return total / count[:, None]


def _spanned(points: Points, faces: Faces, among: NDArray[np.bool_]) -> Points:
    """Every point of `among` at the middle of that part of the cloth which is near it."""
    corners = points[faces]
    flat = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    area = np.zeros(len(points))
    np.add.at(area, faces.ravel(), np.repeat(np.linalg.norm(flat, axis=1), 4))
    chosen = points[among]
    apart = np.square(chosen[:, None] - chosen[None]).sum(axis=2)
    share = area[among] * np.exp(-apart / (2 * _SPAN**2))
    spanned = points.copy()
    spanned[among] = share @ chosen / share.sum(axis=1, keepdims=True)
    return spanned


def _normals(points: Points, faces: Faces) -> Points:
    """Unit normals of vertices."""
    corners = points[faces]
    flat = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    total = np.zeros_like(points)
    for corner in range(4):
        np.add.at(total, faces[:, corner], flat)
    unit: Points = total / (np.linalg.norm(total, axis=1, keepdims=True) + 1e-12)
    return unit
