"""The states to render come from where mouths go."""

import numpy as np
from numpy.typing import NDArray

from data.build.person.choose import choose, rendered
from models.face.atlas import Atlas
from models.face.mouth import PARAMETERS

CLOSE, TUCK, JAW = (PARAMETERS.index(name) for name in ("close", "fv", "jaw"))


def speech(count: int) -> NDArray[np.float32]:
    """Small open mouths, some shut, some with a tucked lip, and one wide one."""
    mouths = np.random.default_rng(3).uniform(0.1, 0.3, (count, len(PARAMETERS)))
    mouths[:9, CLOSE], mouths[9:18, TUCK], mouths[-1, JAW] = 0.7, 0.65, 1.0
    return mouths.astype(np.float32)


def test_rest_is_first_and_every_kind_of_mouth_is_there() -> None:
    states = choose(speech(90), 16)
    assert states.shape == (16, len(PARAMETERS)) and not states[0].any()
    Atlas(states)


def test_any_beginning_is_the_choice_of_fewer() -> None:
    mouths = speech(60)
    np.testing.assert_array_equal(choose(mouths, 24)[:9], choose(mouths, 9))


def test_the_widest_mouth_is_soon_there() -> None:
    assert choose(speech(90), 6)[:, JAW].max() == 1


def test_shut_lips_touch_and_a_tucked_lip_is_under_the_teeth() -> None:
    mouths = speech(20)
    states = rendered(mouths)
    assert (states[:9, CLOSE] == 1).all() and (states[9:18, TUCK] >= 0.8).all()
    np.testing.assert_allclose(states[18:], mouths[18:], atol=1e-3)
