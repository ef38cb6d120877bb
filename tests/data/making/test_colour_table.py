"""The table from bright and wide colours to sRGB, against figures of the standards."""

import numpy as np
import pytest

from data.making.colour_table import (
    BT709,
    BT2020,
    DISPLAY_P3,
    SIZE,
    LightCoding,
    cube_text,
    in_srgb,
)


@pytest.mark.parametrize("gamut", [BT2020, DISPLAY_P3, BT709])
def test_white_stays_white(gamut: np.ndarray) -> None:
    np.testing.assert_allclose(in_srgb(np.ones(3), LightCoding.SDR, gamut), 1, atol=2e-3)


@pytest.mark.parametrize(
    ("light", "code"),
    [(LightCoding.HLG, 0.75), (LightCoding.PQ, 0.58069)],
    ids=["75 % HLG", "203 cd/m2 PQ"],
)
def test_reference_white_is_nearly_white(light: LightCoding, code: float) -> None:
    white = in_srgb(np.full(3, code), light, BT2020)
    assert (white > 0.92).all()
    assert np.ptp(white) < 2e-3


def test_the_brightest_is_white_and_black_black() -> None:
    for light in LightCoding:
        np.testing.assert_allclose(in_srgb(np.ones(3), light, BT2020), 1, atol=2e-3)
        np.testing.assert_allclose(in_srgb(np.zeros(3), light, BT2020), 0, atol=1e-6)


def test_a_colour_that_srgb_has_not_is_cut_off() -> None:
    red, green, blue = in_srgb(np.array([0.0, 1.0, 0.0]), LightCoding.SDR, BT2020)
    assert green > 0.999
    assert max(red, blue) < 0.05


def test_the_file_is_as_ffmpeg_reads_it() -> None:
    head, first, second, *rest = cube_text(LightCoding.SDR, BT709).splitlines()
    assert head == f"LUT_3D_SIZE {SIZE}"
    assert first == "0.000000 0.000000 0.000000"
    assert second == f"{1 / (SIZE - 1):.6f} 0.000000 0.000000", "red changes first"
    assert len(rest) == SIZE**3 - 2
