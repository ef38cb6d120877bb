"""Masks cover mouth and chin, leave the eyes, and end softly before the crop does."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making.boxes import CROPS, boxes_of
from data.making.masks import masks_of, one_mask, over_time, usual_mask

Picture = NDArray[np.uint8]


@pytest.mark.parametrize("engine", sorted(CROPS))
def test_the_mask_lies_on_the_lower_face(
    engine: str, astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks[None]
    crop = CROPS[engine]
    boxes = boxes_of(crop, marks)
    mask = masks_of(marks, boxes, crop.top, crop.size, crop.size)
    scale = crop.size / (boxes[0, 2:] - boxes[0, :2])

    def opacity(point: int) -> int:
        x, y = np.rint((marks[0, point, :2] - boxes[0, :2]) * scale).astype(int)
        return int(mask[y, x]) if y >= 0 else 0

    assert opacity(points.LIPS_LEFT) > 225
    assert opacity(points.LIPS_RIGHT) > 225
    if engine != "musetalk1":  # whose crop ends at the chin
        assert opacity(points.CHIN) > 225, "else it is seen twice"
    assert opacity(points.LEFT_EYE[1]) < 8, "not seen"
    assert opacity(points.BETWEEN_EYES) < 8, "not seen"
    edge = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    assert not edge.any()
    steps = np.abs(np.diff(mask.astype(int), axis=0)).max()
    assert steps <= 255 / (0.035 * crop.size), "no row is a seam"


def test_musetalk_draws_below_the_nose_only(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks[None]
    crop = CROPS["musetalk"]
    boxes = boxes_of(crop, marks)
    mask = masks_of(marks, boxes, crop.top, 256, 256)
    nose = (marks[0, points.NOSE_MIDDLE, 1] - boxes[0, 1]) * 256 / (boxes[0, 3] - boxes[0, 1])
    assert not mask[: int(nose)].any()


@pytest.mark.parametrize("engine", sorted(CROPS))
def test_a_mask_without_landmarks_is_about_the_mask_with_them(
    engine: str, astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    crop = CROPS[engine]
    marks = face.landmarks[None]
    with_them = masks_of(marks, boxes_of(crop, marks), crop.top, crop.size, crop.size) > 127
    without = usual_mask(crop)
    for edge in (without[0], without[-1], without[:, 0], without[:, -1]):
        assert not edge.any()
    shared = (without > 127) & with_them
    assert shared.sum() / ((without > 127) | with_them).sum() > 0.9


def test_a_face_that_keeps_still_has_one_mask(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks[None].repeat(20, 0)
    marks[:, :, 0] += 3 * np.arange(20)[:, None]
    crop = CROPS["musetalk"]
    boxes = np.stack([crop.box(each) for each in marks])
    assert masks_of(marks, boxes, crop.top, 256, 256).shape == (256, 256)


def test_a_face_that_turns_has_a_mask_for_each_frame(
    astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    marks = face.landmarks[None].repeat(30, 0)
    middle = marks[:, :, :2].mean(axis=1, keepdims=True)
    turn = np.deg2rad(np.linspace(-20, 20, 30))
    about = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], 1)
    turned = np.einsum("nij,npj->npi", about.reshape(-1, 2, 2), marks[:, :, :2] - middle)
    marks[:, :, :2] = turned + middle
    crop = CROPS["wav2lip"]
    boxes = boxes_of(crop, marks)
    masks = masks_of(marks, boxes, crop.top, 96, 96)
    assert masks.shape == (30, 96, 96)
    lean = [float((np.arange(96) * mask.sum(axis=0)).sum() / mask.sum()) for mask in masks]
    assert abs(lean[-1] - lean[0]) > 2, "the chin goes from one side to the other"
    assert np.abs(np.diff(masks.astype(int), axis=0)).mean() < 3, "and it goes there smoothly"


def test_masks_that_are_alike_become_one_that_ends_before_the_edge() -> None:
    masks = np.full((5, 64, 64), 250, np.uint8)
    masks[2] -= 4
    mask = one_mask(masks)
    assert mask is not None
    assert mask.shape == (64, 64)
    assert mask[32, 32] == 249
    assert not mask[:, 0].any()


def test_masks_that_differ_are_kept_and_steadied() -> None:
    masks = np.zeros((40, 64, 64), np.uint8)
    rng = np.random.default_rng(1)
    for number, mask in enumerate(masks):
        mask[20 + number // 2 + rng.integers(-1, 2) :] = 255
    assert one_mask(masks) is None
    made = np.empty_like(masks)
    over_time(masks, made)
    for number in (0, 20, 39):
        top = int(np.argmax(made[number, :, 32] > 127))
        assert abs(top - 20 - number // 2) <= 2, "each frame's mask is its own"
    second = np.abs(np.diff(made[:, :, 32].astype(int), 2, axis=0)).mean()
    assert second < 0.4 * np.abs(np.diff(masks[:, :, 32].astype(int), 2, axis=0)).mean()
    assert not made[:, :, 0].any()
