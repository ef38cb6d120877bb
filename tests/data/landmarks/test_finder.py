"""Faces are found where they are, in pictures of every shape, and followed."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.detector import overlap
from data.landmarks.finder import FaceFinder
from data.landmarks.nets import bundle

Picture = NDArray[np.uint8]


def test_the_face_and_its_parts_are_where_they_are_seen(
    astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    np.testing.assert_allclose(face.box, (180, 72, 270, 177), atol=3)
    assert face.score > 0.99
    marks = face.landmarks[:, :2]
    for index, place in (
        (points.LEFT_EYE[0], (190, 104)),
        (points.RIGHT_EYE[1], (256, 104)),
        (points.LIPS_LEFT, (203, 140)),
        (points.LIPS_RIGHT, (246, 140)),
        (points.CHIN, (226, 177)),
    ):
        np.testing.assert_allclose(marks[index], place, atol=6)


def test_a_face_is_followed_to_the_same_place(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    moved = np.roll(astronaut, (6, -9), axis=(0, 1))
    again = finder.follow(moved, face)
    assert again is not None
    away = again.landmarks[:, :2] - face.landmarks[:, :2] - (-9, 6)
    assert np.abs(away).mean() < 1.0


def test_a_face_that_is_gone_is_not_followed(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    assert finder.follow(np.full_like(astronaut, 90), face) is None


@pytest.mark.parametrize("degrees", [-25, 20])
def test_a_tilted_face_has_its_roll(astronaut: Picture, finder: FaceFinder, degrees: float) -> None:
    turned = cv2.warpAffine(
        astronaut, cv2.getRotationMatrix2D((225, 125), degrees, 1.0), (512, 512)
    )
    (face,) = finder.find(np.asarray(turned, np.uint8))
    assert abs(face.turn[2] - (3 - degrees)) < 4
    assert abs(face.turn[0]) < 10


def test_a_small_face_in_a_wide_picture_is_found(astronaut: Picture, finder: FaceFinder) -> None:
    wide = np.full((1080, 1920, 3), 90, np.uint8)
    wide[300:812, 1200:1712] = astronaut
    (face,) = finder.find(wide)
    np.testing.assert_allclose(face.box, (1380, 372, 1470, 477), atol=4)


def test_two_faces_are_two(astronaut: Picture, finder: FaceFinder) -> None:
    assert len(finder.find(np.concatenate([astronaut, astronaut], axis=1))) == 2


def test_noise_and_grey_have_no_face(finder: FaceFinder) -> None:
    noise = np.random.default_rng(5).integers(0, 255, (300, 400, 3), dtype=np.uint8)
    assert finder.find(noise) == []
    assert finder.find(np.full((64, 64, 3), 128, np.uint8)) == []


def test_overlap_counts_a_box_within_another_as_the_same() -> None:
    assert overlap((0, 0, 10, 10), (2, 2, 4, 4)) == 1.0
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0.0
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == 0.5


def test_the_bundle_and_its_licence_lie_beside_each_other() -> None:
    assert bundle().is_file()
    assert "Apache" in bundle().with_name("LICENSE-face_landmarker.txt").read_text()


def test_landmarks_hang_little_on_the_box_of_the_detection(
    astronaut: Picture, finder: FaceFinder
) -> None:
    """The same face, cut so that the detector's box falls elsewhere."""
    found = []
    for left, top in ((60, 0), (73, 5), (91, 11), (107, 2)):
        (face,) = finder.find(np.ascontiguousarray(astronaut[top : top + 300, left : left + 300]))
        found.append(face.landmarks[:468, :2] + (left, top))
    spread = np.hypot(*np.moveaxis(np.std(found, axis=0), -1, 0))
    assert spread.mean() < 0.004 * 92


def test_a_pattern_beside_a_face_is_no_second_one(astronaut: Picture, finder: FaceFinder) -> None:
    """What is seen lying on its side beside a face that stands is left out."""
    part = astronaut[20:270, 110:360]
    both = np.concatenate([part, np.rot90(part)], axis=1)
    assert len(finder.find(np.ascontiguousarray(both))) == 1
    (lying,) = finder.find(np.ascontiguousarray(np.rot90(part)))
    assert abs(lying.turn[2]) > 60
