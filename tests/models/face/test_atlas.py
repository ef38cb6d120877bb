"""Choosing and blending mouth states: closures, kinds, exact states, smooth shares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.head import load_head
from models.face.atlas import CLOSE_REACH, REACH, SHUT_STATE_FROM, TUCKED_FROM, Atlas, lip_space
from models.face.mouth import PARAMETERS, SHUT_FROM

HEAD = load_head()
ATLAS = Atlas(HEAD.states)
CLOSE, TUCK = PARAMETERS.index("close"), PARAMETERS.index("fv")

mouths = st.lists(st.floats(0, 1, width=32), min_size=8, max_size=8).map(
    lambda values: np.array(values, np.float32)
)


def mouth(**values: float) -> NDArray[np.float32]:
    return np.array([values.get(name, 0.0) for name in PARAMETERS], np.float32)


@settings(deadline=None, max_examples=200)
@given(mouths)
def test_closing_lips_are_drawn_shut(parameters: NDArray[np.float32]) -> None:
    chosen = HEAD.states[list(ATLAS.choose(parameters)[:2])]
    if parameters[CLOSE] >= SHUT_FROM:
        assert (chosen[:, CLOSE] >= 0.9).all()
    else:
        assert (chosen[:, CLOSE] < 0.9).all()


@settings(deadline=None, max_examples=200)
@given(mouths)
def test_only_what_looks_alike_is_blended(parameters: NDArray[np.float32]) -> None:
    first, second, share = ATLAS.choose(parameters)
    assert 0 <= share <= 0.5
    if share:
        pair = HEAD.states[[first, second]]
        shut = pair[:, CLOSE] >= SHUT_STATE_FROM
        assert shut[0] == shut[1]
        assert shut[0] or len(set(pair[:, TUCK] >= TUCKED_FROM)) == 1, "shut lips hide a tuck"
        assert np.linalg.norm(np.subtract(*lip_space(pair))) <= REACH
        assert abs(np.subtract(*pair[:, CLOSE])) <= CLOSE_REACH + 1e-6
        assert pair.any(axis=1).all(), "the mouth at rest is blended with none"


@settings(deadline=None, max_examples=100)
@given(mouths)
def test_blending_never_looks_less_alike(parameters: NDArray[np.float32]) -> None:
    first, second, share = ATLAS.choose(parameters)
    wanted, (near, other) = lip_space(parameters), lip_space(HEAD.states[[first, second]])
    blended = (1 - share) * near + share * other
    assert np.linalg.norm(blended - wanted) <= np.linalg.norm(near - wanted) + 1e-4


def test_a_state_is_shown_as_it_was_rendered() -> None:
    for number, state in enumerate(HEAD.states):
        first, _, share = ATLAS.choose(state)
        if state[CLOSE] >= 0.9 or state[CLOSE] < SHUT_FROM:
            assert (first, share) == (number, 0.0)


def test_an_atlas_needs_every_kind() -> None:
    with pytest.raises(ValueError, match="shut, tucked and open"):
        Atlas(HEAD.states[:1])
    with pytest.raises(ValueError, match=r"states are \[S, 8\], not \[5, 7\]"):
        Atlas(HEAD.states[:5, :7])
