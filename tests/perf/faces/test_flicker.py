"""The figures of flicker say what is there, and see a seam and a tremble that are put in."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perf.faces.flicker_clips import filmed
from perf.faces.flicker_figures import figures

Pictures = NDArray[np.uint8]


@pytest.fixture
def base() -> Pictures:
    """12 grey waves that drift, [12, 80, 80]."""
    y, x = np.mgrid[:80, :80] / 80
    waves = [128 + 50 * np.sin(6 * x + 4 * y + 0.1 * number) for number in range(12)]
    return np.asarray(np.rint(np.stack(waves)), np.uint8)


@pytest.fixture
def masks(base: Pictures) -> Pictures:
    """A square with a rim of 8 pixels."""
    at = np.minimum(np.arange(80), np.arange(80)[::-1])
    ramp = np.clip((at - 16) / 8, 0, 1)
    mask = np.rint(255 * np.minimum(ramp[:, None], ramp)).astype(np.uint8)
    return np.asarray(mask[None].repeat(len(base), 0), np.uint8)


def mixed(base: Pictures, masks: Pictures, other: NDArray[Any]) -> Pictures:
    share = masks / 255.0
    return np.asarray(np.rint(base * (1 - share) + other * share).clip(0, 255), np.uint8)


def test_what_is_the_same_adds_nothing(base: Pictures, masks: Pictures) -> None:
    found = figures(base, base, masks)
    assert found.psnr > 80
    assert found.added_inside == found.added_border == 0
    assert (found.slope, found.step) == (1, 0)
    assert found.inside == found.base_inside < 1


def test_noise_is_its_standard_deviation(base: Pictures, masks: Pictures) -> None:
    noise = np.random.default_rng(1).normal(0, 5, base.shape)
    found = figures(base, mixed(base, masks, base + noise), masks)
    assert found.added_inside == pytest.approx(5, rel=0.05)
    assert 0.5 < found.added_border < 4
    assert found.psnr == pytest.approx(20 * np.log10(255 / 5), abs=0.3)


def test_another_brightness_is_a_seam_that_does_not_flicker(
    base: Pictures, masks: Pictures
) -> None:
    found = figures(base, mixed(base, masks, base + 30.0), masks)
    assert found.step == pytest.approx(30, rel=0.05)
    assert found.added_inside < 0.5


def test_a_seam_is_steep_where_the_clip_is_flat(masks: Pictures) -> None:
    flat = np.full((12, 80, 80), 100, np.uint8)
    found = figures(flat, mixed(flat, masks, flat + 30.0), masks)
    assert found.slope > 100
    assert found.step == pytest.approx(30, rel=0.05)


def test_two_pictures_are_too_few(base: Pictures, masks: Pictures) -> None:
    with pytest.raises(ValueError, match="three pictures"):
        figures(base[:2], base[:2], masks[:2])


def test_a_film_moves_and_is_the_same_each_time() -> None:
    portrait = np.random.default_rng(2).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    one, other = (list(filmed(portrait, (32.0, 32.0), 8.0, 3)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert one[0].shape == (512, 512, 3)
    assert np.abs(one[0].astype(int) - one[2]).mean() > 1
