"""One person's head: the base mesh shaped, brought to a common place, and moved by expressions.

In: the anatomy and a person. Out: vertices for a set of shape weights. Owns the shapes that
were asked for, read once each.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.build.person.anatomy import Anatomy
from data.build.person.arms import arms_down
from data.build.person.people import Person

EYES_APART: Final = 0.62
"""Decimetres between the eyes' centres, the same for everyone, so that everyone fits the boxes."""
_TONGUE_RISE: Final = (0.0, 0.05, 0.13)
_TEETH_DROP: Final = 0.07
"""The base mesh keeps its teeth higher behind the lip than speech shows them."""
_EYES: Final = ("helper-l-eye", "helper-r-eye")


class Body:
    """A head at rest with its eyes' centres on x = +-0.31, y = 0, z = 0."""

    def __init__(self, anatomy: Anatomy, person: Person) -> None:
        self.anatomy = anatomy
        rest = anatomy.vertices.copy()
        for path, weight in person.shape.items():
            rest += weight * anatomy.target(path)
        left, right = (self._centre(rest[anatomy.of(eye)]) for eye in _EYES)
        self._scale = EYES_APART / float(np.linalg.norm(left - right))
        rest[anatomy.of("helper-upper-teeth"), 1] -= _TEETH_DROP
        rest[anatomy.of("helper-lower-teeth"), 1] += 0.1 * _TEETH_DROP
        self.rest = arms_down(anatomy, (rest - (left + right) / 2) * self._scale)
        self._shapes: dict[str, NDArray[np.float64]] = {}
        self.rest = self.moved(person.bearing)

    @staticmethod
    def _centre(points: NDArray[np.float64]) -> NDArray[np.float64]:
        centre: NDArray[np.float64] = (points.max(axis=0) + points.min(axis=0)) / 2
        return centre

    def eye(self, side: int) -> tuple[NDArray[np.float64], float]:
        """The centre and the radius of the left (0) or right (1) eyeball."""
        points = self.rest[self.anatomy.of(_EYES[side])]
        centre = self._centre(points)
        return centre, float(np.ptp(points[:, 1])) / 2

    def moved(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """The vertices with shapes applied, float64 [V, 3]."""
        moved = self.rest.copy()
        for name, weight in weights.items():
            if name not in self._shapes:
                self._shapes[name] = self._tongue() if name == "tongue" else self._unit(name)
            moved += weight * self._shapes[name]
        return moved

    def _unit(self, name: str) -> NDArray[np.float64]:
        return self.anatomy.unit(name) * self._scale

    def _tongue(self) -> NDArray[np.float64]:
        """The tongue's front raised behind the upper teeth, for l, d, t, n and th."""
        added = np.zeros_like(self.rest)
        tongue = self.anatomy.of("helper-tongue")
        depth = self.rest[tongue, 2]
        front = np.clip((depth - depth.min()) / np.ptp(depth), 0, 1)[:, None] ** 1.5
        added[tongue] = front * np.array(_TONGUE_RISE)
        return added
