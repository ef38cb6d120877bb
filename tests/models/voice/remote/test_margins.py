"""The silence around a sentence goes, the pauses inside it stay, however it is cut."""

from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.voice.remote.margins import Margins

RATE = 1_000
FRAME = RATE // 200
Sound = NDArray[np.float32]


def _made(runs: list[tuple[bool, int]]) -> Sound:
    """Runs of (loud, ms) at 1 kHz."""
    parts = [np.full(ms, 0.1 if loud else 0.0, np.float32) for loud, ms in runs]
    return np.concatenate([np.empty(0, np.float32), *parts])


def _trimmed(sound: Sound, cuts: list[int], head: int = 10, tail: int = 100) -> tuple[Sound, int]:
    margins = Margins(RATE, head, tail)
    edges = sorted({0, len(sound), *(cut % (len(sound) + 1) for cut in cuts)})
    parts = [margins.push(sound[a:b]) for a, b in pairwise(edges)]
    return np.concatenate([np.empty(0, np.float32), *parts]), margins.dropped


def test_head_pause_and_tail() -> None:
    sound = _made([(False, 400), (True, 50), (False, 300), (True, 50), (False, 900)])
    kept, dropped = _trimmed(sound, [])
    assert dropped == 390
    assert np.array_equal(kept, sound[390 : 400 + 400 + 100])


def test_nothing_is_added_where_there_is_less_silence() -> None:
    sound = _made([(False, 3), (True, 40), (False, 20)])
    assert np.array_equal(_trimmed(sound, [])[0], sound)


def test_silence_alone_gives_nothing_and_is_not_kept() -> None:
    margins = Margins(RATE, 10, 100)
    for _ in range(100):
        assert not len(margins.push(np.zeros(1_000, np.float32)))
    assert (margins.begun, margins.dropped) == (False, 100_000 - 10 - FRAME)


@settings(max_examples=150, deadline=None)
@example([(True, 1), (False, 109), (True, 1)], [])
@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 400)), max_size=6),
    st.lists(st.integers(0, 2_400), max_size=10),
)
def test_however_it_is_cut(runs: list[tuple[bool, int]], cuts: list[int]) -> None:
    """What is kept is one piece of the sound, with all that is loud and not more silence."""
    sound = _made(runs)
    kept, dropped = _trimmed(sound, cuts)
    if len(kept):
        assert np.array_equal(kept, sound[dropped : dropped + len(kept)])
    loud = np.flatnonzero(sound)
    if not len(loud) or int(loud[-1]) - int(loud[0]) < 4 * FRAME:
        return
    assert dropped <= int(loud[0]) + FRAME
    assert dropped >= int(loud[0]) - 10 - FRAME
    end = dropped + len(kept)
    # A last frame that is not whole is never judged.
    judged = loud[loud <= len(sound) - FRAME]
    assert not len(judged) or end >= int(judged[-1]) + 1 - FRAME
    assert end <= int(loud[-1]) + 1 + 100 + FRAME
