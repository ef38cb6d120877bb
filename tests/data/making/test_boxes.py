"""Boxes lie as each engine was trained, keep still, and put a face back where it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making.boxes import CROPS, boxes_of, cut, jitter, placement, steady

Picture = NDArray[np.uint8]


def test_boxes_lie_around_what_the_network_draws(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks
    chin, lips = marks[points.CHIN], marks[points.LIPS_LEFT]
    for name, crop in CROPS.items():
        x0, y0, x1, y1 = crop.box(marks)
        assert x0 < lips[0] < x1, name
        assert y1 >= chin[1] - 0.5, name
        drawn = y0 if name == "ultralight" else (y0 + y1) / 2
        assert drawn < lips[1], f"{name}: the lips are in the part that is drawn"
    x0, y0, x1, y1 = CROPS["ultralight"].box(marks)
    assert x1 - x0 == pytest.approx(y1 - y0)
    x0, y0, x1, y1 = CROPS["musetalk1"].box(marks)
    assert (y0 + y1) / 2 == pytest.approx(marks[points.NOSE_MIDDLE, 1])


def test_jitter_goes_and_motion_stays(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    rng = np.random.default_rng(1)
    at = np.arange(100)
    drift = np.stack([10 * np.sin(at / 25), at * 0.3], axis=1)
    marks = face.landmarks[None].repeat(100, 0)
    marks[:, :, :2] += drift[:, None] + rng.normal(0, 0.7, (100, 1, 2))
    crop = CROPS["wav2lip"]
    raw = np.stack([crop.box(each) for each in marks])
    boxes = boxes_of(crop, marks)
    assert jitter(boxes) < 0.1 * jitter(raw)
    moved = (boxes - crop.box(face.landmarks))[10:-10].reshape(-1, 2, 2)
    assert np.abs(moved - drift[10:-10, None]).max() < 1.0


@given(st.integers(1, 40), st.floats(0.5, 12))
def test_what_does_not_move_is_not_moved(count: int, spread: float) -> None:
    track = np.tile(np.array([[3.0, -7.0]]), (count, 1))
    np.testing.assert_allclose(steady(track, spread), track)


def test_there_and_back_has_no_step_where_it_turns() -> None:
    track = steady(np.linspace(0, 50, 60)[:, None] + np.zeros((60, 2)), 2.5)
    assert abs(track[1, 0] - track[0, 0]) < abs(track[30, 0] - track[29, 0])


def test_a_box_of_pixels_is_cut_as_it_is() -> None:
    picture = np.random.default_rng(2).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    box = np.array([9.5, 4.5, 25.5, 20.5])  # pixels 10..25, 5..20
    np.testing.assert_array_equal(cut(picture, box, 16, 16), picture[5:21, 10:26])
    np.testing.assert_array_equal(placement(box, 16, 16), [[1, 0, 10], [0, 1, 5]])


def test_a_box_beyond_the_edge_repeats_it() -> None:
    picture = np.full((40, 50, 3), 77, np.uint8)
    assert (cut(picture, np.array([-10.0, -10.0, 30.0, 60.0]), 96, 96) == 77).all()
