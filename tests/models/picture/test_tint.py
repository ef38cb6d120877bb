"""Colours are fitted where face and frame show the same, within bounds, and steadily."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.i420 import i420_shape, planes
from data.making.boxes import CROPS
from data.making.masks import usual_mask
from models.picture.paste import Paster
from models.picture.tint import MOST_GAIN, MOST_SHIFT, BorderSamples, Tint, ring_of

WIDTH, HEIGHT, SIDE = 160, 128, 96
AT = np.array([[1, 0, 32], [0, 1, 16]], np.float32)
MASK = usual_mask(CROPS["wav2lip"])


def smooth(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture of waves, each plane others."""
    picture = np.empty(i420_shape(width, height), np.uint8)
    rng = np.random.default_rng(seed)
    for plane, swing in zip(planes(picture), (40, 12, 12), strict=True):
        y, x = np.mgrid[: plane.shape[0], : plane.shape[1]] / plane.shape[0]
        a, b, c = rng.uniform(3, 9, 3)
        plane[:] = np.rint(128 + swing * np.sin(a * x + c) * np.cos(b * y))
    return picture


FRAME = smooth(WIDTH, HEIGHT)


def cut_out(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The face that lies in the frame at `AT`."""
    face = np.empty(i420_shape(SIDE, SIDE), np.uint8)
    for into, plane, step in zip(planes(face), planes(frame.copy()), (1, 2, 2), strict=True):
        side = SIDE // step
        into[:] = plane[16 // step : 16 // step + side, 32 // step : 32 // step + side]
    return face


def cast(
    face: NDArray[np.uint8], gain: float = 0.9, shift: tuple[float, ...] = (15, -8, 6)
) -> NDArray[np.uint8]:
    made = face.copy()
    for plane, more in zip(planes(made), shift, strict=True):
        plane[:] = np.rint((plane - 128.0) * gain + 128 + more).clip(0, 255)
    return made


def ring() -> BorderSamples:
    found = ring_of(np.ascontiguousarray(MASK[::2, ::2]), AT, (HEIGHT, WIDTH))
    assert found is not None
    return found


def pasted(face: NDArray[np.uint8], tint: Tint | None, frame: NDArray[np.uint8] = FRAME) -> float:
    """The mean absolute difference from the frame, over all planes, where the face lies."""
    out = np.empty_like(frame)
    Paster(MASK).paste(out, frame, face, AT, tint=tint)
    change = np.abs(out.astype(int) - frame)
    return float(change[change > 0].sum() / MASK.astype(bool).sum())


def test_a_ring_is_the_same_places_in_both_pictures() -> None:
    found, face = ring(), cut_out(FRAME)
    np.testing.assert_array_equal(face.reshape(-1)[found.face], FRAME.reshape(-1)[found.frame])
    rows, columns = np.divmod(found.face[0], SIDE)
    assert (MASK[rows, columns] < 140).all(), "it lies around what is opaque"
    assert rows.min() >= 2
    assert columns.max() < SIDE - 2


def test_a_face_in_other_colours_gets_the_frame_s() -> None:
    wrong = cast(cut_out(FRAME))
    before, after = pasted(wrong, None), pasted(wrong, Tint())
    assert before > 8
    assert after < 0.15 * before


def test_a_face_in_the_right_colours_stays_as_it_is() -> None:
    tables = Tint().tables(ring(), cut_out(FRAME), FRAME)
    np.testing.assert_array_equal(tables, np.tile(np.arange(256), (3, 1)))


def test_shift_and_gain_are_bounded() -> None:
    black = np.zeros(i420_shape(SIDE, SIDE), np.uint8)
    white = np.full_like(FRAME, 255)
    tables = Tint().tables(ring(), black, white)
    np.testing.assert_array_equal(tables[:, 0], MOST_SHIFT)
    flat = cast(cut_out(FRAME), gain=0.2, shift=(0, 0, 0))
    levels = Tint().tables(ring(), flat, FRAME).astype(int)
    steps = (levels[:, 160] - levels[:, 96]) / 64
    assert (steps <= MOST_GAIN + 0.02).all()


def test_a_blurred_face_keeps_its_contrast() -> None:
    rng = np.random.default_rng(4)
    grainy = np.clip(FRAME + rng.normal(0, 12, FRAME.shape), 0, 255).astype(np.uint8)
    levels = Tint().tables(ring(), cut_out(FRAME), grainy).astype(int)
    assert abs(levels[0, 180] - levels[0, 80] - 100) <= 2


def test_a_face_that_lies_beside_its_place_keeps_its_contrast() -> None:
    moved = np.roll(cut_out(FRAME), 7, axis=1)
    levels = Tint().tables(ring(), moved, FRAME).astype(int)
    assert abs(levels[0, 180] - levels[0, 80] - 100) <= 4


def test_it_follows_but_does_not_jump() -> None:
    face, tint = cut_out(FRAME), Tint()
    found = ring()
    tint.tables(found, face, FRAME)
    brighter = cast(face, 1.0, (12, 0, 0))
    levels = [int(tint.tables(found, brighter, FRAME)[0, 128]) for _ in range(12)]
    assert 128 - 12 < levels[0] < 128
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == pytest.approx(128 - 12, abs=1)


def test_what_covers_a_part_of_the_ring_is_no_change_of_light() -> None:
    face, tint, found = cut_out(FRAME), Tint(), ring()
    covered = face.copy()
    planes(covered)[0][80:, :] = 255
    for _ in range(30):
        tables = tint.tables(found, covered, FRAME)
    assert abs(int(tables[0, 128]) - 128) < 8


def test_after_a_reset_the_next_face_is_matched_at_once() -> None:
    face, tint, found = cut_out(FRAME), Tint(), ring()
    tint.tables(found, face, FRAME)
    tint.reset()
    brighter = cast(face, 1.0, (12, 0, 0))
    assert int(tint.tables(found, brighter, FRAME)[0, 128]) == pytest.approx(116, abs=1)


def test_a_face_that_is_hardly_in_the_picture_is_not_matched() -> None:
    outside = np.array([[1, 0, 154], [0, 1, -68]], np.float32)
    assert ring_of(np.ascontiguousarray(MASK[::2, ::2]), outside, (HEIGHT, WIDTH)) is None
    one, other = np.empty_like(FRAME), np.empty_like(FRAME)
    face = cast(cut_out(FRAME))
    Paster(MASK).paste(one, FRAME, face, outside, tint=Tint())
    Paster(MASK).paste(other, FRAME, face, outside)
    np.testing.assert_array_equal(one, other)


def test_without_a_tint_nothing_of_it_is_worked_out() -> None:
    paster, out, tint = Paster(MASK), np.empty_like(FRAME), Tint()
    face = cast(cut_out(FRAME))
    plain = np.empty_like(FRAME)
    paster.paste(plain, FRAME, face, AT)
    paster.paste(out, FRAME, face, AT, tint=tint)
    assert not np.array_equal(out, plain)
    paster.paste(out, FRAME, face, AT)
    np.testing.assert_array_equal(out, plain)
