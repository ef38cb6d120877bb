"""The line between shut lips and the edges of parted ones are found beside their landmarks."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from data.making.lip_edges import dark_gap, snapped
from data.making.lips import COLUMNS, LipLines
from data.making.seam_line import seam_line

X = np.linspace(40, 160, COLUMNS)
ARCH = np.sin(np.linspace(0, np.pi, COLUMNS))


def painted(inside: NDArray[np.uint8] | None, top: float, bottom: float) -> NDArray[np.uint8]:
    """Lips of one colour about row 50; between them `inside`, `top` up and `bottom` down."""
    picture = np.full((100, 200, 3), (120, 130, 180), np.uint8)
    x = np.arange(200)
    bow = np.sin(np.clip((x - 40) / 120, 0, 1) * np.pi)
    for column in range(200):
        if inside is not None:
            first, last = (round(50 + side * bow[column]) for side in (-top, bottom))
            picture[first:last, column] = inside
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.uint8)


@pytest.mark.parametrize("off", [-4.0, 0.0, 4.0])
def test_a_dark_line_is_found(off: float) -> None:
    picture = painted(None, 0, 0)
    true = 50 + 6 * ARCH
    points = np.rint(np.column_stack([X, true])).astype(np.int32)
    cv2.polylines(picture, [points], False, (30, 30, 40), 2)
    guess = np.column_stack([X, true + off * ARCH])
    found = seam_line(picture, guess)
    assert np.abs(found[2:-2, 1] - true[2:-2]).max() < 1.6
    assert np.array_equal(found[[0, -1]], guess[[0, -1]])
    assert np.array_equal(found[:, 0], guess[:, 0])


def test_without_a_line_the_landmarks_stand() -> None:
    guess = np.column_stack([X, 50 + 3 * ARCH])
    assert np.abs(seam_line(painted(None, 0, 0), guess) - guess).max() < 1.0


@pytest.mark.parametrize("inside", [(180, 180, 180), (15, 12, 25)])
@pytest.mark.parametrize("off", [-3.0, 3.0])
def test_edges_of_teeth_and_of_the_dark_are_found(inside: tuple[int, int, int], off: float) -> None:
    picture = painted(np.array(inside, np.uint8), 12, 18)
    lines = (50 - 30 * ARCH, 50 - 12 * ARCH + off, 50 + 18 * ARCH + off, 50 + 36 * ARCH)
    lips = LipLines(*(np.column_stack([X, line]) for line in lines))
    found = snapped(picture, lips)
    middle = slice(3, -3)
    assert np.abs(found.upper_inner[middle, 1] - (50 - 12 * ARCH)[middle]).max() < 1.5
    assert np.abs(found.lower_inner[middle, 1] - (50 + 18 * ARCH)[middle]).max() < 1.5
    assert np.array_equal(found.upper_outer, lips.upper_outer)


def test_a_small_dark_opening_is_found_and_a_line_is_none() -> None:
    lines = (50 - 30 * ARCH, 50 - ARCH, 50 + ARCH, 50 + 36 * ARCH)
    lips = LipLines(*(np.column_stack([X, line]) for line in lines))
    found = dark_gap(painted(np.array((15, 12, 25), np.uint8), 3, 5), lips)
    assert found is not None
    middle = slice(3, -3)
    assert np.abs(found.upper_inner[middle, 1] - (50 - 3 * ARCH)[middle]).max() < 1.2
    assert np.abs(found.lower_inner[middle, 1] - (50 + 5 * ARCH)[middle]).max() < 1.2
    assert dark_gap(painted(np.array((15, 12, 25), np.uint8), 1, 1), lips) is None
    assert dark_gap(painted(None, 0, 0), lips) is None
