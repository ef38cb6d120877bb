"""Where hair grows, and that brows lie where brows are."""

import numpy as np

from data.build.person.irises import IRIS, PUPIL, SIDE, eye_picture
from data.build.person.strands import BROW, brow_roots, brow_ways, scalp


def test_hair_grows_on_the_scalp_and_not_on_the_face() -> None:
    face = np.array(
        [[0, 0, 0.3], [0, -0.6, 0.4], [0.5, -0.3, 0.1], [0, 0.4, 0.2], [0.8, -0.2, -0.6]]
    )
    top = np.array([[0, 1.15, -0.5], [0.5, 0.9, -0.6], [0, 0.4, -1.6], [0.3, 0.0, -1.5]])
    np.testing.assert_array_equal(scalp(face), 0)
    np.testing.assert_array_equal(scalp(top), 1)


def test_brows_follow_their_line() -> None:
    rng = np.random.default_rng(0)
    along, places = brow_roots(500, 1.0, rng)
    assert places[:, 0].min() >= BROW[0, 0] and places[:, 0].max() <= BROW[-1, 0]
    middle = np.interp(places[:, 0], BROW[:, 0], BROW[:, 1])
    assert np.abs(places[:, 1] - middle).max() < 0.05
    ways, lengths = brow_ways(along, rng)
    assert ways[along < 0.1, 1].mean() > 0.5 > 0 > ways[along > 0.9, 1].mean()
    assert lengths.min() > 0.03 and lengths.max() < 0.12


def test_an_eye_is_dark_in_the_middle_and_light_outside() -> None:
    eye = eye_picture((0.1, 0.05, 0.02), seed=1)
    assert eye.shape == (SIDE, SIDE, 4) and eye.min() >= 0 and eye.max() <= 1
    row = eye[SIDE // 2, SIDE // 2 :, :3].mean(axis=1)
    at = [row[int(radius * SIDE / 2)] for radius in (PUPIL / 2, (PUPIL + IRIS) / 2, IRIS + 0.1)]
    assert at[0] < 0.01 < at[1] < 0.3 < at[2]
    np.testing.assert_array_equal(eye, eye_picture((0.1, 0.05, 0.02), seed=1))
