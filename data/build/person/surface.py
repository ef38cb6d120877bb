"""A head's surface for strands: sampled, and kept from being entered. Blender's Python only.

In: vertices and triangles. Out: points on it or above it. Owns a search tree.
"""

from dataclasses import dataclass

import numpy as np
from mathutils import Vector  # type: ignore[import-not-found]  # part of Blender
from mathutils.bvhtree import BVHTree  # type: ignore[import-not-found]  # part of Blender
from numpy.typing import NDArray

Points = NDArray[np.float64]


@dataclass(frozen=True)
class Hold:
    """Where points are held: vertices int32 [N, 3] of a triangle each, and their shares [N, 3]."""

    corners: NDArray[np.int32]
    shares: Points

    def carried(self, moves: Points) -> Points:
        """How the points move, [N, 3], when the vertices move by `moves` [V, 3]."""
        total: Points = (self.shares[..., None] * moves[self.corners]).sum(axis=1)
        return total


class Surface:
    """Triangles [T, 3] over vertices [V, 3]; see `strands.Skin`."""

    def __init__(self, vertices: Points, faces: NDArray[np.int32], seed: int) -> None:
        triangles = np.concatenate([faces[:, :3], faces[:, [0, 2, 3]]])
        self._triangles = triangles
        self._corners = vertices[triangles]
        a, b, c = np.moveaxis(self._corners, 1, 0)
        normals = np.cross(b - a, c - a)
        self._areas = np.linalg.norm(normals, axis=1) / 2
        self._normals = normals / (2 * self._areas[:, None] + 1e-12)
        self._rng = np.random.default_rng(seed)
        self._tree = BVHTree.FromPolygons(vertices.tolist(), triangles.tolist())

    def centres(self) -> Points:
        """The triangles' middles, [T, 3]."""
        middles: Points = self._corners.mean(axis=1)
        return middles

    def sample(self, count: int, weight: NDArray[np.float64]) -> tuple[Points, Points]:
        """Points [N, 3] and normals [N, 3], drawn by area times a weight per triangle."""
        share = self._areas * weight
        chosen = self._rng.choice(len(share), count, p=share / share.sum())
        first, second = self._rng.random((2, count))
        root = np.sqrt(first)
        parts = np.stack([1 - root, root * (1 - second), root * second], axis=1)
        return (parts[..., None] * self._corners[chosen]).sum(axis=1), self._normals[chosen]

    def drape(self, points: Points, height: NDArray[np.float64], lies: NDArray[np.bool_]) -> Points:
        """Points moved to at least `height` above the surface; to just that where it `lies`."""
        moved = points.copy()
        for number, (point, least, down) in enumerate(zip(points, height, lies, strict=True)):
            near, normal, _, _ = self._tree.find_nearest(Vector(point))
            if down or (Vector(point) - near).dot(normal) < least:
                moved[number] = near + normal * least
        return moved

    def from_front(self, places: NDArray[np.float64]) -> tuple[Points, Points]:
        """The foremost points [N, 3] and normals [N, 3] over places (x, y) [N, 2]."""
        points, normals = np.empty((2, len(places), 3))
        for number, (x, y) in enumerate(places):
            hit, normal, _, _ = self._tree.ray_cast(Vector((x, y, 4.0)), Vector((0, 0, -1)))
            points[number], normals[number] = hit, normal
        return points, normals

    def hold(self, points: Points) -> Hold:
        """The triangles nearest to points [N, 3], and the points' places in them."""
        found = [self._tree.find_nearest(Vector(point))[2] for point in points]
        a, b, c = np.moveaxis(self._corners[found], 1, 0)
        first, second, way = b - a, c - a, points - a
        dots = [
            (one * other).sum(axis=1)
            for one, other in (
                (first, first),
                (first, second),
                (second, second),
                (way, first),
                (way, second),
            )
        ]
        below = dots[0] * dots[2] - dots[1] ** 2 + 1e-18
        to_b = (dots[2] * dots[3] - dots[1] * dots[4]) / below
        to_c = (dots[0] * dots[4] - dots[1] * dots[3]) / below
        return Hold(self._triangles[found], np.stack([1 - to_b - to_c, to_b, to_c], axis=1))
