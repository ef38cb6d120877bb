"""A head's pose is told apart from what its mouth does."""

import numpy as np
from numpy.typing import NDArray

from data.landmarks import points
from data.landmarks.finder import FaceFinder
from data.making.head_pose import head_poses
from data.making.lips import LOWER_INNER

Picture = NDArray[np.uint8]


def turned(marks: NDArray[np.float64], yaw: float) -> NDArray[np.float64]:
    middle = marks.mean(axis=0)
    cos, sin = np.cos(yaw), np.sin(yaw)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return np.asarray((marks - middle) @ turn.T * 1.2 + middle + (30, -20, 5), np.float64)


def test_a_turned_head_has_the_same_landmarks_from_the_front(
    astronaut: Picture, finder: FaceFinder
) -> None:
    (face,) = finder.find(astronaut)
    clip = np.stack([face.landmarks, turned(face.landmarks, 0.15)])
    poses = head_poses(clip)
    assert np.allclose(poses.frontal[0], poses.frontal[1], atol=1e-6)
    for number in (0, 1):
        back = poses.seen(poses.frontal[number], number)
        assert np.allclose(back, clip[number, :, :2], atol=1e-6)


def test_a_jaw_that_drops_moves_no_head(astronaut: Picture, finder: FaceFinder) -> None:
    (face,) = finder.find(astronaut)
    speaks = face.landmarks.copy()
    speaks[[points.CHIN, *LOWER_INNER], 1] += 12
    moved = turned(speaks, 0.0)
    motion = head_poses(np.stack([face.landmarks, moved])).motion(0, 1)
    assert np.allclose(motion[:, :2], 1.2 * np.eye(2), atol=0.02)
    nose = face.landmarks[points.NOSE_BOTTOM, :2]
    assert np.allclose(motion[:, :2] @ nose + motion[:, 2], moved[points.NOSE_BOTTOM, :2], atol=1)
