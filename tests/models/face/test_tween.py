"""What moves between two pictures is moved, not faded."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.face.tween import tweened


def bar(row: float) -> NDArray[np.uint8]:
    """A dark bar of soft edges on a light ground, its middle at `row`."""
    rows = np.arange(60, dtype=np.float32)[:, None]
    dark = np.exp(-(((rows - row) / 4) ** 4)) * (np.abs(np.arange(100) - 50) < 30)
    grey = (200 - 150 * cv2.GaussianBlur(dark.astype(np.float32), (0, 0), 1.2)).astype(np.uint8)
    return np.dstack([grey, grey, grey])


def test_the_given_pictures_are_among_them() -> None:
    given = np.stack([bar(40), bar(34), bar(28)])
    made = tweened(given, 4)
    assert made.shape == (8, 60, 100, 3)
    np.testing.assert_array_equal(made[[3, 7]], given[1:])


def test_one_step_is_what_was_given() -> None:
    given = np.stack([bar(40), bar(34)])
    np.testing.assert_array_equal(tweened(given, 1), given[1:])


def test_a_bar_goes_from_one_place_to_the_next_and_stays_one() -> None:
    given = np.stack([bar(40), bar(34)])
    made = tweened(given, 4)
    for step, picture in enumerate(made[:3], 1):
        true, faded = (
            bar(40 - 6 * step / 4),
            np.rint(given[0] * (1 - step / 4) + given[1] * step / 4),
        )
        wrong = np.abs(picture.astype(float) - true).mean()
        assert wrong < 0.2 * np.abs(faded - true).mean()
        assert picture[:, 50].min() < 62, "as dark as ever"


def test_what_does_not_move_stays() -> None:
    made = tweened(np.stack([bar(30), bar(30)]), 3)
    assert np.abs(made.astype(int) - bar(30)).max() <= 1
