"""A smile's own teeth are seen between its lips when it speaks, and light falls on others."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks.finder import Face, FaceFinder
from data.making.lips import LipLines
from data.making.own_teeth import SeenTeeth, seen_teeth
from data.making.side_light import side_light_of
from tests.data.making.rendered import TEETH, few_mouths, photo_of

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def face(astronaut: Picture, finder: FaceFinder) -> Face:
    (found,) = finder.find(astronaut)
    return found


@pytest.fixture(scope="module")
def teeth(astronaut: Picture, face: Face) -> SeenTeeth:
    seen = seen_teeth(astronaut, face)
    assert seen is not None
    return seen


def test_the_row_lies_where_the_teeth_are(astronaut: Picture, face: Face, teeth: SeenTeeth) -> None:
    row = teeth.row(face.landmarks[:, :2], 512, 512)
    assert row is not None
    lips = LipLines.of(face.landmarks)
    middle = round(float(lips.middle[5, 0]))
    assert lips.upper_inner[5, 1] < row.bottom[middle] < lips.lower_inner[5, 1] + 1
    tooth = astronaut[round(row.bottom[middle]) - 2, middle]
    assert tooth.min() > 180
    assert row.share[middle] == 1
    assert row.share[: int(lips.middle[0, 0])].max() == 0


def test_it_goes_with_the_face_to_another_place_and_size(face: Face, teeth: SeenTeeth) -> None:
    there = face.landmarks[:, :2] * 2 - (100, 60)
    row, own = teeth.row(there, 512, 512), teeth.row(face.landmarks[:, :2], 512, 512)
    assert row is not None
    assert own is not None
    x = round(float(LipLines.of(face.landmarks).middle[5, 0]))
    assert row.bottom[2 * x - 100] == pytest.approx(2 * own.bottom[x] - 60, abs=2.5)
    assert row.height[2 * x - 100] == pytest.approx(2 * own.height[x], abs=3)


def test_teeth_keep_their_lower_edge_and_are_stretched_upwards(
    face: Face, teeth: SeenTeeth
) -> None:
    row = teeth.row(face.landmarks[:, :2], 512, 512)
    assert row is not None
    x = round(float(LipLines.of(face.landmarks).middle[5, 0]))
    bottom = np.full(512, 200.0)
    low = row.onto(bottom - 2, bottom)
    np.testing.assert_allclose(low[200, x], row.picture[round(row.bottom[x]), x], atol=40)
    tall = row.onto(bottom - 3 * row.height, bottom)
    top = tall[200 - int(2.8 * row.height[x]), x]
    assert top.mean() > 120, "a tooth, not the lip above it"


def test_shut_lips_show_no_teeth(finder: FaceFinder) -> None:
    picture = photo_of(few_mouths())
    (face,) = finder.find(picture)
    assert seen_teeth(picture, face) is None


def test_a_rendered_mouth_shows_its_own(finder: FaceFinder) -> None:
    picture = photo_of(few_mouths(), TEETH)
    (face,) = finder.find(picture)
    seen = seen_teeth(picture, face)
    assert seen is not None
    row = seen.row(face.landmarks[:, :2], *picture.shape[1::-1])
    assert row is not None
    assert row.height.max() < 0.3 * LipLines.of(face.landmarks).width


@pytest.mark.parametrize("darker", ["left", "right", "neither"])
def test_light_from_one_side_is_seen(darker: str, astronaut: Picture, face: Face) -> None:
    x = np.linspace(0, 1, 512)
    fall = {"left": x, "right": 1 - x, "neither": np.full(512, 0.5)}[darker]
    lit = np.rint(astronaut * (0.2 + 0.8 * fall)[None, :, None]).astype(np.uint8)
    lips = LipLines.of(face.landmarks)
    ends = np.array([lips.middle[0, 0], lips.middle[-1, 0]])
    plain = side_light_of(astronaut, face.landmarks[:, :2]).gains(ends)
    left, right = side_light_of(lit, face.landmarks[:, :2]).gains(ends) / plain
    if darker == "neither":
        assert left == pytest.approx(right, abs=0.05)
    else:
        assert (left < right - 0.03) == (darker == "left")


def test_dark_stays_dark(astronaut: Picture, face: Face) -> None:
    dark = np.asarray(cv2.convertScaleAbs(astronaut, alpha=0.05), np.uint8)
    gains = side_light_of(dark, face.landmarks[:, :2]).gains(np.arange(200.0, 250.0))
    assert np.isfinite(gains).all()
    assert 0.3 < gains.min() <= gains.max() < 3
