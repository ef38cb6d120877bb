"""An open mouth is shut with its own lips, a shut one left alone, and teeth tell their colour."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making.errors import CannotMake
from data.making.lips import LipLines
from data.making.shut_mouth import TOUCHING, is_open, shut_mouth
from tests.data.making.rendered import OPEN, REST, TEETH, few_mouths, photo_of

Picture = NDArray[np.uint8]


def test_a_smile_is_shut_and_only_the_lower_face_changes(
    astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    shut = shut_mouth(astronaut, face, finder)
    assert is_open(face)
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
