"""Sessions begin on a grid that they share."""

import numpy as np
import pytest

from actors.compositor.tick_grid import MOST, PHASES, start_on_grid
from data.units import TICK_NS

NOW = 1_234_567_890_123


def begun(count: int) -> list[int]:
    """Sessions that come one after another at any moments."""
    dice, now = np.random.default_rng(1), NOW
    starts: list[int] = []
    for _ in range(count):
        now += int(dice.integers(0, 5 * TICK_NS))
        starts.append(start_on_grid(now, starts))
        assert 0 <= now - starts[-1] < TICK_NS, "it waits for nothing"
    return starts


def phases(starts: list[int]) -> list[int]:
    found = [start % TICK_NS for start in starts]
    return [found.count(phase) for phase in PHASES]


def test_the_first_sessions_share_their_ticks() -> None:
    assert phases(begun(MOST)) == [MOST, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("count", [MOST + 1, 2 * MOST, 3 * MOST, 40])
def test_a_phase_is_filled_before_the_next_is_used(count: int) -> None:
    found = phases(begun(count))
    assert sum(found) == count
    assert max(found) == MOST
    assert sum(0 < each < MOST for each in found) <= 1


def test_when_all_are_full_the_sessions_are_spread_evenly() -> None:
    found = phases(begun(len(PHASES) * MOST + 11))
    assert max(found) - min(found) <= 1


def test_the_place_of_one_that_left_is_taken_first() -> None:
    starts = begun(2 * MOST)
    left = starts.pop(2)
    assert start_on_grid(NOW * 2, starts) % TICK_NS == left % TICK_NS


def test_phases_are_apart_and_the_second_is_half_a_tick_away() -> None:
    assert len(set(PHASES)) == len(PHASES)
    assert PHASES[1] - PHASES[0] == TICK_NS // 2
    assert all(0 <= phase < TICK_NS for phase in PHASES)
