"""Each state is shown by the frame whose lips are like it, not blurred, in about the same pose."""

import numpy as np
from numpy.typing import NDArray

from data.making.frame_choice import LipTrack, choose, near_pose

WIDTH = 100.0


def lips(gap: float, width: float = WIDTH) -> NDArray[np.float64]:
    """[4, 11, 2]: lips so far apart."""
    x = np.linspace(-width / 2, width / 2, 11)
    arch = np.sqrt(np.maximum(0, 1 - (2 * x / width) ** 2))
    rows = (-12 - gap / 3, -gap / 3, 2 * gap / 3, 14 + 2 * gap / 3)
    return np.stack([np.stack([x, row * arch], axis=1) for row in rows])


def track(gaps: list[float], fit: list[bool] | None = None) -> LipTrack:
    count = len(gaps)
    lines = np.stack([lips(gap) for gap in gaps])
    return LipTrack(
        np.tile(np.eye(2, 3), (count, 1, 1)),
        np.zeros((count, 478, 2)),
        lines,
        WIDTH,
        np.zeros((count, 6), np.float32),
        np.array(fit or [True] * count),
        np.array([gap < 1 for gap in gaps]),
    )


def test_the_frame_with_those_lips_is_taken() -> None:
    seen = track([0, 0, 10, 10, 10, 30, 30, 30])
    wanted = np.stack([lips(11), lips(29), lips(0)])
    chosen = choose(wanted, np.zeros((3, 6), np.float32), np.array([False, False, True]), seen)
    assert chosen.frames.tolist() == [3, 6, 0], "of equal ones, the one in which lips rest"
    assert chosen.own.all()


def test_a_mouth_that_is_nowhere_is_not_the_persons_own() -> None:
    chosen = choose(
        np.stack([lips(45)]), np.zeros((1, 6), np.float32), np.array([False]), track([0, 5, 10, 15])
    )
    assert chosen.frames.tolist() == [3]
    assert not chosen.own.any()


def test_lips_that_touch_are_taken_of_frames_in_which_they_touch() -> None:
    seen = track([3, 3, 3, 3])
    chosen = choose(np.stack([lips(0)]), np.zeros((1, 6), np.float32), np.array([True]), seen)
    assert chosen.frames.tolist() == [-1]


def test_what_is_heard_decides_between_lips_that_look_alike() -> None:
    seen = track([10, 10, 10, 10])
    seen.looks[2, 3] = 9
    wanted = np.zeros((1, 6), np.float32)
    wanted[0, 3] = 9
    assert choose(np.stack([lips(10)]), wanted, np.array([False]), seen).frames.tolist() == [2]


def test_heads_that_are_turned_away_are_left_out_unless_there_are_no_others() -> None:
    turns = np.zeros((60, 3))
    turns[50:, 0] = 30
    near = near_pose(turns, 0)
    assert near[:50].all()
    assert not near[50:].any()
    assert near_pose(np.linspace(0, 14, 60)[:, None] * np.ones(3), 0).sum() >= 40
