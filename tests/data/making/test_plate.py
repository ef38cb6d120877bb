"""A thin plate meets its points, and an affine exactly everywhere."""

import numpy as np
import pytest

from data.making.plate import Plate


def test_an_affine_is_met_everywhere() -> None:
    rng = np.random.default_rng(1)
    to = rng.uniform(0, 200, (12, 2))
    turn = np.array([[1.1, 0.1], [-0.05, 0.9]])
    plate = Plate(to, to @ turn.T + np.array([3, -4]))
    at = rng.uniform(-50, 250, (40, 2))
    assert np.allclose(plate(at), at @ turn.T + np.array([3, -4]), atol=1e-5)


def test_points_are_met_and_a_stiff_one_is_not() -> None:
    to = np.array([[0.0, 0], [100, 0], [0, 100], [100, 100], [50, 50]])
    source = to.copy()
    source[4] += (8, 0)
    assert np.allclose(Plate(to, source)(to), source, atol=1e-5)
    stiff = np.array([0, 0, 0, 0, 1e5])
    assert 0 < Plate(to, source, stiff)(to)[4, 0] - 50 < 4


def test_the_field_says_the_same_as_the_points() -> None:
    to = np.array([[2.0, 3], [60, 5], [8, 40], [66, 44], [30, 20]])
    plate = Plate(to, to + np.array([1.5, -2.5]))
    field = plate.field(70, 50)
    assert field.shape == (50, 70, 2)
    assert field.dtype == np.float32
    assert np.allclose(field[20, 33], (34.5, 17.5), atol=1e-3)
    assert np.allclose(field[49, 69], (70.5, 46.5), atol=1e-3)


def test_two_points_are_no_warp() -> None:
    with pytest.raises(ValueError, match="three points, there are 2"):
        Plate(np.zeros((2, 2)), np.zeros((2, 2)))
