"""Colours as people write them."""

import pytest

from data.colour import bgr_of, is_colour


def test_a_colour_in_opencv_s_order() -> None:
    assert bgr_of("#204060") == (0x60, 0x40, 0x20)
    assert bgr_of("#FFaa00") == (0, 0xAA, 0xFF)


@pytest.mark.parametrize("text", ["", "#fff", "204060", "#20406g", "#2040601", "#204060\n", "red"])
def test_anything_else_is_none(text: str) -> None:
    assert not is_colour(text)
    with pytest.raises(ValueError, match="#rrggbb"):
        bgr_of(text)
