"""The matte lies below its picture, at its own levels, with the mark in it."""

import numpy as np
from numpy.typing import NDArray

from data.i420 import i420_shape, planes
from data.marking import VisibleMark
from models.picture.packed_matte import PackedMatte
from models.picture.visible_mark import MarkPatch

WIDTH, HEIGHT = 128, 96


def packed(mark: MarkPatch | None = None) -> tuple[PackedMatte, NDArray[np.uint8]]:
    matte = PackedMatte(WIDTH, HEIGHT)
    for plane, level in zip(planes(matte.upper), (90, 110, 140), strict=True):
        plane[:] = level
    clear = np.zeros((HEIGHT, WIDTH), np.uint8)
    clear[:, : WIDTH // 2] = 255
    clear[:, WIDTH // 2] = 128
    into = np.zeros(i420_shape(WIDTH, 2 * HEIGHT), np.uint8)
    matte.pack(into, clear, None if mark is None else mark.cover(WIDTH, HEIGHT))
    return matte, into


def test_above_is_the_picture_and_below_how_opaque_it_is() -> None:
    matte, into = packed()
    for whole, upper in zip(planes(into), planes(matte.upper), strict=True):
        np.testing.assert_array_equal(whole[: upper.shape[0]], upper)
    luma, u, v = planes(into)
    below = luma[HEIGHT:]
    assert (below[:, : WIDTH // 2] == 16).all(), "nobody is there"
    assert (below[:, WIDTH // 2 + 1 :] == 235).all(), "nothing shines through"
    assert abs(int(below[0, WIDTH // 2]) - 125) <= 1, "an edge is half of it"
    assert (u[HEIGHT // 2 :] == 128).all()
    assert (v[HEIGHT // 2 :] == 128).all()


def test_a_mark_is_opaque_where_nobody_is() -> None:
    _, into = packed(MarkPatch(VisibleMark("en", "top-left"), WIDTH, HEIGHT))
    below = planes(into)[0][HEIGHT:]
    assert below[:, : WIDTH // 2].max() > 200
    assert (below[HEIGHT // 2 :, : WIDTH // 2] == 16).all(), "only where it lies"
