"""Arms hang, and nothing but arms and shoulders moves."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.build.person.anatomy import Anatomy
from data.build.person.arms import arms_down

HEAD, BLADE, ELBOW = 0, 1, 2


class Jointed(Anatomy):
    """A head, two shoulder blades, two elbows."""

    def bones(self, names: Sequence[str]) -> NDArray[np.float64]:
        weights = np.zeros(5)
        for place, bone in ((BLADE, "clavicle"), (ELBOW, "upperarm01")):
            for side, number in (("L", place), ("R", place + 2)):
                weights[number] += f"{bone}.{side}" in names
        return weights


@pytest.fixture
def anatomy() -> Anatomy:
    points = np.array([[0, 7, 1], [1, 5.4, 0], [3.1, 3.5, 0], [-1, 5.4, 0], [-3.1, 3.5, 0]])
    none = np.zeros((0, 4), np.int32)
    return Jointed(Path(), points, none, np.zeros((0, 4, 2)), none[:, 0], np.arange(5, dtype="i4"))


def test_arms_come_down_and_keep_their_length(anatomy: Anatomy) -> None:
    rest = anatomy.vertices
    hung = arms_down(anatomy, rest)
    np.testing.assert_array_equal(hung[HEAD], rest[HEAD])
    assert hung[BLADE, 1] < rest[BLADE, 1] - 0.05
    out, down = hung[ELBOW, 0] - 1.66, 5.1 - hung[ELBOW, 1]
    assert abs(out) < 0.25 * down
    before, after = (np.linalg.norm(points[ELBOW, :2] - (1.66, 5.25)) for points in (rest, hung))
    assert after == pytest.approx(before, rel=0.1)


def test_both_sides_are_alike_wherever_a_body_is(anatomy: Anatomy) -> None:
    up = np.array([0, 0.4, 0])
    hung = arms_down(anatomy, anatomy.vertices + up)
    np.testing.assert_allclose(hung[3:], hung[1:3] * (-1, 1, 1), atol=1e-9)
    np.testing.assert_allclose(hung - up, arms_down(anatomy, anatomy.vertices), atol=1e-9)
