"""Times of sounds that are heard plainly, and of sounds that are not heard at all."""

import numpy as np
from numpy.typing import NDArray

from data.build.mouth.viterbi import Given, best_starts

STARTS = np.array([0, 20, 33, 36, 60, 75])
LENGTH = 90


def plain(strength: float = 1.0) -> NDArray[np.float64]:
    """Each sound fits its own columns by `strength` better than the others'."""
    ends = np.append(STARTS[1:], LENGTH)
    columns = np.arange(LENGTH)
    own = (columns >= STARTS[:, None]) & (columns < ends[:, None])
    return np.where(own, strength, 0.0)


def given(starts: NDArray[np.float64], reach: float = 15, least: int = 2) -> list[Given]:
    return [Given(float(start), reach, 3.0, least) for start in starts]


def test_what_is_heard_moves_the_times() -> None:
    away = np.random.default_rng(0).uniform(-8, 8, len(STARTS))
    found = best_starts(plain(), np.zeros(LENGTH), given(STARTS + away))
    np.testing.assert_array_equal(found, STARTS)


def test_where_nothing_is_heard_the_times_stay() -> None:
    found = best_starts(plain(0.0), np.zeros(LENGTH), given(STARTS.astype(float)))
    np.testing.assert_array_equal(found, STARTS)


def test_a_beginning_that_is_heard_attracts_one() -> None:
    begun = np.zeros(LENGTH)
    begun[24] = 5
    found = best_starts(plain(0.0), begun, given(STARTS.astype(float)))
    np.testing.assert_array_equal(found, [0, 24, 33, 36, 60, 75])


def test_a_sound_lasts_its_least_and_moves_no_further_than_it_may() -> None:
    crowded = np.array([0.0, 40, 40, 40, 40, 75])
    found = best_starts(plain(0.0), np.zeros(LENGTH), given(crowded, least=3))
    assert (np.diff(found) >= 3).all()
    far = best_starts(plain(), np.zeros(LENGTH), given(STARTS + 30.0, reach=5))
    assert (np.abs(far[1:-1] - STARTS[1:-1] - 30) <= 5).all()
