"""A face is seen upright and large, and what is changed there lands where it was seen."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making.face_view import WORKING_MOUTH, same_view, view_of
from data.making.lips import LipLines

Picture = NDArray[np.uint8]


def askew(picture: Picture, angle: float) -> Picture:
    onto = cv2.getRotationMatrix2D((225, 125), angle, 1.0)
    return np.asarray(cv2.warpAffine(picture, onto, picture.shape[1::-1]), np.uint8)


@pytest.mark.parametrize("angle", [0, 25, -28])
def test_the_eyes_are_level_and_the_mouth_is_large(
    angle: float, astronaut: Picture, finder: FaceFinder
) -> None:
    picture = askew(astronaut, angle)
    (face,) = finder.find(picture)
    view = view_of(picture, face, (324, 456))
    left, right = view.marks[points.LEFT_EYE[0]], view.marks[points.RIGHT_EYE[1]]
    assert abs(right[1] - left[1]) < 0.07 * (right[0] - left[0])
    assert LipLines.of(view.marks).width == pytest.approx(WORKING_MOUTH, rel=0.05)
    back = view.marks @ view.onto[:, :2].T + view.onto[:, 2]
    np.testing.assert_allclose(back, face.landmarks[:, :2], atol=1e-6)
    assert np.array_equal(same_view(view, picture).picture, view.picture)


def test_only_what_is_changed_is_put_back(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    view = view_of(astronaut, face)
    assert np.array_equal(view.put(astronaut, view.picture.astype(np.float32)), astronaut)
    x, y = (int(at) for at in view.marks[points.NOSE_BOTTOM])
    changed = view.picture.astype(np.float32)
    changed[y - 6 : y + 7, x - 6 : x + 7] += 40
    put = view.put(astronaut, changed).astype(int) - astronaut
    where = np.argwhere(put.any(axis=2))
    nose = face.landmarks[points.NOSE_BOTTOM, 1::-1]
    assert np.abs(where - nose).max() < 5
    assert 30 < put[tuple(np.rint(nose).astype(int))].mean() <= 40


def test_a_large_face_is_seen_no_larger_than_asked(astronaut: Picture, finder: FaceFinder) -> None:
    large = np.asarray(cv2.resize(astronaut, None, fx=5, fy=5), np.uint8)
    (face,) = finder.find(large)
    view = view_of(large, face, (324, 456))
    assert view.size[0] <= 324
    assert view.size[1] <= 456
    assert view.scale > 1.2
    assert view_of(large, face).scale == 1
