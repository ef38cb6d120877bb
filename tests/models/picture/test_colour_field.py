"""A face takes on the light of the frame around it, place by place, within bounds, and steadily."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.i420 import i420_shape, planes
from models.picture.colour_field import GRID, ColourField, FieldBorder, border_of
from models.picture.paste import Paster
from models.picture.tint import MOST_SHIFT

SIDE, WIDTH, HEIGHT = 96, 160, 128
AT = np.array([[1, 0, 32], [0, 1, 16]], np.float32)


def mask() -> NDArray[np.uint8]:
    """A disc with a soft edge."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    disc = 255 * np.clip((40 - np.hypot(x, y)) / 12, 0, 1)
    return np.asarray(np.rint(disc), np.uint8)


def grey(width: int, height: int, luma: float = 120) -> NDArray[np.uint8]:
    picture = np.empty(i420_shape(width, height), np.uint8)
    for plane, level in zip(planes(picture), (luma, 128, 128), strict=True):
        plane[:] = level
    return picture


def lit(picture: NDArray[np.uint8], slope: float) -> NDArray[np.uint8]:
    """The same, lighter towards the right."""
    made = picture.copy()
    luma = planes(made)[0]
    luma[:] = np.rint(luma + slope * (np.arange(luma.shape[1]) - luma.shape[1] / 2))
    return made


def border(at: NDArray[np.float32] = AT) -> FieldBorder:
    found = border_of(np.ascontiguousarray(mask()[::2, ::2]), at, (HEIGHT, WIDTH))
    assert found is not None
    return found


def fitted(
    field: ColourField, face: NDArray[np.uint8], frame: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    into = np.empty_like(face)
    field.fit(border(), face, frame, into)
    return into


def test_a_border_is_the_same_places_in_both_pictures() -> None:
    frame = lit(grey(WIDTH, HEIGHT), 0.4)
    face = np.ascontiguousarray(planes(frame)[0][16 : 16 + SIDE, 32 : 32 + SIDE])
    found = border()
    np.testing.assert_array_equal(
        face.reshape(-1)[found.face[0]], frame.reshape(-1)[found.frame[0]]
    )
    np.testing.assert_allclose(found.spread.sum(axis=1), 1, atol=1e-5)


def test_light_from_the_side_is_taken_over_on_that_side() -> None:
    frame, face = lit(grey(WIDTH, HEIGHT), 0.3), grey(SIDE, SIDE)
    luma = planes(fitted(ColourField(), face, frame))[0].astype(int)
    row = luma[SIDE // 2]
    assert row[12] == pytest.approx(120 - 0.3 * 36, abs=3)
    assert row[-12] == pytest.approx(120 + 0.3 * 36, abs=3)
    assert row[SIDE // 2] == pytest.approx(120, abs=3), "what lies between is between"


def test_a_face_in_the_right_light_stays_as_it_is() -> None:
    face = grey(SIDE, SIDE)
    np.testing.assert_array_equal(fitted(ColourField(), face, grey(WIDTH, HEIGHT)), face)


def test_a_cast_is_taken_out_of_all_of_it() -> None:
    frame, face = grey(WIDTH, HEIGHT), grey(SIDE, SIDE)
    planes(face)[1][:] = 134
    made = planes(fitted(ColourField(), face, frame))[1]
    np.testing.assert_array_equal(made, 128)


def test_a_coloured_collar_below_colours_no_chin() -> None:
    frame, face = grey(WIDTH, HEIGHT), grey(SIDE, SIDE)
    planes(frame)[1][45:, :] = 170
    field = ColourField()
    for _ in range(20):
        made = planes(fitted(field, face, frame))[1].astype(int)
    assert np.ptp(made) <= 1, "the same everywhere"
    assert abs(made.mean() - 128) < 5


def test_it_moves_by_no_more_than_a_tint() -> None:
    field = ColourField()
    for _ in range(20):
        moved = field.field(border(), grey(SIDE, SIDE, 0), grey(WIDTH, HEIGHT, 255))
    assert moved.shape == (3, *GRID)
    assert float(moved[0].max()) == MOST_SHIFT[0]


def test_it_follows_but_does_not_jump_and_a_reset_does() -> None:
    field, face = ColourField(), grey(SIDE, SIDE)
    fitted(field, face, grey(WIDTH, HEIGHT))
    lighter = grey(WIDTH, HEIGHT, 132)
    levels = [int(planes(fitted(field, face, lighter))[0][48, 48]) for _ in range(8)]
    assert 120 < levels[0] < 132
    assert levels == sorted(levels)
    assert levels[-1] == pytest.approx(132, abs=1)
    field.reset()
    assert int(planes(fitted(field, face, grey(WIDTH, HEIGHT, 110)))[0][48, 48]) == 110


def test_a_face_that_is_hardly_in_the_picture_is_not_matched() -> None:
    outside = np.array([[1, 0, 154], [0, 1, -68]], np.float32)
    assert border_of(np.ascontiguousarray(mask()[::2, ::2]), outside, (HEIGHT, WIDTH)) is None
    one, other = np.empty_like(grey(WIDTH, HEIGHT)), np.empty_like(grey(WIDTH, HEIGHT))
    paster, frame, face = Paster(mask()), grey(WIDTH, HEIGHT), grey(SIDE, SIDE, 90)
    paster.paste(one, frame, face, outside, tint=ColourField())
    paster.paste(other, frame, face, outside)
    np.testing.assert_array_equal(one, other)


def test_pasted_in_side_light_no_edge_is_left() -> None:
    frame = lit(grey(WIDTH, HEIGHT), 0.3)
    out, paster = np.empty_like(frame), Paster(mask())
    for _ in range(2):
        paster.paste(out, frame, grey(SIDE, SIDE), AT, tint=ColourField())
    change = np.abs(planes(out)[0].astype(int) - planes(frame)[0])
    assert change.max() <= 6, "one level for all of the face would leave twelve at its sides"


def test_a_face_is_compared_within_its_mask_only() -> None:
    """Background beside a jaw is another one in every frame."""
    half = np.zeros((40, 60), np.uint8)
    half[10:30, 15:45] = 60
    half[14:26, 20:40] = 255
    found = border_of(half, np.eye(2, 3, dtype=np.float32), (80, 120))
    assert found is not None
    within = {(2 * y, 2 * x) for y, x in np.argwhere((half > 0) & (half < 255)).tolist()}
    assert {divmod(int(at), 120) for at in found.frame[0]} <= within
