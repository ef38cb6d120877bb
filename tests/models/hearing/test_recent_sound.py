import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.services import Listening
from models.hearing.recent_sound import RecentSound

SHORT = Listening(padding_ms=10, silence_ms=20, patience_ms=20, resume_ms=20, longest_seconds=0.1)
"""Room for 350 ms: 5600 samples."""


def counted(first: int, count: int) -> np.ndarray:
    return np.arange(first, first + count, dtype=np.float32)


def test_a_turn_comes_with_what_was_before_it() -> None:
    recent = RecentSound(SHORT)
    recent.push(counted(0, 5000))
    np.testing.assert_array_equal(recent.cut(1000, 2000), counted(840, 1160 + 1600))


def test_it_ends_where_the_sound_does() -> None:
    recent = RecentSound(SHORT)
    recent.push(counted(0, 2000))
    np.testing.assert_array_equal(recent.cut(100, 1900), counted(0, 2000))
    np.testing.assert_array_equal(recent.cut(1000), counted(840, 1160))
    assert len(recent.cut(3000, 4000)) == 0


def test_what_was_cut_is_a_copy() -> None:
    recent = RecentSound(SHORT)
    recent.push(counted(0, 2000))
    turn = recent.cut(0, 2000)
    recent.push(np.zeros(10_000, np.float32))
    np.testing.assert_array_equal(turn, counted(0, 2000))


@given(st.lists(st.integers(0, 9000), max_size=12))
def test_any_pieces_keep_the_last_sound(pieces: list[int]) -> None:
    recent = RecentSound(SHORT)
    at = 0
    for count in pieces:
        recent.push(counted(at, count))
        at += count
    kept = recent.cut(0)
    assert len(kept) == min(at, 5600)
    np.testing.assert_array_equal(kept, counted(at - len(kept), len(kept)))
