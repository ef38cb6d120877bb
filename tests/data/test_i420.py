"""I420 pictures: the BT.601 numbers, where chroma sits, what is refused."""

import numpy as np
import pytest

from data.i420 import i420_from_bgr, i420_shape, planes


@pytest.mark.parametrize(
    ("bgr", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 255), (81, 90, 240)),
        ((0, 255, 0), (145, 54, 34)),
        ((255, 0, 0), (41, 240, 110)),
    ],
)
def test_colours_are_bt601_limited(bgr: tuple[int, ...], yuv: tuple[int, ...]) -> None:
    picture = i420_from_bgr(np.full((4, 6, 3), bgr, np.uint8))
    for plane, value in zip(planes(picture), yuv, strict=True):
        assert (plane == value).all()


def test_chroma_is_the_mean_of_its_four_pixels() -> None:
    bgr = np.full((4, 4, 3), 128, np.uint8)
    bgr[0, 1] = (0, 0, 255)
    _, u, v = planes(i420_from_bgr(bgr))
    assert v[0, 0] == round((240 + 3 * 128) / 4)
    assert u[0, 0] == round((90.2 + 3 * 128) / 4)
    assert (v[1:] == 128).all() and v[0, 1] == 128


def test_planes_are_views() -> None:
    picture = np.zeros(i420_shape(8, 4), np.uint8)
    for value, plane in enumerate(planes(picture), start=1):
        plane[:] = value
    assert (np.bincount(picture.ravel()) == [0, 32, 8, 8]).all()


@pytest.mark.parametrize("size", [(7, 4), (8, 5), (0, 4), (8, -2)])
def test_sides_are_even_and_positive(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="even sides"):
        i420_shape(*size)


def test_planes_refuse_what_is_no_contiguous_picture() -> None:
    with pytest.raises(ValueError, match="I420"):
        planes(np.zeros((7, 8), np.uint8))
    with pytest.raises(ValueError, match="contiguous"):
        planes(np.zeros((6, 16), np.uint8)[:, :8])
