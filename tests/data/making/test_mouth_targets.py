"""Each state's lips are this person's: as far apart, as wide and where they hold them in speech."""

import numpy as np
from numpy.typing import NDArray

from data.making.mouth_targets import gaps_of, habits, manner_of, widths_of, without_seam

WIDTH = 80.0
GAPS = np.linspace(0, 24, 25)


def lips(gap: float, width: float = WIDTH, down: float = 0.0) -> NDArray[np.float64]:
    """[4, 11, 2]: upper outer, upper inner, lower inner, lower outer line."""
    x = np.linspace(-width / 2, width / 2, 11)
    rows = (-10 - gap / 2, -gap / 2, gap / 2, 12 + gap / 2)
    return np.stack([np.stack([x, np.full(11, row + down)], axis=1) for row in rows])


def test_one_who_opens_the_mouth_less_is_shown_so() -> None:
    asked = np.stack([lips(gap) for gap in GAPS])
    seen = np.stack([lips(0.7 * gap, down=3) for gap in GAPS])
    manner = manner_of(asked, seen, lips(0))
    assert abs(manner.opens - 0.7) < 0.02
    wanted = manner.of(np.stack([lips(20), lips(0)]), lips(0))
    assert abs(gaps_of(wanted)[0] - 14) < 0.6
    assert gaps_of(wanted)[1] == 0
    assert abs(wanted[1, 1:3, :, 1].mean() - 3) < 0.5, "they are held lower in speech"


def test_what_a_person_does_is_bounded() -> None:
    asked = np.stack([lips(gap) for gap in GAPS])
    manner = manner_of(asked, np.stack([lips(9 * gap, down=60) for gap in GAPS]), lips(0))
    assert manner.opens == 1.4
    assert np.abs(manner.held).max() <= 0.08 * WIDTH


def test_lips_that_the_nets_see_a_little_apart_touch() -> None:
    seen = np.stack([lips(gap) for gap in (2.0, 2.2, 2.4, 3.0, 10, 14, 18)])
    found = gaps_of(without_seam(seen, WIDTH))
    assert (found[:2] == 0).all()
    assert np.allclose(found[4:], (10, 14, 18))
    assert np.allclose(widths_of(seen), WIDTH)


def test_a_habit_is_where_it_is_heard_and_shut_lips_stay_shut() -> None:
    off = np.zeros((40, 4, 11, 2))
    off[:20, 2:, :, 1] = 5.0
    heard = np.zeros((40, 6), np.float32)
    heard[20:, 0] = 50
    looks = np.array([[0, 0, 0, 0, 0, 0], [50, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], np.float32)
    found = habits(off, heard, looks, np.array([False, False, True]))
    assert 1 < found[0, 2, 5, 1] < 5
    assert abs(found[1]).max() < 0.01
    assert np.allclose(found[2, 1], found[2, 2])
