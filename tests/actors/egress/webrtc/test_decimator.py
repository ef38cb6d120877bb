"""48 kHz to 16 kHz: what passes, what does not, and that nothing is held back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from actors.egress.webrtc.decimator import STEP, TAPS, Decimator
from data.units import FEATURE_CHUNK, PLAYOUT_CHUNK, PLAYOUT_RATE

DELAY = (TAPS - 1) // 2


def sine(hertz: float, count: int = PLAYOUT_RATE // 2) -> NDArray[np.float32]:
    return np.asarray(np.sin(2 * np.pi * hertz * np.arange(count) / PLAYOUT_RATE), np.float32)


@pytest.mark.parametrize(
    ("hertz", "least", "most"),
    [(0.1, 0.99, 1.01), (300, 0.99, 1.01), (5000, 0.98, 1.02), (8200, 0, 0.003), (15000, 0, 0.002)],
)
def test_speech_passes_and_what_would_fold_back_does_not(
    hertz: float, least: float, most: float
) -> None:
    tone = np.asarray(
        np.cos(2 * np.pi * hertz * np.arange(PLAYOUT_RATE) / PLAYOUT_RATE), np.float32
    )
    settled = Decimator().push(tone)[TAPS:]
    assert least <= float(np.abs(settled).max()) <= most


def test_a_sample_stands_where_it_was_one_millisecond_ago() -> None:
    wide = sine(440)
    thin = Decimator().push(wide)
    late = wide[: len(wide) - DELAY : STEP]
    assert np.abs(thin[DELAY // STEP :] - late).max() < 0.02


def test_each_chunk_gives_its_frame_at_once() -> None:
    decimator = Decimator()
    sizes = {len(decimator.push(chunk)) for chunk in sine(440).reshape(-1, PLAYOUT_CHUNK)}
    assert sizes == {FEATURE_CHUNK}


@given(st.lists(st.integers(0, 500), max_size=12))
def test_cutting_changes_nothing(thirds: list[int]) -> None:
    sound = np.random.default_rng(1).normal(size=sum(thirds) * STEP).astype(np.float32)
    decimator = Decimator()
    cuts = [int(end) * STEP for end in np.cumsum(thirds[:-1])]
    pieces = [decimator.push(piece) for piece in np.split(sound, cuts)]
    assert np.allclose(np.concatenate(pieces), Decimator().push(sound), atol=1e-6)


def test_a_broken_group_is_refused() -> None:
    with pytest.raises(ValueError, match="groups of 3"):
        Decimator().push(np.zeros(4, np.float32))
