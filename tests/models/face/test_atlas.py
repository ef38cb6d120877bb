"""Choosing and blending mouth states: closures, kinds, exact states, smooth shares."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.head import load_head
from data.i420 import planes
from models.face.atlas import CLOSE_REACH, REACH, TUCKED_FROM, Atlas, lip_space
from models.face.builtin import FACE, FACE_AT
from models.face.mouth import PARAMETERS, SHUT_FROM
from models.face.patch import face_mask, state_faces

HEAD = load_head()
FACES = state_faces(HEAD, FACE_AT, FACE)
ATLAS = Atlas(HEAD.states, FACES)
AT = slice(FACE_AT[1], FACE_AT[1] + FACE.height), slice(FACE_AT[0], FACE_AT[0] + FACE.width)
CLOSE, TUCK = PARAMETERS.index("close"), PARAMETERS.index("fv")

mouths = st.lists(st.floats(0, 1, width=32), min_size=8, max_size=8).map(
    lambda values: np.array(values, np.float32)
)


def mouth(**values: float) -> NDArray[np.float32]:
    return np.array([values.get(name, 0.0) for name in PARAMETERS], np.float32)


def draw(parameters: NDArray[np.float32]) -> NDArray[np.uint8]:
    out = np.empty(FACES.shape[1:], np.uint8)
    ATLAS.draw(parameters, out)
    return out


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
        assert len(set(pair[:, TUCK] >= TUCKED_FROM)) == 1
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


def test_a_state_is_drawn_as_it_was_rendered() -> None:
    for number, state in enumerate(HEAD.states):
        first, _, share = ATLAS.choose(state)
        if state[CLOSE] >= 0.9 or state[CLOSE] < SHUT_FROM:
            assert (first, share) == (number, 0.0)
            np.testing.assert_array_equal(draw(state), FACES[number])


def test_a_wider_jaw_is_a_wider_mouth() -> None:
    """Pixels between the lips that are not red, from a small to a wide opening."""
    wide = [
        (planes(draw(mouth(jaw=jaw, upl=0.3, teeth=0.2)))[2][38:75, 30:78] < 138).sum()
        for jaw in np.linspace(0.1, 0.9, 9)
    ]
    assert wide[-1] > 1.2 * wide[3] > 1.2 * wide[0]
    assert all(b >= 0.8 * a for a, b in pairwise(wide))


def test_the_resting_face_is_the_head_picture_where_it_is_opaque() -> None:
    x, y = FACE_AT
    head = load_head().picture[y : y + FACE.height, x : x + FACE.width].astype(np.float32)
    luma = head @ np.array([24.966, 128.553, 65.481], np.float32) / 255 + 16
    apart = FACES[0][: FACE.height] - luma
    opaque = face_mask(HEAD, FACE_AT, FACE) > 30
    assert abs(apart[opaque].mean()) < 0.3
    assert np.percentile(np.abs(apart[opaque]), 95) < 3


def test_the_mask_is_whole_about_the_mouth_and_gone_at_the_edge() -> None:
    mask = face_mask(HEAD, FACE_AT, FACE)
    assert mask.shape == (FACE.height, FACE.width)
    assert (mask[76:166, 60:156] >= 250).all(), "lips, teeth and chin"
    assert not mask[:44].any(), "nothing of the eyes"
    assert not mask[[0, -1]].any() and not mask[:, [0, -1]].any()
    assert np.abs(np.diff(mask.astype(int), axis=0)).max() <= 20
    assert np.abs(np.diff(mask.astype(int), axis=1)).max() <= 20
    assert not mask[HEAD.opacity[AT] < 255].any(), "no background is pasted"


def test_a_mouth_outside_the_face_is_refused() -> None:
    with pytest.raises(ValueError, match="is not inside the face"):
        face_mask(HEAD, (200, 222), FACE)


def test_an_atlas_needs_every_kind() -> None:
    with pytest.raises(ValueError, match="shut, tucked and open"):
        Atlas(HEAD.states[3:8], FACES[3:8])
    with pytest.raises(ValueError, match="64 faces need states"):
        Atlas(HEAD.states[:5], FACES)
