"""A face is the resting face with one mouth and one height of the brows laid on it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.atlas import CANVAS, FaceAtlas
from data.clip import AvatarError
from data.i420 import planes
from models.face.drawing import Drawing
from models.face.patch import face_atlas
from tests.data.tiny_head import STATES, tiny_head

WIDE, HIGH = CANVAS
REST = np.zeros(8, np.float32)
OPEN = np.array(STATES[3], np.float32)


@pytest.fixture
def atlas(tmp_path: Path) -> FaceAtlas:
    return face_atlas(tiny_head(tmp_path))


def draw(
    drawing: Drawing, mouth: NDArray[np.float32] = REST, brow: float = 0.0
) -> NDArray[np.uint8]:
    out = np.full((HIGH * 3 // 2, WIDE), 77, np.uint8)
    drawing.draw(mouth, brow, out)
    return out


def part(
    face: NDArray[np.uint8], at: tuple[int, int], like: NDArray[np.uint8], plane: int = 0
) -> NDArray[np.uint8]:
    rows, columns = planes(like)[plane].shape
    x, y = at if plane == 0 else (at[0] // 2, at[1] // 2)
    return planes(face)[plane][y : y + rows, x : x + columns]


def test_rest_is_the_resting_face_and_nothing_beside_it(atlas: FaceAtlas) -> None:
    face = draw(Drawing(atlas))
    for plane, rest in zip(planes(face), planes(atlas.rest), strict=True):
        rows, columns = rest.shape
        np.testing.assert_array_equal(plane[:rows, :columns], rest)
        assert not plane[rows:].any() and not plane[:, columns:].any()


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_a_state_is_drawn_as_it_was_rendered(atlas: FaceAtlas, plane: int) -> None:
    face = draw(Drawing(atlas), OPEN)
    seen = part(face, atlas.mouth_at, atlas.mouths[3], plane)
    np.testing.assert_array_equal(seen, planes(atlas.mouths[3])[plane])


@pytest.mark.parametrize("plane", [0, 1, 2])
def test_brows_rise_from_picture_to_picture(atlas: FaceAtlas, plane: int) -> None:
    few = replace(atlas, brows=atlas.brows[[5, 11, 17]])
    drawing = Drawing(few)
    heights = [
        part(draw(drawing, brow=level), few.brow_at, few.brows[0], plane)
        for level in (0, 1 / 3, 1 / 2, 2 / 3, 1)
    ]
    rest = part(few.rest, few.brow_at, few.brows[0], plane)
    low, middle, high = (planes(brow)[plane] for brow in few.brows)
    np.testing.assert_array_equal(heights[0], rest)
    np.testing.assert_allclose(heights[1], low, atol=1)
    np.testing.assert_allclose(heights[2], low / 2 + middle / 2, atol=1)
    np.testing.assert_allclose(heights[3], middle, atol=1)
    np.testing.assert_array_equal(heights[4], high)


def test_brows_and_mouth_do_not_touch_each_other(atlas: FaceAtlas) -> None:
    drawing = Drawing(atlas)
    both, mouth = draw(drawing, OPEN, 0.8), draw(drawing, OPEN)
    brow = draw(drawing, REST, 0.8)
    np.testing.assert_array_equal(
        part(both, atlas.mouth_at, atlas.mouths[0]), part(mouth, atlas.mouth_at, atlas.mouths[0])
    )
    np.testing.assert_array_equal(
        part(both, atlas.brow_at, atlas.brows[0]), part(brow, atlas.brow_at, atlas.brows[0])
    )


def test_levels_beyond_the_ends_are_the_ends(atlas: FaceAtlas) -> None:
    drawing = Drawing(atlas)
    np.testing.assert_array_equal(draw(drawing, brow=1.7), draw(drawing, brow=1.0))
    np.testing.assert_array_equal(draw(drawing, brow=-0.5), draw(drawing))


def test_a_face_without_brows_has_none_to_raise(atlas: FaceAtlas) -> None:
    still = Drawing(FaceAtlas(atlas.rest, atlas.mouths, atlas.mouth_at, atlas.states))
    np.testing.assert_array_equal(draw(still, OPEN, 1.0), draw(still, OPEN))


def test_states_of_one_kind_are_no_face(atlas: FaceAtlas) -> None:
    with pytest.raises(AvatarError, match="states: an atlas needs states that are shut, tucked"):
        Drawing(replace(atlas, states=np.zeros_like(atlas.states)))
