"""A photo lives, and what stands behind it does not; the loop ends as it began."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import Face, FaceFinder
from data.making import photo as photo_module
from data.making.gaze import gazes_of
from data.making.head_depth import head_depth
from data.making.photo import PhotoSource
from data.making.photo_layers import PhotoLayers, layers_of

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def face(astronaut: Picture, finder: FaceFinder) -> Face:
    (found,) = finder.find(astronaut)
    return found


@pytest.fixture(scope="module")
def layers(astronaut: Picture, face: Face) -> PhotoLayers:
    return layers_of(astronaut, face)


def flow(one: Picture, other: Picture) -> NDArray[np.float32]:
    """Pixels by which each place has moved, [H, W]."""
    first, second = (cv2.cvtColor(each, cv2.COLOR_BGR2GRAY) for each in (one, other))
    start = np.zeros((*first.shape, 2), np.float32)
    moved = np.asarray(
        cv2.calcOpticalFlowFarneback(first, second, start, 0.5, 3, 15, 3, 5, 1.2, 0), np.float32
    )
    return np.asarray(np.hypot(moved[..., 0], moved[..., 1]), np.float32)


def test_the_background_and_the_edge_stand_while_the_face_moves(
    layers: PhotoLayers, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_module, "FRAMES", 8)
    pictures = [picture.seen for picture in PhotoSource(layers, face).pictures()]
    moved = np.mean([flow(pictures[0], picture) for picture in pictures[1:]], axis=0)
    assert layers.alpha is not None
    x0, y0, x1, y1 = (int(at) for at in face.box)
    assert moved[y0:y1, x0:x1].mean() > 0.8
    assert moved[layers.alpha < 8].mean() < 0.15
    edge = np.concatenate([moved[:8].ravel(), moved[:, :8].ravel(), moved[:, -8:].ravel()])
    assert edge.mean() < 0.1


def test_nothing_behind_the_person_changes_by_a_level(
    layers: PhotoLayers, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_module, "FRAMES", 8)
    assert layers.alpha is not None
    far = cv2.dilate((layers.alpha > 0).astype(np.uint8), np.ones((15, 15), np.uint8)) == 0
    first, *others = (picture.seen for picture in PhotoSource(layers, face).pictures())
    for other in others:
        assert np.array_equal(other[far], first[far])


def test_the_loop_closes_without_a_seam(astronaut: Picture, face: Face) -> None:
    """The step over its end is no larger than the steps within, and neither is a jump."""
    source = PhotoSource(PhotoLayers(astronaut), face)
    at = face.landmarks[:, :2]
    motions = [source.motion(number, at) for number in range(photo_module.FRAMES)]
    places = np.stack([at @ motion[:, :2].T + motion[:, 2] for motion in motions])
    steps = np.abs(np.diff(places, axis=0)).max(axis=(1, 2))
    over = np.abs(places[0] - places[-1]).max()
    assert over <= steps.max()
    assert steps.max() < 0.015 * face.width


def test_the_nose_turns_further_than_the_ears(face: Face) -> None:
    depth = head_depth(face.landmarks, 512, 512)

    def at(mark: int) -> float:
        x, y = face.landmarks[mark, :2].astype(int)
        return float(depth[y, x])

    assert at(points.NOSE_TIP) > 0.2 * face.width
    assert at(points.NOSE_TIP) > at(points.LEFT_EYE[1]) > at(points.LEFT_CHEEK)
    assert abs(at(points.LEFT_CHEEK)) < 0.08 * face.width
    assert np.abs(depth[:, -8:]).max() < 0.01 * face.width


def test_a_head_that_looks_aside_keeps_its_axis_between_its_ears(face: Face) -> None:
    turn = np.eye(3)
    cos, sin = np.cos(np.deg2rad(20)), np.sin(np.deg2rad(20))
    turn[np.ix_((0, 2), (0, 2))] = [[cos, -sin], [sin, cos]]
    middle = face.landmarks.mean(axis=0)
    depth = head_depth((face.landmarks - middle) @ turn.T + middle, 512, 512)
    assert 0.2 * face.width < depth.max() < 0.8 * face.width


def test_eyes_look_aside_between_lids_that_stand(astronaut: Picture, face: Face) -> None:
    (left, right) = gazes_of(face)
    drawn = left.draw(right.draw(astronaut, 0.07), 0.07)
    changed = np.abs(drawn.astype(int) - astronaut).max(axis=2)
    lids = face.landmarks[list(points.LEFT_LIDS[0]), :2].astype(int)
    assert changed[lids[:, 1] - 2, lids[:, 0]].max() < 12
    iris = face.landmarks[468, :2].astype(int)
    assert changed[iris[1] - 1 : iris[1] + 2, iris[0] - 6 : iris[0] + 7].max() > 15
    assert not changed[130:].any()


def test_small_eyes_do_not_look_about(face: Face) -> None:
    assert gazes_of(Face(face.landmarks * 0.4, face.score)) == ()
