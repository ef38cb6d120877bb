"""Masks cover mouth and chin, leave the eyes, and end softly before the crop does."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making.boxes import CROPS, boxes_of
from data.making.masks import lower_half, mask_of, mean_mask

Picture = NDArray[np.uint8]


@pytest.mark.parametrize("engine", sorted(CROPS))
def test_the_mask_lies_on_the_lower_face(
    engine: str, astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks[None]
    crop = CROPS[engine]
    boxes = boxes_of(crop, marks)
    mask = mask_of(marks, boxes, crop.top, crop.size, crop.size)
    scale = crop.size / (boxes[0, 2:] - boxes[0, :2])

    def opacity(point: int) -> int:
        x, y = np.rint((marks[0, point, :2] - boxes[0, :2]) * scale).astype(int)
        return int(mask[y, x]) if y >= 0 else 0

    assert opacity(points.LIPS_LEFT) > 225
    assert opacity(points.LIPS_RIGHT) > 225
    assert opacity(points.LEFT_EYE[1]) < 8, "not seen"
    assert opacity(points.BETWEEN_EYES) < 8, "not seen"
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert not edge.any()
    steps = np.abs(np.diff(mask.astype(int), axis=0)).max()
    assert steps <= 255 / (0.05 * crop.size), "no row is a seam"


def test_musetalk_draws_below_the_nose_only(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks[None]
    crop = CROPS["musetalk"]
    boxes = boxes_of(crop, marks)
    mask = mask_of(marks, boxes, crop.top, 256, 256)
    nose = (marks[0, points.NOSE_MIDDLE, 1] - boxes[0, 1]) * 256 / (boxes[0, 3] - boxes[0, 1])
    assert not mask[: int(nose)].any()


def test_masks_without_landmarks_lie_below_the_middle() -> None:
    mask = lower_half(96, 96)
    assert not mask[:36].any()
    assert mask[72, 48] == 255
    assert not mask[-1].any()


def test_the_mean_of_masks_ends_before_the_edge() -> None:
    one, other = np.zeros((64, 64), np.uint8), np.full((64, 64), 255, np.uint8)
    mask = mean_mask([one, other])
    assert mask[32, 32] == 128
    assert not mask[:, 0].any()
