"""An open mouth is shut with its own lips, a shut one left alone, and teeth tell their colour."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.errors import CannotMake
from data.making.lips import LipLines, curve
from data.making.shut_mouth import TOUCHING, shut_mouth
from tests.data.making.rendered import OPEN, REST, TEETH, few_mouths, photo_of

Picture = NDArray[np.uint8]


def test_a_smile_is_shut_and_only_the_lower_face_changes(
    astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    shut = shut_mouth(astronaut, face, finder)
    assert LipLines.of(face.landmarks).gap > TOUCHING
    assert LipLines.of(shut.face.landmarks).gap < TOUCHING
    changed = np.argwhere((shut.picture != astronaut).any(axis=2))
    x0, _, x1, y1 = face.box
    assert changed[:, 0].min() > face.landmarks[points.NOSE_TIP, 1] - 1, "below the nose's tip"
    assert changed[:, 0].max() < y1 + 0.2 * face.width
    assert changed[:, 1].min() > x0
    assert changed[:, 1].max() < x1
    assert shut.teeth is not None
    blue, green, red = shut.teeth.colour
    assert 180 < blue < green < red, "warm, and light"


@pytest.mark.parametrize("state", [OPEN, TEETH])
def test_a_hanging_jaw_is_shut_as_the_head_at_rest(state: int, finder: FaceFinder) -> None:
    head = few_mouths()
    rest = photo_of(head, REST)
    picture = photo_of(head, state)
    (face,) = finder.find(picture)
    shut = shut_mouth(picture, face, finder)
    lips, own = LipLines.of(shut.face.landmarks), LipLines.of(finder.find(rest)[0].landmarks)
    assert lips.gap < TOUCHING
    off = np.abs(lips.middle[:, 1].mean() - own.middle[:, 1].mean())
    assert off < 0.15 * own.width
    error = np.abs(shut.picture.astype(float) - rest).mean()
    assert error < np.abs(picture.astype(float) - rest).mean()


def test_a_shut_mouth_is_left_as_it_is(finder: FaceFinder) -> None:
    picture = photo_of(few_mouths())
    (face,) = finder.find(picture)
    shut = shut_mouth(picture, face, finder)
    assert shut.picture is picture
    assert shut.face is face
    assert shut.teeth is None


@pytest.mark.parametrize("between", [(195, 205, 212), (18, 16, 24)])
def test_lips_that_the_nets_see_touch_are_shut_where_something_is_seen_between_them(
    between: tuple[int, int, int], finder: FaceFinder
) -> None:
    """A strip of teeth, or of dark: it would go along with one of the lips."""
    picture = photo_of(few_mouths())
    (face,) = finder.find(picture)
    lips = LipLines.of(face.landmarks)
    line = curve(lips.middle[2:-2])
    high = np.array([0.0, 0.035 * lips.width])
    strip = np.concatenate([line - high, line[::-1] + high])
    cv2.fillPoly(picture, [np.rint(strip).astype(np.int32)], between, cv2.LINE_AA)
    shut = shut_mouth(picture, Face(face.landmarks, 1.0), finder)
    off = np.abs(shut.picture.astype(int) - between).sum(axis=2)
    x0, x1 = (int(at) for at in line[[0, -1], 0])
    y0, y1 = int(line[:, 1].min() - 10), int(line[:, 1].max() + 10)
    before = np.abs(picture.astype(int) - between).sum(axis=2)
    assert (off[y0:y1, x0:x1] < 60).sum() < 0.25 * (before[y0:y1, x0:x1] < 60).sum()


def test_transparency_stays(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    alpha = np.full((*astronaut.shape[:2], 1), 255, np.uint8)
    shut = shut_mouth(np.concatenate([astronaut, alpha], axis=2), face, finder)
    assert (shut.picture[..., 3] == 255).all()


def test_what_is_no_mouth_is_refused(astronaut: Picture, finder: FaceFinder) -> None:
    """Landmarks that lie elsewhere, as a dog's do: the mouth is as open as before."""
    (face,) = finder.find(astronaut)
    marks = face.landmarks.copy()
    marks[:, :2] += (0.0, -0.5 * face.width)
    with pytest.raises(CannotMake, match="cannot be shut with its own lips"):
        shut_mouth(astronaut, Face(marks, 1.0), finder)
