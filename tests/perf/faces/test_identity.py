"""A face as the recognition network is shown it, and how alike two people are, in figures."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from perf.faces.identity import SAME, SIDE, face_chip, identity
from tests.data.making.rendered import few_mouths, photo_of

Picture = NDArray[np.uint8]


@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 0), (0.4, 25), (1.7, -15)])
def test_a_chip_has_the_face_upright_in_its_middle(scale: float, degrees: float) -> None:
    picture = photo_of(few_mouths())
    finder = FaceFinder()
    middle = (picture.shape[1] / 2, picture.shape[0] / 2)
    onto = cv2.getRotationMatrix2D(middle, degrees, 0.8 * scale)
    turned = np.asarray(cv2.warpAffine(picture, onto, picture.shape[1::-1]), np.uint8)
    (face,) = finder.find(turned)
    chip = face_chip(turned, face)
    assert chip.shape == (SIDE, SIDE, 3)
    (seen,) = finder.find(np.ascontiguousarray(chip[..., ::-1]))
    assert abs(seen.turn[2]) < 5
    eyes = seen.landmarks[[points.LEFT_EYE[0], points.RIGHT_EYE[1]], 0]
    assert eyes.mean() == pytest.approx(SIDE / 2, abs=5)
    assert np.ptp(eyes) == pytest.approx(0.49 * SIDE, abs=8)


def test_one_person_is_no_further_away_in_speech() -> None:
    rng = np.random.default_rng(1)
    photo = rng.normal(size=128)
    photo /= np.linalg.norm(photo)
    near = photo + rng.normal(scale=0.02, size=(9, 128))
    alike = identity(photo, near, near)
    assert alike.cosine == pytest.approx(1)
    assert 0.1 < alike.distance < SAME


def test_another_person_is() -> None:
    one, other = np.eye(128)[:2]
    alike = identity(one, np.stack([one, one]), np.stack([other, (one + other) / 2]))
    assert alike.cosine == pytest.approx((0 + np.sqrt(0.5)) / 2)
    assert alike.distance > SAME
