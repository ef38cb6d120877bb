"""Loops are found where there are any, and run there and back where there is none."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.making.loop import LEAST_FRAMES, THUMB, find_loop, loop_order, seam
from data.making.reel import there_and_back


def _thumbs(phases: NDArray[np.float64]) -> NDArray[np.float32]:
    """A pattern that goes round once in a turn, with camera noise."""
    x, y = np.meshgrid(np.linspace(0, 9, THUMB), np.linspace(0, 7, THUMB))
    rng = np.random.default_rng(0)
    frames = [
        100 + 50 * np.sin(x + 2 * np.cos(turn)) + 50 * np.cos(y + 2 * np.sin(turn))
        for turn in 2 * np.pi * phases
    ]
    return (np.stack(frames) + rng.normal(0, 0.3, (len(phases), THUMB, THUMB))).astype(np.float32)


def test_a_movement_that_comes_back_is_a_loop() -> None:
    thumbs = _thumbs(np.arange(170) / 120)
    found = find_loop(thumbs)
    assert found is not None
    assert abs(found[1] - found[0] - 120) <= 2
    over, usual = seam(thumbs, loop_order(thumbs))
    assert over <= 1.5 * usual


def test_a_movement_that_passes_the_place_backward_is_none() -> None:
    there = np.concatenate([np.arange(70), np.arange(70, 0, -1)]) / 200
    assert find_loop(_thumbs(there)) is None


def test_a_movement_that_never_comes_back_goes_there_and_back() -> None:
    thumbs = _thumbs(np.arange(130) / 400)
    order = loop_order(thumbs)
    np.testing.assert_array_equal(order, there_and_back(130))
    over, usual = seam(thumbs, order)
    assert over <= 1.5 * usual


def test_a_short_clip_and_a_still_have_no_loop() -> None:
    assert find_loop(_thumbs(np.arange(LEAST_FRAMES) / 20)) is None
    assert find_loop(np.zeros((LEAST_FRAMES + 40, THUMB, THUMB), np.float32)) is None


@given(st.integers(1, 50))
def test_there_and_back_never_jumps(count: int) -> None:
    for twice in (False, True):
        order = there_and_back(count, twice)
        assert set(order.tolist()) == set(range(count))
        steps = np.abs(np.diff(np.append(order, order[0])))
        assert steps.max(initial=0) <= 1
        assert len(order) == (2 * count if twice else max(1, 2 * count - 2))
